#include "base/compute.h"

#include <gtest/gtest.h>

#include <ctime>

namespace loadstone {
namespace {

TEST(Compute, UsesAsMuchCpuTimeAsWasAsked) {
  const auto used = [] {
    timespec t{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return Nanoseconds(std::int64_t{t.tv_sec} * 1'000'000'000 + t.tv_nsec);
  };
  const Nanoseconds before = used();
  compute(20ms);
  EXPECT_GE(used() - before, 20ms);
  const Nanoseconds between = used();
  compute(0ms);
  EXPECT_LT(used() - between, 20ms);
}

}  // namespace
}  // namespace loadstone

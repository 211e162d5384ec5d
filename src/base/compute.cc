#include "base/compute.h"

#include <atomic>
#include <cstdint>
#include <ctime>

namespace loadstone {
namespace {

std::atomic<std::uint64_t> sink{0};  // or the work could be left out

Nanoseconds used() {
  timespec t{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return Nanoseconds(std::int64_t{t.tv_sec} * 1'000'000'000 + t.tv_nsec);
}

}  // namespace

void compute(Nanoseconds cpu_time) {
  const Nanoseconds end = used() + cpu_time;
  std::uint64_t x = 1;
  while (used() < end)
    for (int i = 0; i < 2000; ++i) x = x * 6364136223846793005ULL + 1442695040888963407ULL;
  sink += x;
}

}  // namespace loadstone

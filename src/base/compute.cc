#include "base/compute.h"

#include <atomic>
#include <cstdint>

namespace loadstone {
namespace {

std::atomic<std::uint64_t> sink{0};  // or the work could be left out

}  // namespace

void compute(Nanoseconds cpu_time) {
  const Nanoseconds end = thread_cpu_time() + cpu_time;
  std::uint64_t x = 1;
  while (thread_cpu_time() < end)
    for (int i = 0; i < 2000; ++i) x = x * 6364136223846793005ULL + 1442695040888963407ULL;
  sink += x;
}

}  // namespace loadstone

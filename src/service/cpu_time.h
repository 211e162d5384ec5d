// Processor time and placement of the service under test, all its processes and threads together.
#pragma once

#include <sys/types.h>

#include <map>
#include <span>
#include <vector>

#include "base/clock.h"

namespace loadstone::service {

// Time on a processor, to the nanosecond, of a process and all that came from it: the processes' own clocks, which
// count threads that have ended too (a thread's schedstat is gone with it). What a process used between the last read
// and its end is not seen. Reads /proc for the tree: some hundred microseconds. Not thread-safe.
class CpuTime {
 public:
  explicit CpuTime(pid_t root) : root_(root) { read(); }
  // Since the first read, never falling.
  Nanoseconds read();

 private:
  pid_t root_;
  std::map<pid_t, Nanoseconds> last_;
  Nanoseconds total_{0};
  bool began_ = false;
};

// Keeps every thread of a process and of all that came from it on these processors; threads that are born later inherit
// it from their parents. Threads that have gone meanwhile are skipped.
void pin(pid_t root, std::span<const int> processors);

// The processors that this process may use, in order.
[[nodiscard]] std::vector<int> usable_processors();

}  // namespace loadstone::service

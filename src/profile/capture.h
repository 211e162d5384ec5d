// A profile of a running service: where it spends CPU time, and what its threads wait for meanwhile. Never taken inside
// a measured time: sampling costs the service a per cent or two.
#pragma once

#include <sys/types.h>

#include <functional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "profile/stacks.h"

namespace loadstone::profile {

struct Order {
  pid_t pid = 0;  // with all processes that come from it
  Nanoseconds length{10s};
  int per_second = 99;            // samples for a second of CPU time; odd, so as not to beat with timers of the service
  std::function<bool()> give_up;  // asked a few times a second; may be empty
};

struct Profile {
  Stacks cpu;      // thread; functions from the outermost
  Stacks waiting;  // thread; state; system call; the kernel's function: what threads that did not run waited for
  double seconds_each = 0;            // CPU time that one sample stands for
  double seconds = 0;                 // that it took
  std::string method;                 // "perf events", "the perf program"
  std::vector<std::string> warnings;  // one sentence each: broken stacks, lost samples, missing names
};

// Blocks for `length`. Where the kernel does not let us sample, or stacks turn out to be cut off, the `perf` program is
// tried, which may be privileged and can unwind without frame pointers. The error says what is not allowed.
[[nodiscard]] Result<Profile> capture(const Order& order);

// NAME.folded, NAME.speedscope.json and NAME.waiting.folded.
[[nodiscard]] Status write_profile(const Profile& profile, const std::string& folder, const std::string& name);

// A stack that reaches its thread's or program's beginning is whole; when fewer than this share are, it is said.
inline constexpr double kEnoughRooted = 0.70;

}  // namespace loadstone::profile

// The course of a scenario that drops its clients on purpose: every cycle, and the slowest returns. Times are seconds
// since the start of the measured time; clients are numbered from 0 in the order of the plan, cycles from 1.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

namespace loadstone::result {

struct RecoveryCycle {
  double start = 0;  // when its first client was dropped
  std::uint64_t dropped = 0, recovered = 0;
  std::uint64_t heard = 0;                   // of those who recovered: who heard a message afterwards
  std::uint64_t lost = 0;                    // messages published in the gaps and never received, over all its clients
  double mean_open = 0, slowest_open = 0;    // seconds from the drop until the connection was open again
  double mean_heard = 0, slowest_heard = 0;  // ... until the first message; 0 when nobody heard any
};

struct Return {
  std::uint64_t client = 0;
  std::uint64_t cycle = 0;
  double dropped = 0;
  std::optional<double> open;   // none: it never came back
  std::optional<double> heard;  // none: no message came, or none was to come
};

struct Recovery {
  std::vector<RecoveryCycle> cycles;  // in order, at most kMostRecoveryCycles
  std::uint64_t further_cycles = 0;   // not listed
  std::vector<Return> returns;        // in order of time; of more than kMostReturns the slowest
  std::uint64_t further_returns = 0;
};

inline constexpr std::size_t kMostRecoveryCycles = 500;
inline constexpr std::size_t kMostReturns = 1000;

}  // namespace loadstone::result

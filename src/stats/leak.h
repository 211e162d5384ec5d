// Does memory leak, or is it still warming up? Decided on the floors of equal stretches of time (cycles): the level
// that memory comes back to. A rise alone says nothing: caches fill, heaps grow in steps, and collectors let memory
// swing. So a leak is what is left of the rise when the best-fitting approach to a plateau is taken off, and is there
// with all plateaus that fit nearly as well. Pure; simulated in leak_test.cc, with the error rates in
// tests/truth/leaks.cc.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "stats/estimate.h"

namespace loadstone::stats {

enum class MemoryTrend : std::uint8_t {
  kTooShort,  // fewer than kFewestCycles cycles, or less than kShortestSoak: neither can be told from warm-up
  kStable,    // does not leak more than the threshold
  kGrowing,   // still rising, and not to be told from warm-up
  kLeak,
};

struct LeakJudgement {
  MemoryTrend trend = MemoryTrend::kTooShort;
  double slope = 0;           // bytes per second, after the first quarter
  Interval interval;          // of the slope, at 98 %
  double least_slope = 0;     // what a plateau cannot explain, at about 99 %; bytes per second
  double p = 1;               // of a rise, Mann and Kendall
  double needed_seconds = 0;  // how long a soak would decide; 0 when decided
};

inline constexpr std::size_t kFewestCycles = 40;
inline constexpr double kShortestSoak = 1200;  // seconds

// `floors` in bytes, one a cycle of `cycle_seconds`, of the whole soak; the first two are left out. `threshold` in
// bytes per second: what may grow.
[[nodiscard]] LeakJudgement judge_leak(std::span<const double> floors, double cycle_seconds, double threshold);

// What growth is let pass unless something else is asked for: 2 kB/s, a byte an operation, or 0.1 % of the memory an
// hour, whichever is most.
[[nodiscard]] double default_leak_threshold(double operations_per_second, double memory_bytes);

// The 5 % quantile: the floor of a cycle, from what was seen in it. 0 of none.
[[nodiscard]] double floor_of(std::vector<double> values);

// f_k = a + b k + c (1 - exp(-k / tau)), c >= 0, for the tau of a grid that fits best.
struct Plateau {
  double a = 0, b = 0, c = 0, tau = 0;
  double residual = 0;  // sum of squares
  double least_b = 0;   // smallest b whose residual is within 1 + 6.7 / (n - 4) of the best, over all tau
};
[[nodiscard]] Plateau fit_plateau(std::span<const double> floors);

}  // namespace loadstone::stats

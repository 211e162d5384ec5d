// Where a run's warm-up ends, and whether what follows stays where it is. Pure functions of series of equal steps in
// time; what the numbers are worth is measured in tests/truth (row W1).
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "stats/estimate.h"

namespace loadstone::stats {

// MSER-m (White 1997): of all beginnings that might be left out, up to half of the series, the one after which the mean
// of the rest is known best: the least sum of squares over (number left)^2. The series is first averaged in groups of
// `group` values.
struct Truncation {
  std::size_t cut = 0;      // values of the series to leave out
  bool at_the_end = false;  // half of it would have to go: it has not settled
};
[[nodiscard]] Truncation mser(std::span<const double> series, std::size_t group = 5);

// Whether the beginning that would be left out is a warm-up: its first half lies beyond chance (4 standard errors, by
// the spread of what is left) from what is left. The service that stalls now and then, or once in the first half, does
// not begin with that, and its stalls are part of what it is like.
[[nodiscard]] bool begins_unlike(std::span<const double> series, std::size_t cut, std::size_t group = 5);

// Fewer averaged values than this say nothing: among so few, chance alone puts the least in the second half too often.
inline constexpr std::size_t kFewestForSteady = 40;

// How much a series of logarithms goes up over its whole length: slope of Theil and Sen times the length, with its 99 %
// interval by Kendall's variance. Needs kFewestForDrift values, else it is no drift.
struct Drift {
  double change = 0;  // of the logarithm
  Interval interval;
  [[nodiscard]] bool is_real() const;  // beyond kDrift and not by chance
};
inline constexpr std::size_t kFewestForDrift = 8;
inline constexpr double kDrift = 0.05;
[[nodiscard]] Drift drift(std::span<const double> series);

// What is left out and what is said of a run, from one or more series over the same steps (logarithms of the median
// latency, of the rate ...).
struct Steadiness {
  bool checked = false;  // the run was long enough
  std::size_t cut = 0;   // steps to leave out
  bool settled = true;   // if it began elsewhere, the level was reached in the first half
  Drift drift;           // of the first series, after the cut, or after a third of it if that is less
  [[nodiscard]] bool is_steady() const { return settled && !drift.is_real(); }
};
// `group`: steps that are averaged for the cut, about half a second of them; `drift_group`: steps whose median is one
// value for the drift, about two seconds. Without `may_cut` nothing is left out, for somebody has already.
[[nodiscard]] Steadiness steadiness(std::span<const std::vector<double>> series, std::size_t group,
                                    std::size_t drift_group, bool may_cut = true);

}  // namespace loadstone::stats

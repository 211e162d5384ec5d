// Where in the distribution two builds differ: the shift function (Doksum 1974) of times that were measured in pairs,
// with a band that holds for all its places at once.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "stats/estimate.h"
#include "stats/histogram.h"

namespace loadstone::stats {

inline constexpr std::array<double, 12> kShiftQuantiles{0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99, 0.999};

// The times of one pair of trials, as buckets in ascending order.
struct PairOfTimes {
  std::vector<Histogram::Bucket> a, b;
};

struct Shift {
  double quantile = 0;
  double change = 0;  // ln of B's quantile less ln of A's, from all pairs together
  Interval band;      // all bands hold together with 95 %
};
// Pairs are drawn anew 2,000 times; the band is as wide as the largest of the studentised deviations is in 95 % of
// them. Empty without at least kFewestShiftPairs pairs that have times on both sides.
inline constexpr std::size_t kFewestShiftPairs = 8;
[[nodiscard]] std::vector<Shift> shift_function(std::span<const PairOfTimes> pairs, std::uint64_t seed);

}  // namespace loadstone::stats

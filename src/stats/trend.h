// Whether a series goes up or down, and how fast, without asking how its values are distributed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "stats/estimate.h"

namespace loadstone::stats {

// Mann and Kendall's count: pairs that go up less pairs that go down, and its variance for values in any order (with
// ties, Kendall 1970). Quadratic in the length.
struct Kendall {
  std::int64_t score = 0;
  double variance = 0;

  // Probability of a score as high (low) as this when there is no trend: normal, with continuity correction.
  [[nodiscard]] double p_rising() const;
  [[nodiscard]] double p_falling() const;
};
[[nodiscard]] Kendall kendall(std::span<const double> values);

// Theil and Sen: the median of the slopes between all pairs of points, with Sen's interval from Kendall's variance.
// Holds while less than 29 % of the points are wild. Needs two different x; quadratic in the number of points.
struct Trend {
  double slope = 0;
  Interval interval;  // of the slope; infinite where there are too few points for a bound
};
[[nodiscard]] Trend theil_sen(std::span<const double> x, std::span<const double> y, double confidence = kConfidence);

// The middle value, or the mean of the two middle ones; 0 for nothing.
[[nodiscard]] double median(std::span<const double> values);
// 1.4826 times the median distance from the median: the standard deviation of normal values, whatever wild ones do.
[[nodiscard]] double robust_deviation(std::span<const double> values);

}  // namespace loadstone::stats

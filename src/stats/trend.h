// Straight lines through few and rough points, that one jump does not bend: Theil and Sen's slope, Mann and Kendall's
// test. Pure; all pairs are looked at, so some hundred points are meant, not thousands.
#pragma once

#include <span>
#include <vector>

#include "stats/estimate.h"

namespace loadstone::stats {

struct Point {
  double x = 0;
  double y = 0;
};

struct Slope {
  double value = 0;       // median of the slopes of all pairs with different x
  double intercept = 0;   // median of y - value x
  Interval interval;      // from the ranks of the slopes (Sen 1968); unbounded when there are too few points for it
  std::size_t pairs = 0;  // 0: no two points have different x, and nothing above means anything
};
[[nodiscard]] Slope theil_sen(std::span<const Point> points, double confidence = kConfidence);

// One-sided p of a rise in a series, with correction for ties; 1 for fewer than three values.
[[nodiscard]] double mann_kendall_rise(std::span<const double> values);

[[nodiscard]] double median(std::vector<double> values);  // 0 of none

}  // namespace loadstone::stats

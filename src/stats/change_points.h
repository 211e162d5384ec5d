// Where a series of values changes: E-divisive (Matteson and James 2014) with Student's test in place of permutations,
// as Hunter has it, so that the same values always give the same answer. For annotating a history, never for a verdict:
// the place is chosen where the difference is largest, so its p-value is no error rate.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace loadstone::stats {

struct ChangePoint {
  std::size_t at = 0;            // index of the first value after the change
  double before = 0, after = 0;  // means on both sides, up to the neighbouring changes
  double p_value = 1;            // Student's, two-sided
};
// In order of place. At most the last kLongestHistory values are looked at; quadratic in their number.
inline constexpr std::size_t kLongestHistory = 200;
[[nodiscard]] std::vector<ChangePoint> change_points(std::span<const double> values, double most_p = 0.001);

// The place that splits the values with the largest energy statistic, at least 2 on each side; 0 when there is none.
struct Split {
  std::size_t at = 0;
  double statistic = 0;
};
[[nodiscard]] Split best_split(std::span<const double> values);

}  // namespace loadstone::stats

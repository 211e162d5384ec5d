// Wilcoxon's signed-rank test: are differences of pairs on one side of zero? Exact for differences that are symmetric
// when nothing differs, which logarithms of ratios of like trials are.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "stats/estimate.h"

namespace loadstone::stats {

// With more differences than this the null distribution is taken as normal.
inline constexpr std::size_t kMostExact = 200;

struct SignedRank {
  std::size_t count = 0;      // differences other than zero
  double positive = 0;        // sum of the ranks of those above zero; equal ones share their ranks
  double p_above = 1;         // probability of a sum as high as this when nothing differs
  double p_below = 1;         // ... as low as this
  double hodges_lehmann = 0;  // median of the averages of all pairs of differences, each with itself too
  Interval interval{0, 0};    // of that shift, with `one_sided` error on each side; infinite when there are too few
};
[[nodiscard]] SignedRank signed_rank(std::span<const double> differences, double one_sided = 0.025);

// Probabilities of the sums 0 .. n (n + 1) / 2 of positive ranks, n >= 1, when every sign is as likely as the other.
[[nodiscard]] std::vector<double> signed_rank_distribution(std::size_t n);

// Cliff 1993: how often a value of `b` is above one of `a` less how often it is below, over all pairs of them, from -1
// to 1; 0 when neither is the higher as a rule. Needs a value of each.
[[nodiscard]] double cliffs_delta(std::span<const double> a, std::span<const double> b);

// Holm 1979: p-values raised so that the chance of one or more false alarms among all of them stays below the level
// each is compared with. In the order given.
[[nodiscard]] std::vector<double> holm(std::span<const double> p_values);

}  // namespace loadstone::stats

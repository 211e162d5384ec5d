#include "stats/change_points.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "stats/occasions.h"

namespace loadstone::stats {
namespace {

constexpr std::size_t kFewestOnASide = 2;

// Two-sided, equal variances.
double student_p(std::span<const double> a, std::span<const double> b) {
  const double ma = mean(a), mb = mean(b);
  double squares = 0;
  for (const double v : a) squares += (v - ma) * (v - ma);
  for (const double v : b) squares += (v - mb) * (v - mb);
  const auto na = static_cast<double>(a.size()), nb = static_cast<double>(b.size());
  const double error = std::sqrt(squares / (na + nb - 2) * (1 / na + 1 / nb));
  if (!(error > 0)) return ma == mb ? 1 : 0;
  return 2 * student_above(na + nb - 2, std::fabs(ma - mb) / error);
}

void divide(std::span<const double> values, std::size_t from, std::size_t to, double most_p,
            std::vector<std::size_t>& cuts) {
  const auto part = values.subspan(from, to - from);
  const Split split = best_split(part);
  if (split.at == 0) return;
  if (student_p(part.first(split.at), part.subspan(split.at)) > most_p) return;
  divide(values, from, from + split.at, most_p, cuts);
  cuts.push_back(from + split.at);
  divide(values, from + split.at, to, most_p, cuts);
}

}  // namespace

Split best_split(std::span<const double> values) {
  Split best;
  const std::size_t n = values.size();
  if (n < 2 * kFewestOnASide) return best;
  // Sums of distances within the left part, within the right one and between them, moved on one value at a time.
  double left = 0, right = 0, between = 0;
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t j = i + 1; j < n; ++j) right += std::fabs(values[i] - values[j]);
  for (std::size_t k = 1; k < n; ++k) {
    double to_left = 0, to_right = 0;  // of the value that changes sides
    for (std::size_t i = 0; i + 1 < k; ++i) to_left += std::fabs(values[k - 1] - values[i]);
    for (std::size_t i = k; i < n; ++i) to_right += std::fabs(values[k - 1] - values[i]);
    left += to_left;
    right -= to_right;
    between += to_right - to_left;
    if (k < kFewestOnASide || n - k < kFewestOnASide) continue;
    const auto a = static_cast<double>(k), b = static_cast<double>(n - k);
    const double energy = 2 * between / (a * b) - 2 * left / (a * (a - 1)) - 2 * right / (b * (b - 1));
    const double statistic = a * b / (a + b) * energy;
    if (best.at == 0 || statistic > best.statistic) best = {k, statistic};
  }
  return best;
}

std::vector<ChangePoint> change_points(std::span<const double> values, double most_p) {
  const std::size_t skipped = values.size() > kLongestHistory ? values.size() - kLongestHistory : 0;
  const auto window = values.subspan(skipped);
  std::vector<std::size_t> cuts;
  divide(window, 0, window.size(), most_p, cuts);
  std::vector<ChangePoint> found;
  for (std::size_t i = 0; i < cuts.size(); ++i) {
    const std::size_t from = i == 0 ? 0 : cuts[i - 1];
    const std::size_t to = i + 1 < cuts.size() ? cuts[i + 1] : window.size();
    const auto before = window.subspan(from, cuts[i] - from), after = window.subspan(cuts[i], to - cuts[i]);
    const double p = student_p(before, after);
    if (p <= most_p) found.push_back({skipped + cuts[i], mean(before), mean(after), p});
  }
  return found;
}

}  // namespace loadstone::stats

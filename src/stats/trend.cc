#include "stats/trend.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "base/check.h"

namespace loadstone::stats {
namespace {

// Sum over groups of equal values of t (t - 1) (2 t + 5).
double ties(std::span<const double> values) {
  std::vector<double> sorted(values.begin(), values.end());
  std::sort(sorted.begin(), sorted.end());
  double sum = 0;
  for (std::size_t i = 0; i < sorted.size();) {
    std::size_t j = i;
    while (j < sorted.size() && sorted[j] == sorted[i]) ++j;
    const auto t = static_cast<double>(j - i);
    sum += t * (t - 1) * (2 * t + 5);
    i = j;
  }
  return sum;
}

double upper_tail(double score, double variance) {
  if (!(variance > 0)) return 1;
  return 0.5 * std::erfc((score - 1) / std::sqrt(2 * variance));
}

}  // namespace

double Kendall::p_rising() const { return std::min(1.0, upper_tail(static_cast<double>(score), variance)); }
double Kendall::p_falling() const { return std::min(1.0, upper_tail(-static_cast<double>(score), variance)); }

Kendall kendall(std::span<const double> values) {
  Kendall k;
  for (std::size_t i = 0; i < values.size(); ++i)
    for (std::size_t j = i + 1; j < values.size(); ++j)
      k.score += values[j] > values[i] ? 1 : values[j] < values[i] ? -1 : 0;
  const auto n = static_cast<double>(values.size());
  k.variance = (n * (n - 1) * (2 * n + 5) - ties(values)) / 18;
  return k;
}

Trend theil_sen(std::span<const double> x, std::span<const double> y, double confidence) {
  CHECK(x.size() == y.size(), "a trend of {} values at {} places", y.size(), x.size());
  std::vector<double> slopes;
  slopes.reserve(x.size() * x.size() / 2);
  for (std::size_t i = 0; i < x.size(); ++i)
    for (std::size_t j = 0; j < i; ++j)
      if (x[i] != x[j]) slopes.push_back((y[i] - y[j]) / (x[i] - x[j]));
  CHECK(!slopes.empty(), "a trend needs two places");
  std::sort(slopes.begin(), slopes.end());

  const auto n = static_cast<double>(x.size());
  const double variance = (n * (n - 1) * (2 * n + 5) - ties(x) - ties(y)) / 18;
  const double half = normal_quantile((1 + confidence) / 2) * std::sqrt(std::max(0.0, variance));
  const auto count = static_cast<double>(slopes.size());
  // Ranks from 1; no slope bounds what lies beyond the ends.
  const double low = std::nearbyint((count - half) / 2);
  const double high = std::nearbyint((count + half) / 2) + 1;
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  return {median(slopes),
          {low < 1 ? -kInfinity : slopes[static_cast<std::size_t>(low) - 1],
           high > count ? kInfinity : slopes[static_cast<std::size_t>(high) - 1]}};
}

double median(std::span<const double> values) {
  if (values.empty()) return 0;
  std::vector<double> v(values.begin(), values.end());
  const auto middle = v.begin() + static_cast<std::ptrdiff_t>(v.size() / 2);
  std::nth_element(v.begin(), middle, v.end());
  if (v.size() % 2 == 1) return *middle;
  return (*std::max_element(v.begin(), middle) + *middle) / 2;
}

double robust_deviation(std::span<const double> values) {
  const double center = median(values);
  std::vector<double> away;
  away.reserve(values.size());
  for (const double v : values) away.push_back(std::fabs(v - center));
  return 1.4826 * median(away);
}

}  // namespace loadstone::stats

#include "stats/trend.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace loadstone::stats {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

// Variance of Kendall's S for n values of which some are equal (Kendall 1975).
double variance_of_s(std::vector<double> values) {
  const auto term = [](double n) { return n * (n - 1) * (2 * n + 5); };
  std::sort(values.begin(), values.end());
  double sum = term(static_cast<double>(values.size()));
  for (std::size_t i = 0; i < values.size();) {
    std::size_t j = i;
    while (j < values.size() && values[j] == values[i]) ++j;
    sum -= term(static_cast<double>(j - i));
    i = j;
  }
  return sum / 18;
}

}  // namespace

double median(std::vector<double> values) {
  if (values.empty()) return 0;
  const std::size_t half = values.size() / 2;
  std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(half), values.end());
  const double upper = values[half];
  if (values.size() % 2 == 1) return upper;
  return (upper + *std::max_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(half))) / 2;
}

Slope theil_sen(std::span<const Point> points, double confidence) {
  Slope slope;
  slope.interval = {-kInfinity, kInfinity};
  std::vector<double> slopes;
  for (std::size_t i = 0; i < points.size(); ++i)
    for (std::size_t j = i + 1; j < points.size(); ++j)
      if (points[i].x != points[j].x) slopes.push_back((points[j].y - points[i].y) / (points[j].x - points[i].x));
  slope.pairs = slopes.size();
  if (slopes.empty()) return slope;
  std::sort(slopes.begin(), slopes.end());
  const std::size_t half = slopes.size() / 2;
  slope.value = slopes.size() % 2 == 1 ? slopes[half] : (slopes[half - 1] + slopes[half]) / 2;
  std::vector<double> rest, xs;
  for (const Point& p : points) {
    rest.push_back(p.y - slope.value * p.x);
    xs.push_back(p.x);
  }
  slope.intercept = median(std::move(rest));
  const double z = normal_quantile(0.5 + confidence / 2);
  const double width = z * std::sqrt(variance_of_s(std::move(xs)));
  const auto pairs = static_cast<double>(slopes.size());
  const double low = std::floor((pairs - width) / 2);  // ranks from 0 of the bounds
  const double high = std::ceil((pairs + width) / 2);
  if (low >= 1) slope.interval.low = slopes[static_cast<std::size_t>(low) - 1];
  if (high < pairs) slope.interval.high = slopes[static_cast<std::size_t>(high)];
  return slope;
}

double mann_kendall_rise(std::span<const double> values) {
  if (values.size() < 3) return 1;
  double s = 0;
  for (std::size_t i = 0; i < values.size(); ++i)
    for (std::size_t j = i + 1; j < values.size(); ++j) s += values[j] > values[i] ? 1 : values[j] < values[i] ? -1 : 0;
  const double variance = variance_of_s({values.begin(), values.end()});
  if (variance <= 0) return 1;
  const double z = s > 0 ? (s - 1) / std::sqrt(variance) : s < 0 ? (s + 1) / std::sqrt(variance) : 0;
  return 0.5 * std::erfc(z / std::sqrt(2.0));
}

}  // namespace loadstone::stats

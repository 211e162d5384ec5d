#include "stats/estimate.h"

#include <algorithm>
#include <boost/math/distributions/beta.hpp>
#include <boost/math/distributions/chi_squared.hpp>
#include <boost/math/distributions/normal.hpp>
#include <boost/math/distributions/students_t.hpp>
#include <cmath>
#include <limits>
#include <numeric>

#include "base/check.h"

namespace loadstone::stats {

double mean(std::span<const double> values) {
  CHECK(!values.empty(), "the mean of nothing");
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

double variance(std::span<const double> values) {
  CHECK(values.size() >= 2, "the variance of {} values", values.size());
  const double middle = mean(values);
  double squares = 0;
  for (const double v : values) squares += (v - middle) * (v - middle);
  return squares / static_cast<double>(values.size() - 1);
}

double deviation(std::span<const double> values) { return std::sqrt(variance(values)); }

double ratio(std::span<const Cluster> clusters) {
  double size = 0, total = 0;
  for (const auto& c : clusters) {
    size += c.size;
    total += c.total;
  }
  return size > 0 ? total / size : 0;
}

double ratio_variance(std::span<const Cluster> clusters) {
  const auto count = static_cast<double>(clusters.size());
  CHECK(clusters.size() >= 2, "the variance between {} clusters", clusters.size());
  const double r = ratio(clusters);
  double size = 0, squares = 0;
  for (const auto& c : clusters) {
    const double residual = c.total - r * c.size;
    size += c.size;
    squares += residual * residual;
  }
  return size > 0 ? count / (count - 1) * squares / (size * size) : 0;
}

double design_effect(std::span<const Cluster> clusters) {
  const double share = ratio(clusters);
  double size = 0;
  for (const auto& c : clusters) size += c.size;
  if (!(share > 0 && share < 1) || clusters.size() < 2) return 1;
  return std::max(1.0, ratio_variance(clusters) / (share * (1 - share) / size));
}

double effective_size(double n, double design_effect, std::size_t clusters, double confidence) {
  if (n < 2 || clusters < 2) return 0;
  const double p = (1 + confidence) / 2;
  const double t = student_quantile(n - 1, p) / student_quantile(static_cast<double>(clusters) - 1, p);
  return std::min(n, n / design_effect * t * t);
}

Interval share_interval(double share, double effective_size, double confidence) {
  using Beta = boost::math::beta_distribution<>;
  if (!(effective_size > 0)) return {0, 1};
  const double tail = (1 - confidence) / 2;
  const double yes = share * effective_size;
  const double no = effective_size - yes;
  Interval interval{0, 1};
  if (yes > 0) interval.low = quantile(Beta(yes, no + 1), tail);
  if (no > 0) interval.high = quantile(complement(Beta(yes + 1, no), tail));
  return interval;
}

Interval ratio_interval(std::span<const Cluster> clusters, double confidence) {
  const double r = ratio(clusters);
  const double t = student_quantile(static_cast<double>(clusters.size()) - 1, (1 + confidence) / 2);
  const double half = t * std::sqrt(ratio_variance(clusters));
  return {r - half, r + half};
}

double poisson_upper(double seen, double confidence) {
  const boost::math::chi_squared_distribution<> chi(2 * (seen + 1));
  return quantile(complement(chi, (1 - confidence) / 2)) / 2;
}

void Spread::add(double events) {
  ++stretches_;
  sum_ += events;
  squares_ += events * events;
  if (events > 0 && !in_run_) ++runs_;
  if (events <= 0) ++empty_;
  in_run_ = events > 0;
}

double Spread::dispersion() const {
  if (stretches_ < 2 || sum_ <= 0) return 1;
  const double mean = sum_ / stretches_;
  return std::max(1.0, (squares_ - stretches_ * mean * mean) / (stretches_ - 1) / mean);
}

double Spread::groups() const {
  if (sum_ <= 0) return 0;
  double groups = std::max(1.0, sum_ / dispersion());
  if (empty_ * 2 >= stretches_) groups = std::min(groups, runs_);
  return groups;
}

double lag_one_correlation(std::span<const double> values) {
  if (values.size() < 3) return 0;
  const double mean = std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
  double squares = 0, products = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    squares += (values[i] - mean) * (values[i] - mean);
    if (i > 0) products += (values[i] - mean) * (values[i - 1] - mean);
  }
  return squares > 0 ? products / squares : 0;
}

double NextValue::probability_below(double limit) const {
  if (!(error > 0)) return mean < limit ? 1 : 0;
  return cdf(boost::math::students_t_distribution<>(degrees), (limit - mean) / error);
}

Interval next_value(std::span<const double> values, double one_sided_confidence) {
  const auto next = predict_next(values);
  const double half = student_quantile(next.degrees, one_sided_confidence) * next.error;
  return {next.mean - half, next.mean + half};
}

NextValue predict_next(std::span<const double> values) {
  const auto n = static_cast<double>(values.size());
  CHECK(values.size() >= 3, "predicting from {} values", values.size());
  const double mean = std::accumulate(values.begin(), values.end(), 0.0) / n;
  double squares = 0;
  for (const double v : values) squares += (v - mean) * (v - mean);
  // Values that follow their neighbours are worth fewer independent ones: n (1 - r) / (1 + r), as for AR(1). The sample
  // correlation is biased down by about (1 + 3 r) / n; that is put back first. Fewer than three are not taken, for
  // with those nothing would ever be predicted.
  double r = lag_one_correlation(values);
  r = std::clamp(r + (1 + 3 * r) / n, 0.0, 0.95);
  const double independent = std::clamp(n * (1 - r) / (1 + r), 3.0, n);
  // The mean of correlated values moves with them: the squares fall short of n variances by n / independent.
  const double variance = squares / std::max(n - n / independent, 1.0);
  return {mean, std::sqrt(variance * (1 + 1 / independent)), independent - 1};
}

double student_quantile(double degrees, double p) {
  return quantile(boost::math::students_t_distribution<>(degrees), p);
}

double normal_quantile(double p) { return quantile(boost::math::normal_distribution<>(), p); }

double size_without_any(double p0, double one_sided_confidence) {
  return std::ceil(std::log(1 - one_sided_confidence) / std::log1p(-p0) - 1e-9);
}

double size_to_tell(double p0, double p, double power, double confidence) {
  if (p == p0) return std::numeric_limits<double>::infinity();
  const double wanted = normal_quantile((1 + confidence) / 2) * std::sqrt(p0 * (1 - p0)) +
                        normal_quantile(power) * std::sqrt(p * (1 - p));
  return wanted * wanted / ((p0 - p) * (p0 - p));
}

}  // namespace loadstone::stats

#include "stats/occasions.h"

#include <algorithm>
#include <boost/math/distributions/students_t.hpp>
#include <cmath>

#include "base/check.h"

namespace loadstone::stats {

double student_above(double degrees, double t) {
  if (std::isinf(t)) return t > 0 ? 0 : 1;
  return cdf(complement(boost::math::students_t_distribution<>(degrees), t));
}

Prediction predict(std::span<const double> earlier, double value, double one_sided, double least_deviation) {
  CHECK(earlier.size() >= 2, "predicting from {} values", earlier.size());
  const auto k = static_cast<double>(earlier.size());
  Prediction p;
  p.mean = mean(earlier);
  p.deviation = std::max(deviation(earlier), least_deviation);
  p.difference = value - p.mean;
  const double error = p.deviation * std::sqrt(1 + 1 / k);
  if (error > 0) {
    p.p_above = student_above(k - 1, p.difference / error);
    p.p_below = student_above(k - 1, -p.difference / error);
  } else {
    p.p_above = p.difference > 0 ? 0 : 1;
    p.p_below = p.difference < 0 ? 0 : 1;
  }
  const double t = student_quantile(k - 1, 1 - one_sided);
  p.difference_range = {p.difference - t * error, p.difference + t * error};
  p.smallest = (t + student_quantile(k - 1, 0.95)) * error;
  return p;
}

double fisher_more_in_b(std::uint64_t a_events, std::uint64_t a_size, std::uint64_t b_events, std::uint64_t b_size) {
  CHECK(a_events <= a_size && b_events <= b_size, "more events than things");
  const auto log_choose = [](double n, double k) {
    return std::lgamma(n + 1) - std::lgamma(k + 1) - std::lgamma(n - k + 1);
  };
  const auto a = static_cast<double>(a_size), b = static_cast<double>(b_size);
  const auto events = static_cast<double>(a_events + b_events);
  const double all = log_choose(a + b, events);
  // Terms fall off fast beyond the mean; those below it are summed up to where they cannot matter any more.
  const auto most = std::min(a_events + b_events, b_size);
  double p = 0;
  for (std::uint64_t x = b_events; x <= most; ++x) {
    const auto in_b = static_cast<double>(x);
    if (events - in_b > a) continue;
    const double term = std::exp(log_choose(b, in_b) + log_choose(a, events - in_b) - all);
    p += term;
    if (term < p * 1e-17 && in_b * (a + b) > events * b) break;
  }
  return std::min(1.0, p);
}

}  // namespace loadstone::stats

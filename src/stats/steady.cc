#include "stats/steady.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "base/check.h"
#include "stats/trend.h"

namespace loadstone::stats {
namespace {

// How many standard errors a beginning lies from what follows, to be a warm-up: more than chance makes it, for the cut
// was chosen among all and neighbours resemble each other.
constexpr double kUnlike = 4;

std::vector<double> averages(std::span<const double> series, std::size_t group) {
  CHECK(group > 0, "groups of no values");
  std::vector<double> y;
  for (std::size_t i = 0; i + group <= series.size(); i += group) {
    const auto first = series.begin() + static_cast<std::ptrdiff_t>(i);
    y.push_back(std::accumulate(first, first + static_cast<std::ptrdiff_t>(group), 0.0) / static_cast<double>(group));
  }
  return y;
}

}  // namespace

Truncation mser(std::span<const double> series, std::size_t group) {
  const auto y = averages(series, group);
  if (y.size() < 2) return {};
  const std::size_t most = y.size() / 2;
  // Sums from the end, of values less the last one: the level would swallow the differences.
  double sum = 0, squares = 0, best = std::numeric_limits<double>::infinity();
  std::size_t cut = 0;
  for (std::size_t d = y.size(); d-- > 0;) {
    const double v = y[d] - y.back();
    sum += v;
    squares += v * v;
    if (d > most) continue;
    const auto left = static_cast<double>(y.size() - d);
    const double spread = std::max(0.0, squares - sum * sum / left) / (left * left);
    // Of equal ones the earliest: nothing is left out for nothing.
    if (spread <= best) {
      best = spread;
      cut = d;
    }
  }
  return {cut * group, cut == most};
}

bool begins_unlike(std::span<const double> series, std::size_t cut, std::size_t group) {
  const auto y = averages(series, group);
  const std::size_t out = cut / group;
  if (out == 0 || out + 2 > y.size()) return false;
  const auto first = std::span(y).first((out + 1) / 2), rest = std::span(y).subspan(out);
  const double error =
      deviation(rest) * std::sqrt(1.0 / static_cast<double>(first.size()) + 1.0 / static_cast<double>(rest.size()));
  return std::fabs(mean(first) - mean(rest)) > kUnlike * error;
}

bool Drift::is_real() const {
  return std::fabs(std::expm1(change)) > kDrift && (interval.low > 0 || interval.high < 0);
}

Drift drift(std::span<const double> series) {
  if (series.size() < kFewestForDrift) return {};
  std::vector<double> x(series.size());
  std::iota(x.begin(), x.end(), 0.0);
  const auto trend = theil_sen(x, series, 0.99);
  const auto length = static_cast<double>(series.size());
  return {trend.slope * length, {trend.interval.low * length, trend.interval.high * length}};
}

Steadiness steadiness(std::span<const std::vector<double>> series, std::size_t group, std::size_t drift_group,
                      bool may_cut) {
  Steadiness found;
  if (series.empty() || series.front().size() / group < kFewestForSteady) return found;
  found.checked = true;
  for (const auto& s : series) {
    const auto truncation = mser(s, group);
    if (!begins_unlike(s, truncation.cut, group)) continue;
    if (may_cut) found.cut = std::max(found.cut, truncation.cut);
    found.settled &= !truncation.at_the_end;
  }
  std::vector<double> medians;
  const auto& level = series.front();
  // A cut beyond the first third is what a slow change looks like: then the change is looked for from there on.
  for (std::size_t i = std::min(found.cut, level.size() / 3); i + drift_group <= level.size(); i += drift_group)
    medians.push_back(median(std::span(level).subspan(i, drift_group)));
  found.drift = drift(medians);
  return found;
}

}  // namespace loadstone::stats

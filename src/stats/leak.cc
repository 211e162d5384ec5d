#include "stats/leak.h"

#include <algorithm>
#include <cmath>

#include "stats/trend.h"

namespace loadstone::stats {
namespace {

constexpr std::size_t kLeftOut = 2;  // cycles at the beginning
constexpr int kGrid = 16;            // time constants that are tried
constexpr double kSlopeConfidence = 0.98;
constexpr double kRise = 0.01;         // p of Mann and Kendall
constexpr double kStableBelow = 2.5;   // times the threshold, for the upper end of the interval
constexpr double kProfileBound = 6.7;  // about the 99 % quantile of F(1, n - 4), the deviation that a profile may have

// Least squares of y on 1 and g with c >= 0 for the factor of g.
struct Line {
  double a = 0, c = 0, residual = 0;
};
Line fit_line(std::span<const double> y, std::span<const double> g) {
  const auto n = static_cast<double>(y.size());
  double sy = 0, sg = 0;
  for (std::size_t i = 0; i < y.size(); ++i) {
    sy += y[i];
    sg += g[i];
  }
  double gg = 0, gy = 0;
  for (std::size_t i = 0; i < y.size(); ++i) {
    gg += (g[i] - sg / n) * (g[i] - sg / n);
    gy += (g[i] - sg / n) * (y[i] - sy / n);
  }
  Line line;
  line.c = gg > 0 ? std::max(0.0, gy / gg) : 0;
  line.a = sy / n - line.c * sg / n;
  for (std::size_t i = 0; i < y.size(); ++i) {
    const double d = y[i] - line.a - line.c * g[i];
    line.residual += d * d;
  }
  return line;
}

// With the slope b given.
Line fit_rest(std::span<const double> floors, std::span<const double> g, double b) {
  std::vector<double> rest(floors.begin(), floors.end());
  for (std::size_t k = 0; k < rest.size(); ++k) rest[k] -= b * static_cast<double>(k);
  return fit_line(rest, g);
}

std::vector<double> approach(std::size_t n, double tau) {
  std::vector<double> g;
  for (std::size_t k = 0; k < n; ++k) g.push_back(1 - std::exp(-static_cast<double>(k) / tau));
  return g;
}

// The residual is convex in b: its smallest by golden section.
double best_b(std::span<const double> floors, std::span<const double> g, double low, double high) {
  constexpr double kRatio = 0.6180339887498949;
  constexpr int kSteps = 60;
  double x1 = high - kRatio * (high - low), x2 = low + kRatio * (high - low);
  double f1 = fit_rest(floors, g, x1).residual, f2 = fit_rest(floors, g, x2).residual;
  for (int i = 0; i < kSteps; ++i) {
    if (f1 <= f2) {
      high = x2, x2 = x1, f2 = f1;
      x1 = high - kRatio * (high - low);
      f1 = fit_rest(floors, g, x1).residual;
    } else {
      low = x1, x1 = x2, f1 = f2;
      x2 = low + kRatio * (high - low);
      f2 = fit_rest(floors, g, x2).residual;
    }
  }
  return (low + high) / 2;
}

}  // namespace

Plateau fit_plateau(std::span<const double> floors) {
  Plateau best;
  const std::size_t n = floors.size();
  if (n < 6) return best;
  const auto [least, most] = std::minmax_element(floors.begin(), floors.end());
  const double reach = std::max(*most - *least, 1.0);  // no b beyond this a cycle can fit
  struct Try {
    double tau, b, residual;
    std::vector<double> g;
  };
  std::vector<Try> tries;
  const double longest = std::max(2.0, static_cast<double>(n) / 3);
  for (int i = 0; i < kGrid; ++i) {
    Try t{std::pow(longest, static_cast<double>(i) / (kGrid - 1)), 0, 0, {}};
    t.g = approach(n, t.tau);
    t.b = best_b(floors, t.g, -reach, reach);
    const Line line = fit_rest(floors, t.g, t.b);
    t.residual = line.residual;
    if (i == 0 || t.residual < best.residual) best = {line.a, t.b, line.c, t.tau, t.residual, t.b};
    tries.push_back(std::move(t));
  }
  const double bound = best.residual * (1 + kProfileBound / (static_cast<double>(n) - 4));
  for (const Try& t : tries) {
    if (t.residual > bound) continue;
    double low = t.b - 2 * reach, high = t.b;  // outside, inside
    for (int i = 0; i < 60; ++i) {
      const double middle = (low + high) / 2;
      (fit_rest(floors, t.g, middle).residual > bound ? low : high) = middle;
    }
    best.least_b = std::min(best.least_b, high);
  }
  return best;
}

LeakJudgement judge_leak(std::span<const double> floors, double cycle_seconds, double threshold) {
  LeakJudgement judged;
  const double soak = static_cast<double>(floors.size()) * cycle_seconds;
  const auto kept = floors.subspan(std::min(kLeftOut, floors.size()));
  const auto late = floors.subspan(std::max(kLeftOut, floors.size() / 4) * (floors.size() > kLeftOut ? 1 : 0));
  if (late.size() < 2) return judged;
  std::vector<double> times;
  for (std::size_t k = 0; k < late.size(); ++k) times.push_back(static_cast<double>(k) * cycle_seconds);
  const Trend trend = theil_sen(times, late, kSlopeConfidence);
  judged.slope = trend.slope;
  judged.interval = trend.interval;
  judged.p = kendall(late).p_rising();
  const Plateau plateau = fit_plateau(kept);
  judged.least_slope = plateau.least_b / cycle_seconds;
  if (floors.size() < kFewestCycles || soak < kShortestSoak) {
    judged.needed_seconds = std::max(kShortestSoak, static_cast<double>(kFewestCycles) * cycle_seconds);
    return judged;
  }
  if (judged.least_slope > threshold && judged.interval.low > threshold && judged.p < kRise) {
    judged.trend = MemoryTrend::kLeak;
  } else if (judged.interval.low <= threshold && judged.interval.high < kStableBelow * threshold) {
    judged.trend = MemoryTrend::kStable;
  } else {
    judged.trend = MemoryTrend::kGrowing;
    // The interval's width falls with the length of the soak to the power of -3/2; a warm-up must be over for three
    // time constants.
    const double away = std::max(2 * std::fabs(judged.slope - threshold), 0.1 * threshold);
    const double width = judged.interval.high - judged.interval.low;
    judged.needed_seconds = std::max(3 * plateau.tau * cycle_seconds, soak * std::pow(width / away, 2.0 / 3.0));
    judged.needed_seconds = std::max(judged.needed_seconds, 1.25 * soak);
  }
  return judged;
}

double default_leak_threshold(double operations_per_second, double memory_bytes) {
  return std::max({2000.0, operations_per_second, 0.001 * memory_bytes / 3600});
}

double floor_of(std::vector<double> values) {
  if (values.empty()) return 0;
  const auto at = static_cast<std::ptrdiff_t>(0.05 * static_cast<double>(values.size() - 1));
  std::nth_element(values.begin(), values.begin() + at, values.end());
  return values[static_cast<std::size_t>(at)];
}

}  // namespace loadstone::stats

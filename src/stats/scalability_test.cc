#include "stats/scalability.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "base/random.h"

namespace loadstone::stats {
namespace {

struct Reference {
  std::vector<double> n, x;
  double gamma, alpha, beta;
};
// Made by scipy_reference.py.
const Reference kReference[] = {
#include "stats/testdata/scalability_reference.inc"
};

std::vector<ThroughputAt> points_of(const std::vector<double>& n, const std::vector<double>& x) {
  std::vector<ThroughputAt> points;
  for (std::size_t i = 0; i < n.size(); ++i) points.push_back({n[i], x[i]});
  return points;
}

TEST(Scalability, AgreesWithNonNegativeLeastSquaresOfScipy) {
  for (const auto& r : kReference) {
    const auto fit = fit_scalability(points_of(r.n, r.x), 1);
    EXPECT_NEAR(fit.gamma, r.gamma, 1e-9 * r.gamma);
    EXPECT_NEAR(fit.alpha, r.alpha, 1e-9);
    EXPECT_NEAR(fit.beta, r.beta, 1e-9);
    EXPECT_EQ(fit.has_alpha, r.alpha > 0);
    EXPECT_EQ(fit.has_beta, r.beta > 0);
  }
}

std::vector<ThroughputAt> measured(Random& random, double alpha, double beta, double most, int steps, double noise) {
  std::vector<ThroughputAt> points;
  for (int i = 0; i < steps; ++i) {
    const double n = std::pow(most, static_cast<double>(i) / (steps - 1));
    points.push_back({n, 1000 * n / (1 + alpha * (n - 1) + beta * n * (n - 1)) * std::exp(noise * random.normal())});
  }
  return points;
}

TEST(Scalability, FindsThePeakWhenTheStepsGoBeyondIt) {
  Random random(8);
  int covered = 0;
  for (int i = 0; i < 20; ++i) {
    const auto points = measured(random, 0.05, 0.002, 64, 11, 0.01);
    const auto fit = fit_scalability(points, 1);
    ASSERT_TRUE(fit.peak());
    EXPECT_NEAR(*fit.peak(), 21.8, 2.2);
    EXPECT_NEAR(fit.at(1), fit.gamma, 1e-9);
    const auto verdict = judge_scalability(points, fit);
    EXPECT_EQ(verdict.identified, Identified::kCoherency);
    covered += fit.beta_range.low < 0.002 && fit.beta_range.high > 0.002 ? 1 : 0;
  }
  EXPECT_GE(covered, 15);  // 19 expected of 95 % intervals, less what eleven points are short of
}

TEST(Scalability, SaysWhatCannotBeIdentified) {
  Random random(9);
  const auto few = measured(random, 0.05, 0.002, 64, 8, 0.01);
  EXPECT_EQ(judge_scalability(few, fit_scalability(few, 1)).identified, Identified::kNothing);
  // The steps end at the peak: what bends the curve is not known.
  const auto short_of_peak = measured(random, 0.05, 0.0005, 44, 11, 0.01);
  EXPECT_NE(judge_scalability(short_of_peak, fit_scalability(short_of_peak, 1)).identified, Identified::kCoherency);
  const auto linear = measured(random, 0, 0, 64, 11, 0.01);
  const auto fit = fit_scalability(linear, 1);
  EXPECT_FALSE(judge_scalability(linear, fit).has_contention);
  EXPECT_FALSE(fit.peak());
}

TEST(Scalability, TheSameSeedGivesTheSameIntervals) {
  Random random(10);
  const auto points = measured(random, 0.1, 0.001, 64, 11, 0.03);
  const auto a = fit_scalability(points, 7), b = fit_scalability(points, 7);
  EXPECT_EQ(a.alpha_range.low, b.alpha_range.low);
  EXPECT_EQ(a.beta_range.high, b.beta_range.high);
}

}  // namespace
}  // namespace loadstone::stats

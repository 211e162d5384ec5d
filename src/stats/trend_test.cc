#include "stats/trend.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace loadstone::stats {
namespace {

struct Reference {
  std::vector<double> x, y;
  double confidence, slope, low, high;
  std::int64_t score;
  double variance;
};
// Made by scipy_reference.py.
const Reference kReference[] = {
#include "stats/testdata/trend_reference.inc"
};

TEST(Trend, AgreesWithScipy) {
  for (const auto& r : kReference) {
    const auto trend = theil_sen(r.x, r.y, r.confidence);
    EXPECT_NEAR(trend.slope, r.slope, 1e-12);
    EXPECT_NEAR(trend.interval.low, r.low, 1e-12);
    EXPECT_NEAR(trend.interval.high, r.high, 1e-12);
    const auto k = kendall(r.y);
    EXPECT_EQ(k.score, r.score);
    EXPECT_NEAR(k.variance, r.variance, 1e-9);
  }
}

TEST(Trend, FewPointsHaveNoBounds) {
  const std::vector<double> x{0, 1}, y{3, 5};
  const auto trend = theil_sen(x, y);
  EXPECT_EQ(trend.slope, 2);
  EXPECT_TRUE(std::isinf(trend.interval.low) && std::isinf(trend.interval.high));
}

TEST(Trend, KendallTellsRisingFromFalling) {
  const std::vector<double> rising{1, 2, 3, 4, 5, 6, 7, 8}, flat{3, 3, 3, 3};
  EXPECT_LT(kendall(rising).p_rising(), 0.001);
  EXPECT_GT(kendall(rising).p_falling(), 0.999);
  EXPECT_EQ(kendall(flat).p_rising(), 1);
  EXPECT_EQ(kendall({}).score, 0);
}

TEST(Trend, MediansAndTheirDeviation) {
  EXPECT_EQ(median(std::vector<double>{3, 1, 2}), 2);
  EXPECT_EQ(median(std::vector<double>{4, 1, 2, 3}), 2.5);
  EXPECT_EQ(median({}), 0);
  // Distances from 3 are 2 1 0 1 97: the wild value does not count.
  EXPECT_DOUBLE_EQ(robust_deviation(std::vector<double>{1, 2, 3, 4, 100}), 1.4826);
}

}  // namespace
}  // namespace loadstone::stats

#include "stats/trend.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/random.h"

namespace loadstone::stats {
namespace {

TEST(TheilSen, SensOwnExample) {
  // Sen, JASA 63 (1968), section 6: slope 4, and 26/7 to 35/8 at 93 %.
  const std::vector<Point> points{{1, 9}, {2, 15}, {3, 19}, {4, 20}, {10, 45}, {12, 55}, {18, 78}};
  const Slope slope = theil_sen(points, 0.93);
  EXPECT_EQ(slope.pairs, 21U);
  EXPECT_DOUBLE_EQ(slope.value, 4);
  EXPECT_NEAR(slope.interval.low, 26.0 / 7, 1e-12);
  EXPECT_NEAR(slope.interval.high, 35.0 / 8, 1e-12);
  EXPECT_DOUBLE_EQ(slope.intercept, 6);
}

TEST(TheilSen, OneJumpDoesNotBendIt) {
  std::vector<Point> points;
  for (int i = 0; i <= 10; ++i) points.push_back({500.0 * i, 1e6 + 4112.0 * 500 * i + (i == 5 ? 3e6 : 0)});
  const Slope slope = theil_sen(points);
  EXPECT_DOUBLE_EQ(slope.value, 4112);
  EXPECT_DOUBLE_EQ(slope.intercept, 1e6);
}

TEST(TheilSen, TooFewPointsHaveNoInterval) {
  const std::vector<Point> two{{0, 1}, {1, 3}};
  const Slope slope = theil_sen(two);
  EXPECT_DOUBLE_EQ(slope.value, 2);
  EXPECT_TRUE(std::isinf(slope.interval.low));
  EXPECT_TRUE(std::isinf(slope.interval.high));
  const std::vector<Point> level{{1, 1}, {1, 3}, {1, 7}};
  EXPECT_EQ(theil_sen(level).pairs, 0U);
  EXPECT_EQ(theil_sen({}).pairs, 0U);
}

TEST(TheilSen, TheIntervalHoldsTheTruthAsOftenAsItSays) {
  int held = 0;
  constexpr int kRuns = 400;
  for (int run = 0; run < kRuns; ++run) {
    Random random(static_cast<std::uint64_t>(run) + 1);
    std::vector<Point> points;
    for (int i = 0; i < 20; ++i) points.push_back({static_cast<double>(i), 3.0 * i + 10 * random.normal()});
    const Slope slope = theil_sen(points);
    held += slope.interval.low <= 3 && 3 <= slope.interval.high ? 1 : 0;
  }
  EXPECT_GE(held, static_cast<int>(0.92 * kRuns));
  EXPECT_LE(held, static_cast<int>(0.985 * kRuns));
}

TEST(MannKendall, KnownValues) {
  // S = 45, variance 125: z = 44 / sqrt(125).
  EXPECT_NEAR(mann_kendall_rise(std::vector<double>{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}), 4.15153516632e-5, 1e-15);
  EXPECT_GT(mann_kendall_rise(std::vector<double>{10, 9, 8, 7, 6, 5, 4, 3, 2, 1}), 0.9999);
  EXPECT_EQ(mann_kendall_rise(std::vector<double>{7, 7, 7, 7, 7}), 1);
  EXPECT_EQ(mann_kendall_rise(std::vector<double>{1, 2}), 1);
  // S = 9 with one tie: n = 5, variance (5*4*15 - 2*1*9) / 18 = 47/3.
  EXPECT_NEAR(mann_kendall_rise(std::vector<double>{1, 2, 2, 3, 4}),
              0.5 * std::erfc(8 / std::sqrt(47.0 / 3) / std::sqrt(2.0)), 1e-12);
}

TEST(Median, OfOddAndEven) {
  EXPECT_EQ(median({3, 1, 2}), 2);
  EXPECT_EQ(median({4, 1, 2, 3}), 2.5);
  EXPECT_EQ(median({}), 0);
}

}  // namespace
}  // namespace loadstone::stats

#include "stats/shift.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "base/random.h"

namespace loadstone::stats {
namespace {

std::vector<Histogram::Bucket> buckets_of(std::vector<double> times) {
  std::sort(times.begin(), times.end());
  std::vector<Histogram::Bucket> buckets;
  for (const double t : times) {
    if (buckets.empty() || buckets.back().upper != t) buckets.push_back({t, 0});
    ++buckets.back().count;
  }
  return buckets;
}

// Pairs of trials of 200 requests each; B's slowest tenth is `slower` times slower, and trials differ.
std::vector<PairOfTimes> pairs(Random& random, int count, double slower) {
  std::vector<PairOfTimes> made;
  for (int p = 0; p < count; ++p) {
    const double level = std::exp(0.1 * random.normal());
    std::vector<double> a, b;
    for (int i = 0; i < 200; ++i) {
      a.push_back(level * 1e-3 * std::exp(0.5 * random.normal()));
      const double z = random.normal();
      b.push_back(level * 1e-3 * std::exp(0.5 * z) * (z > 1.2816 ? slower : 1));
    }
    made.push_back({buckets_of(a), buckets_of(b)});
  }
  return made;
}

TEST(Shift, ShowsWhereTheDistributionChanged) {
  Random random(12);
  const auto shifts = shift_function(pairs(random, 40, 1.5), 1);
  ASSERT_EQ(shifts.size(), kShiftQuantiles.size());
  for (const auto& s : shifts) {
    EXPECT_LE(s.band.low, s.change);
    EXPECT_GE(s.band.high, s.change);
    if (s.quantile < 0.85) {
      EXPECT_LT(s.band.low, 0) << s.quantile;
      EXPECT_GT(s.band.high, 0) << s.quantile;
    }
    if (s.quantile == 0.95) {
      EXPECT_NEAR(s.change, std::log(1.5), 0.1);
      EXPECT_GT(s.band.low, 0);
    }
  }
}

TEST(Shift, QuantilesAreThoseAtTheRankOfAllPairsTogether) {
  std::vector<PairOfTimes> same;
  for (int p = 0; p < 8; ++p) same.push_back({{{1, 50}, {2, 50}}, {{2, 50}, {8, 50}}});
  const auto shifts = shift_function(same, 1);
  EXPECT_DOUBLE_EQ(shifts[0].change, std::log(2));    // 1 to 2
  EXPECT_DOUBLE_EQ(shifts[4].change, std::log(2));    // rank 400 of 800 is still the lower half
  EXPECT_DOUBLE_EQ(shifts[5].change, std::log(4));    // 2 to 8
  EXPECT_DOUBLE_EQ(shifts[0].band.low, std::log(2));  // no pair differs from the others
}

TEST(Shift, TheBandHoldsAtAllPlacesAtOnce) {
  Random random(13);
  int outside = 0;
  constexpr int kRuns = 25;
  for (int r = 0; r < kRuns; ++r) {
    const auto shifts = shift_function(pairs(random, 20, 1), static_cast<std::uint64_t>(r));
    outside +=
        std::any_of(shifts.begin(), shifts.end(), [](const Shift& s) { return s.band.low > 0 || s.band.high < 0; });
  }
  EXPECT_LE(outside, 6);  // one or two expected, and what the bootstrap of twenty pairs is short of
}

TEST(Shift, IsReproducibleAndNeedsPairs) {
  Random random(14);
  const auto measured = pairs(random, 10, 1);
  EXPECT_EQ(shift_function(measured, 5)[3].band.low, shift_function(measured, 5)[3].band.low);
  EXPECT_NE(shift_function(measured, 5)[3].band.low, shift_function(measured, 6)[3].band.low);
  EXPECT_TRUE(shift_function(std::span(measured).first(7), 5).empty());
}

}  // namespace
}  // namespace loadstone::stats

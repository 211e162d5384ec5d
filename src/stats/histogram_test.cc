#include "stats/histogram.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "base/random.h"

namespace loadstone::stats {
namespace {

TEST(Histogram, QuantilesAreWithinATenthOfAPercentOfTheSortedTruth) {
  Random random(7);
  Histogram h;
  std::vector<std::int64_t> values;
  for (int i = 0; i < 100'000; ++i) {
    const auto ns = static_cast<std::int64_t>(1e5 * std::exp(2 * random.normal())) + 200'000;
    values.push_back(ns);
    h.record(Nanoseconds(ns));
  }
  std::sort(values.begin(), values.end());
  for (const double q : {0.5, 0.9, 0.95, 0.99, 0.999, 1.0}) {
    const double truth = static_cast<double>(values[static_cast<std::size_t>(std::ceil(q * 100'000)) - 1]) * 1e-9;
    EXPECT_GE(h.quantile(q), truth * 0.999999) << q;  // never below: the bucket's highest value is reported
    EXPECT_NEAR(h.quantile(q) / truth, 1, 0.001) << q;
  }
  EXPECT_DOUBLE_EQ(h.min(), static_cast<double>(values.front()) * 1e-9);
  EXPECT_DOUBLE_EQ(h.max(), static_cast<double>(values.back()) * 1e-9);
}

TEST(Histogram, MergingAddsCountsSoThatThreeShardsEqualOne) {
  Random random(1);
  Histogram one;
  Histogram shards[3];
  for (int i = 0; i < 30'000; ++i) {
    const Nanoseconds v(static_cast<std::int64_t>(random.exponential() * 5e6));
    one.record(v);
    shards[i % 3].record(v);
  }
  Histogram merged;
  for (const auto& s : shards) merged.add(s);
  EXPECT_EQ(merged.encode(), one.encode());
  EXPECT_EQ(merged.count(), one.count());
  EXPECT_DOUBLE_EQ(merged.max(), one.max());
}

TEST(Histogram, TheRankIsNotRoundedUpByFloatingPointError) {
  Histogram h;
  for (int i = 1; i <= 100; ++i) h.record(Nanoseconds(i * 1'000'000));
  EXPECT_NEAR(h.quantile(0.99), 0.099, 0.0001);
  EXPECT_NEAR(h.quantile(0.07), 0.007, 0.00001);
}

TEST(Histogram, EncodedTextReadsBackToTheSameCounts) {
  Histogram h;
  for (int i = 0; i < 1000; ++i) h.record(Nanoseconds(i * i * 1000));
  auto back = Histogram::decode(h.encode());
  ASSERT_TRUE(back) << back.error().message;
  EXPECT_EQ(back->encode(), h.encode());
  EXPECT_EQ(back->count(), 1000U);
  back->restore(h.exact());
  EXPECT_DOUBLE_EQ(back->mean(), h.mean());
  EXPECT_DOUBLE_EQ(back->stddev(), h.stddev());
  EXPECT_DOUBLE_EQ(back->max(), h.max());
  EXPECT_FALSE(Histogram::decode("not a histogram"));
  EXPECT_FALSE(Histogram::decode(""));
}

TEST(Histogram, AValueAboveTheRangeIsCountedAndSaid) {
  Histogram h;
  h.record(2h);
  EXPECT_EQ(h.count(), 1U);
  EXPECT_EQ(h.overflow(), 1U);
  EXPECT_DOUBLE_EQ(h.max(), 7200);
}

TEST(Histogram, CountAboveExcludesTheValuesOwnBucket) {
  Histogram h;
  h.record(1ms);
  h.record(2ms);
  h.record(3ms);
  EXPECT_EQ(h.count_above(1ms), 2U);
  EXPECT_EQ(h.count_above(3ms), 0U);
  EXPECT_EQ(h.count_above(0ms), 3U);
}

TEST(Histogram, EveryBucketIsWhereTheLibraryLooksForIt) {
  // Our own indexing against the library's decoder, around every power of two.
  for (std::int64_t power = 1; power < 3'600'000'000'000; power *= 2) {
    for (const std::int64_t ns : {power - 1, power, power + 1, power + power / 3}) {
      if (ns > 3'600'000'000'000) continue;
      Histogram h;
      h.record(Nanoseconds(ns));
      const auto back = Histogram::decode(h.encode());
      ASSERT_TRUE(back);
      ASSERT_EQ(back->count(), 1U);
      const double upper = back->buckets().front().upper * 1e9;
      EXPECT_GE(upper + 0.5, static_cast<double>(ns));
      EXPECT_LE(upper, static_cast<double>(ns) * 1.001 + 64);
    }
  }
}

TEST(Histogram, ExactValuesThatContradictTheCountsAreNotBelieved) {
  Histogram h;
  h.record(5ms);
  h.restore({-1, INT64_MAX, -3, 1e300, 0});
  EXPECT_NEAR(h.min(), 0.005, 1e-9);
  EXPECT_NEAR(h.max(), 0.005, 1e-9);
  h.reset();
  EXPECT_TRUE(h.buckets().empty());
}

TEST(Histogram, ResetEmptiesEverything) {
  Histogram h;
  h.record(5ms);
  h.reset();
  EXPECT_TRUE(h.empty());
  EXPECT_EQ(h.max(), 0);
  EXPECT_TRUE(h.buckets().empty());
}

}  // namespace
}  // namespace loadstone::stats

#include "stats/signed_rank.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <numeric>

#include "base/random.h"
#include "stats/sequential.h"

namespace loadstone::stats {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

struct Reference {
  std::vector<double> differences;
  double level, positive, p_above, p_below, hodges_lehmann, low, high;
};
// Made by scipy_reference.py.
const Reference kReference[] = {
#include "stats/testdata/signed_rank_reference.inc"
};

TEST(SignedRank, AgreesWithScipyAndWithEveryChoiceOfSigns) {
  for (const auto& r : kReference) {
    const auto found = signed_rank(r.differences, r.level);
    const auto n = r.differences.size();
    EXPECT_EQ(found.positive, r.positive) << n;
    EXPECT_NEAR(found.p_above, r.p_above, 1e-9) << n;
    EXPECT_NEAR(found.p_below, r.p_below, 1e-9) << n;
    EXPECT_NEAR(found.hodges_lehmann, r.hodges_lehmann, 1e-12) << n;
    if (std::isinf(r.low)) {
      EXPECT_EQ(found.interval.low, r.low) << n;
      EXPECT_EQ(found.interval.high, r.high) << n;
    } else {
      EXPECT_NEAR(found.interval.low, r.low, 1e-12) << n;
      EXPECT_NEAR(found.interval.high, r.high, 1e-12) << n;
    }
  }
}

struct DeltaReference {
  std::vector<double> a, b;
  double delta;
};
const DeltaReference kDeltas[] = {
#include "stats/testdata/cliffs_delta_reference.inc"
};

TEST(CliffsDelta, IsMannAndWhitneysStatisticOnAScaleOfItsOwn) {
  for (const auto& r : kDeltas) EXPECT_NEAR(cliffs_delta(r.a, r.b), r.delta, 1e-12) << r.a.size();
  const std::vector<double> low{1, 2}, high{3, 4};
  EXPECT_EQ(cliffs_delta(low, high), 1);
  EXPECT_EQ(cliffs_delta(high, low), -1);
  EXPECT_EQ(cliffs_delta(low, low), 0);
}

TEST(SignedRank, TheNullDistributionIsThatOfAllSubsets) {
  const std::vector<double> of_four{1, 1, 1, 2, 2, 2, 2, 2, 1, 1, 1};
  const auto probability = signed_rank_distribution(4);
  ASSERT_EQ(probability.size(), of_four.size());
  for (std::size_t s = 0; s < of_four.size(); ++s) EXPECT_EQ(probability[s] * 16, of_four[s]) << s;
  const auto large = signed_rank_distribution(200);
  EXPECT_NEAR(std::accumulate(large.begin(), large.end(), 0.0), 1, 1e-12);
}

TEST(SignedRank, TheNormalApproximationContinuesTheExactOne) {
  Random random(3);
  std::vector<double> d;
  for (std::size_t i = 0; i < kMostExact; ++i) d.push_back(random.normal() + 0.12);
  const auto exact = signed_rank(d, 0.01);
  d.push_back(0.12);
  const auto normal = signed_rank(d, 0.01);
  EXPECT_NEAR(std::log(normal.p_above), std::log(exact.p_above), 0.3);
  EXPECT_NEAR(normal.interval.low, exact.interval.low, 0.01);
  EXPECT_NEAR(normal.interval.high, exact.interval.high, 0.01);
}

TEST(SignedRank, TooFewDifferencesHaveNoBounds) {
  EXPECT_EQ(signed_rank({}).p_above, 1);
  const std::vector<double> seven{1, 2, 3, 4, 5, 6, 7};
  EXPECT_TRUE(std::isinf(signed_rank(seven, kLookLevel).interval.low));  // 2^-7 is above the level
  const std::vector<double> zeros(20, 0.0);
  EXPECT_EQ(signed_rank(zeros, 0.01).count, 0U);
  EXPECT_EQ(signed_rank(zeros, 0.01).p_above, 1);
  EXPECT_EQ(signed_rank(zeros, 0.01).hodges_lehmann, 0);
}

TEST(Holm, RaisesPValuesAsByDefinition) {
  struct Case {
    std::vector<double> given, raised;
  };
  const Case cases[] = {
#include "stats/testdata/holm_reference.inc"
  };
  for (const auto& c : cases) {
    const auto found = holm(c.given);
    for (std::size_t i = 0; i < c.given.size(); ++i) EXPECT_NEAR(found[i], c.raised[i], 1e-15) << c.given[i];
  }
}

TEST(Sequential, SmallestEffectsAndNumbersOfPairs) {
  // The table of pairs for deviations .03 .06 .12 .25.
  EXPECT_EQ(pairs_for(0.05, 0.03), 6);
  EXPECT_EQ(pairs_for(0.05, 0.06), 24);
  EXPECT_EQ(pairs_for(0.05, 0.12), 96);
  EXPECT_EQ(pairs_for(0.10, 0.25), 109);
  EXPECT_NEAR(smallest_effect(0.06, 24), 0.05, 0.001);
  EXPECT_TRUE(std::isinf(smallest_effect(0.06, 0)));
}

// Looking four times must not raise more false alarms than one per cent; tests/truth has the exact share.
TEST(Sequential, FourLooksStayBelowOnePercent) {
  Random random(17);
  constexpr int kComparisons = 400;
  int alarms = 0;
  for (int c = 0; c < kComparisons; ++c) {
    std::vector<double> d;
    for (std::size_t i = 0; i < kLooks.back(); ++i) d.push_back(random.normal());
    for (const auto look : kLooks)
      if (signed_rank(std::span(d).first(look), kLookLevel).p_above <= kLookLevel) {
        ++alarms;
        break;
      }
  }
  EXPECT_LE(alarms, 10);  // 4 expected, and three standard errors
}

}  // namespace
}  // namespace loadstone::stats

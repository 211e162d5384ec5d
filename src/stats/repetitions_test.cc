#include "stats/repetitions.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/random.h"

namespace loadstone::stats {
namespace {

struct Row {
  std::vector<std::vector<double>> groups;
  double cost, within, between;
  std::size_t best;  // 0: none
};
const Row kRows[] = {
#include "stats/testdata/repetitions_reference.inc"
};

TEST(Repetitions, VariancesAndBestNumberAsByAnalysisOfVariance) {
  for (const auto& row : kRows) {
    const auto plan = plan_repetitions(row.groups, row.cost);
    ASSERT_TRUE(plan);
    EXPECT_NEAR(plan->within, row.within, 1e-9 * row.within);
    EXPECT_NEAR(plan->between, row.between, 1e-9 * row.within);
    EXPECT_EQ(plan->best.value_or(0), row.best);
  }
}

TEST(Repetitions, TooFewToTell) {
  EXPECT_FALSE(plan_repetitions({}, 1));
  const std::vector<std::vector<double>> one{{1, 2, 3}, {4}};
  EXPECT_FALSE(plan_repetitions(one, 1));
}

// The number it names is worth its money: for the same cost the mean is hardly ever less exact than with half or twice
// as many.
TEST(Repetitions, TheBestNumberIsTheMostExactForItsCost) {
  constexpr double kWithin = 0.03, kBetween = 0.02, kCost = 6;
  const auto best = static_cast<double>(*plan_repetitions(
                                             [] {
                                               Random random(7);
                                               std::vector<std::vector<double>> groups(400);
                                               for (auto& group : groups) {
                                                 const double mean = kBetween * random.normal();
                                                 for (int i = 0; i < 5; ++i)
                                                   group.push_back(mean + kWithin * random.normal());
                                               }
                                               return groups;
                                             }(),
                                             kCost)
                                             ->best);
  const auto variance = [&](double each) {  // of the mean, for a given cost
    return (kBetween * kBetween + kWithin * kWithin / each) * (kCost + each);
  };
  EXPECT_NEAR(best, std::ceil(std::sqrt(kCost) * kWithin / kBetween), 1);  // variances are only estimated
  EXPECT_LT(variance(best), variance(best / 2));
  EXPECT_LT(variance(best), variance(2 * best));
}

}  // namespace
}  // namespace loadstone::stats

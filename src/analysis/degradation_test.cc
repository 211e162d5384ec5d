#include "analysis/degradation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace loadstone::analysis {
namespace {

using result::Verdict;

// Points of 200 ms; the rates of the stages wander by `noise` from point to point.
std::vector<result::Point> points(const std::vector<double>& rates, double noise = 0.02) {
  std::vector<result::Point> series;
  for (std::size_t stage = 0; stage < rates.size(); ++stage)
    for (int i = 0; i < 10; ++i) {
      result::Point p;
      p.start = static_cast<double>(stage) * 2 + 0.2 * i;
      p.length = 0.2;
      p.values["rate"] = rates[stage] * (1 + (i % 2 == 0 ? noise : -noise));
      series.push_back(p);
    }
  return series;
}

const std::vector<double> kFour{2, 2, 2, 2};

result::JudgedTarget judged(const std::vector<double>& rates, double noise, const char* expression) {
  std::vector<result::JudgedTarget> targets(1);
  targets[0].target = *metric::parse_target(expression);
  judge_degradation(throughput_kept(points(rates, noise), kFour), targets);
  return targets[0];
}

TEST(Degradation, IsTheWorstStageAfterTheBest) {
  const auto kept = throughput_kept(points({100, 400, 300, 360}), kFour);
  ASSERT_TRUE(kept && kept->interval);
  EXPECT_NEAR(kept->share, 0.75, 1e-9);
  EXPECT_EQ(kept->best, 1U);
  EXPECT_EQ(kept->worst, 2U);
  EXPECT_LT(kept->interval->low, 0.75);
  EXPECT_GT(kept->interval->high, 0.75);
}

TEST(Degradation, AllIsKeptWhileThroughputGrows) {
  const auto kept = throughput_kept(points({100, 200, 300, 400}), kFour);
  ASSERT_TRUE(kept);
  EXPECT_EQ(kept->share, 1);
  EXPECT_EQ(judged({100, 200, 300, 400}, 0.02, "degradation.throughput_kept > 90%").verdict, Verdict::kPass);
}

TEST(Degradation, TargetsAreJudgedWithTheirInterval) {
  constexpr const char* kTarget = "degradation.throughput_kept > 90%";
  EXPECT_EQ(judged({100, 400, 398, 396}, 0.02, kTarget).verdict, Verdict::kPass);
  const auto missed = judged({100, 400, 200, 100}, 0.02, kTarget);
  EXPECT_EQ(missed.verdict, Verdict::kFail);
  EXPECT_THAT(missed.reason, testing::HasSubstr("stage 4 kept 25"));
  EXPECT_EQ(judged({100, 400, 365, 365}, 0.2, kTarget).verdict, Verdict::kInconclusive);
}

TEST(Degradation, NeedsStages) {
  EXPECT_FALSE(throughput_kept(points({100}), {}));
  EXPECT_FALSE(throughput_kept(points({100}), {2, 2}));  // the second was never reached
  std::vector<result::JudgedTarget> targets(1);
  targets[0].target = *metric::parse_target("degradation.throughput_kept > 90%");
  judge_degradation(std::nullopt, targets);
  EXPECT_EQ(targets[0].verdict, Verdict::kInconclusive);
}

}  // namespace
}  // namespace loadstone::analysis

#include "capacity/account.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace loadstone::capacity {
namespace {

using testing::HasSubstr;
using testing::Not;

MeasuredStep users(double n, double completed, result::Verdict verdict = result::Verdict::kPass) {
  MeasuredStep m;
  m.step.rate = n;
  m.step.completed = completed;
  m.step.verdict = verdict;
  return m;
}

// Steps that follow the law exactly; with its turn among them when there are enough.
Account scaled(int most) {
  Account account;
  for (int n = 1; n <= most; ++n) {
    const double x = n;
    account.users.push_back(users(x, 100 * x / (1 + 0.05 * (x - 1) + 0.01 * x * (x - 1))));
  }
  account.scaling = scaling_of(throughput_of(account.users), 1);
  return account;
}

TEST(Account, SaysWhatTheSearchCameTo) {
  Finding f;
  EXPECT_EQ(verdict_of(f), result::Verdict::kFail);
  f.generator_was_limit = true;
  EXPECT_EQ(verdict_of(f), result::Verdict::kInvalid);
  f.sustainable = 5;
  EXPECT_EQ(verdict_of(f), result::Verdict::kPass);
  f = {};
  f.undecided = true;
  EXPECT_EQ(verdict_of(f), result::Verdict::kInconclusive);
}

TEST(Account, StepsThatTheGeneratorLimitedFitNoLaw) {
  const auto points = throughput_of({users(1, 100), users(2, 190, result::Verdict::kInvalid), users(4, 0)});
  ASSERT_EQ(points.size(), 1U);
  EXPECT_EQ(points[0].throughput, 100);
}

TEST(Account, JsonHoldsStepsWithTheirTimes) {
  Account account;
  account.about.seed = 7;
  account.about.environment = {{"cpu", "a \"fast\" one"}};
  account.about.scenarios.emplace_back();
  account.about.scenarios[0].name = "stats";
  MeasuredStep m = users(50, 49);
  m.folder = "step-01";
  m.times = StepTimes{"latency", 0.001, 0.002, 0.003};
  account.steps = {m};
  account.finding.sustainable = 50;
  account.finding.capacity = 60;
  account.finding.by_cpu = 64;
  const auto json = write_json(account);
  EXPECT_THAT(json, HasSubstr(R"("verdict":"pass","sustainable":50,"knee":null)"));
  EXPECT_THAT(json,
              HasSubstr(R"("folder":"step-01","times":{"family":"latency","p50":0.001,"p95":0.002,"p99":0.003})"));
  EXPECT_THAT(json, HasSubstr(R"("environment":{"cpu":"a \"fast\" one"})"));
  EXPECT_THAT(json, HasSubstr(R"("name":"stats")"));
  EXPECT_THAT(json, HasSubstr(R"("by_cpu":64)"));
  EXPECT_THAT(json, HasSubstr("they are what limits it"));
  EXPECT_THAT(json, Not(HasSubstr("scaling")));
}

TEST(Account, ALawIsDrawnOnlyWhereItIsIdentified) {
  const auto whole = write_json(scaled(16));
  EXPECT_THAT(whole, HasSubstr(R"("identified":"coherency")"));
  EXPECT_THAT(whole, HasSubstr(R"("curve":[[1,)"));
  const auto few = write_json(scaled(5));
  EXPECT_THAT(few, HasSubstr(R"("identified":"nothing")"));
  EXPECT_THAT(few, HasSubstr("not identifiable"));
  EXPECT_THAT(few, Not(HasSubstr("curve")));
}

}  // namespace
}  // namespace loadstone::capacity

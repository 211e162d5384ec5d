#include "compare/pairs.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/random.h"
#include "compare/change.h"
#include "stats/sequential.h"

namespace loadstone::compare {
namespace {

// Pairs whose metrics differ by `effect` on average, with a deviation of `noise` from pair to pair.
std::vector<Pair> pairs(std::uint64_t seed, std::size_t count, double effect, double noise) {
  Random random(seed);
  std::vector<Pair> made;
  for (std::size_t i = 0; i < count; ++i) {
    Pair p;
    for (const char* metric : {"latency.p50", "latency.p95", "service.cpu.per_request"}) {
      p.log_ratio[metric] = std::log1p(effect) + noise * random.normal();
      p.a[metric] = 0.001;
      p.b[metric] = 0.001 * std::exp(p.log_ratio[metric]);
    }
    p.log_ratio["rate"] = 0.001 * random.normal();
    p.a_errors = p.b_errors = {0, 500};
    made.push_back(std::move(p));
  }
  return made;
}

MetricChange change_of(const std::vector<MetricChange>& metrics, std::string_view name) {
  for (const auto& m : metrics)
    if (m.metric == name) return m;
  ADD_FAILURE() << "no " << name;
  return metrics.front();
}

TEST(Pairs, TheSameBuildHasNotRegressed) {
  const auto metrics = judge_pairs(pairs(1, 15, 0, 0.03), stats::kLookLevel);
  for (const auto& m : metrics) EXPECT_EQ(m.verdict, Verdict::kNotRegressed) << m.metric << ": " << m.reason;
  EXPECT_EQ(verdict_of(metrics), Verdict::kNotRegressed);
}

TEST(Pairs, AnEffectBeyondTheMarginIsARegression) {
  const auto metrics = judge_pairs(pairs(2, 30, 0.12, 0.03), stats::kLookLevel);
  const auto p50 = change_of(metrics, "latency.p50");
  EXPECT_EQ(p50.verdict, Verdict::kRegressed);
  EXPECT_NEAR(p50.effect, 0.12, 0.02);
  EXPECT_LT(p50.interval.low, p50.effect);
  EXPECT_GT(p50.interval.high, p50.effect);
  EXPECT_GT(p50.p_raised, p50.p);  // Holm, over five
  EXPECT_NEAR(*p50.smallest, stats::smallest_effect(0.03, 30), 0.012);
  ASSERT_TRUE(p50.delta);
  EXPECT_GT(*p50.delta, 0.9);  // hardly a trial of B was as good as any of A
  EXPECT_EQ(size_in_words(*p50.delta), "large");
  EXPECT_EQ(verdict_of(metrics), Verdict::kRegressed);
}

TEST(Pairs, FasterIsImprovedAndLowThroughputIsWorse) {
  EXPECT_EQ(verdict_of(judge_pairs(pairs(3, 30, -0.1, 0.03), stats::kLookLevel)), Verdict::kImproved);
  auto slower = pairs(4, 30, 0, 0.03);
  for (auto& p : slower) p.log_ratio["rate"] -= 0.1;
  const auto metrics = judge_pairs(slower, stats::kLookLevel);
  EXPECT_EQ(change_of(metrics, "rate").verdict, Verdict::kRegressed);
  EXPECT_NEAR(change_of(metrics, "rate").effect, 0.105, 0.01);
}

TEST(Pairs, TooNoisyIsInconclusiveAndSaysHowManyPairs) {
  const auto metrics = judge_pairs(pairs(5, 15, 0, 0.25), stats::kLookLevel);
  const auto p50 = change_of(metrics, "latency.p50");
  EXPECT_EQ(p50.verdict, Verdict::kInconclusive);
  EXPECT_NE(p50.reason.find("pairs would tell"), std::string::npos) << p50.reason;
  EXPECT_EQ(verdict_of(metrics), Verdict::kInconclusive);
}

TEST(Pairs, ASmallRealEffectDoesNotGate) {
  // 1 % for certain, with a margin of 5 %.
  const auto metrics = judge_pairs(pairs(6, 60, 0.01, 0.01), stats::kLookLevel);
  const auto p50 = change_of(metrics, "latency.p50");
  EXPECT_LE(p50.p_raised, stats::kLookLevel);
  EXPECT_EQ(p50.verdict, Verdict::kNotRegressed);
  EXPECT_EQ(change_of(judge_pairs(pairs(6, 60, 0.01, 0.01), stats::kLookLevel, {{"latency.p50", 0.005}}), "latency.p50")
                .verdict,
            Verdict::kRegressed);
}

TEST(Pairs, ErrorsAreComparedAsCountsInGroups) {
  auto failing = pairs(7, 30, 0, 0.01);
  for (auto& p : failing) p.b_errors.events = 10;
  const auto even = change_of(judge_pairs(failing, stats::kLookLevel), "error_rate");
  EXPECT_EQ(even.verdict, Verdict::kRegressed);
  EXPECT_NEAR(even.effect, 0.02, 1e-9);
  // One burst is one piece of evidence, however many requests it hit.
  auto burst = pairs(8, 30, 0, 0.01);
  burst[3].b_errors.events = 300;
  EXPECT_EQ(change_of(judge_pairs(burst, stats::kLookLevel), "error_rate").verdict, Verdict::kInconclusive);
}

std::vector<Pair> wandering(double step, double effect) {
  Random random(9);
  auto made = pairs(9, 30, 0, 0.001);
  double level = std::log1p(effect);
  for (auto& p : made) p.log_ratio["latency.p50"] = level += step * random.normal();
  return made;
}

TEST(Pairs, DifferencesThatWanderAreNotCountedOneByOne) {
  const auto p50 = change_of(judge_pairs(wandering(0.02, 0.1), stats::kLookLevel), "latency.p50");
  EXPECT_EQ(p50.verdict, Verdict::kInconclusive) << p50.effect;
  EXPECT_NE(p50.reason.find("something moves slower"), std::string::npos);
  // As independent ones these thirty would have been proof.
  EXPECT_GT(p50.p, 0.003);
}

TEST(Pairs, AnEffectFarLargerThanTheWanderingIsTold) {
  const auto p50 = change_of(judge_pairs(wandering(0.01, 4), stats::kLookLevel), "latency.p50");
  EXPECT_EQ(p50.verdict, Verdict::kRegressed) << p50.p;
  EXPECT_NEAR(p50.effect, 4, 0.5);
}

TEST(Pairs, FewPairsDecideNothing) {
  for (const auto& m : judge_pairs(pairs(10, 7, 0.5, 0.01), stats::kLookLevel))
    EXPECT_EQ(m.verdict, Verdict::kInconclusive) << m.metric;
  EXPECT_TRUE(judge_pairs({}, stats::kLookLevel).empty());
  EXPECT_EQ(verdict_of({}), Verdict::kInconclusive);
}

}  // namespace
}  // namespace loadstone::compare

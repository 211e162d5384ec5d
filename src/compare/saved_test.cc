#include "compare/saved.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "base/random.h"

namespace loadstone::compare {
namespace {

using testing::HasSubstr;

constexpr double kDay = 86400;

Observation observation(double at, double p50, Random& random, double noise) {
  Observation o;
  o.started_at = at;
  o.plan = "100/s for 30 s";
  o.environment = {{"cpu", "x"}, {"cores", "2"}};
  for (const char* metric : {"latency.p50", "latency.p95", "service.cpu.per_request"})
    o.values[metric] = p50 * std::exp(noise * random.normal());
  o.values["rate"] = 100;
  o.errors = {0, 3000};
  return o;
}

// `count` occasions, a day apart.
std::vector<Observation> occasions(std::uint64_t seed, int count, double p50, double noise) {
  Random random(seed);
  std::vector<Observation> made;
  for (int k = 0; k < count; ++k) made.push_back(observation(k * kDay, p50, random, noise));
  return made;
}

TEST(Saved, OneOccasionOfEachIsShownAndGatesNothing) {
  const auto a = occasions(1, 1, 0.001, 0), b = occasions(2, 1, 0.010, 0);
  const auto change = compare_scenario("s", a, b);
  EXPECT_EQ(change.design, Design::kSingle);
  EXPECT_EQ(change.verdict, Verdict::kInconclusive);
  EXPECT_NEAR(change.metrics.at(0).effect, 9, 1e-9);
  EXPECT_THAT(change.notes.at(0), HasSubstr("compare --live"));
}

TEST(Saved, ResultsOfOneHourAreOneOccasion) {
  Random random(3);
  std::vector<Observation> a;
  for (int k = 0; k < 20; ++k) a.push_back(observation(k * 60, 0.001, random, 0.02));
  EXPECT_EQ(compare_scenario("s", a, occasions(4, 1, 0.002, 0)).verdict, Verdict::kInconclusive);
}

TEST(Saved, FiveEarlierOccasionsGate) {
  const auto a = occasions(5, 10, 0.001, 0.01);
  Random random(6);
  const auto at = [&](double p50) { return std::vector<Observation>{observation(20 * kDay, p50, random, 0.01)}; };
  const auto slower = compare_scenario("s", a, at(0.0013));
  EXPECT_EQ(slower.design, Design::kOccasions);
  EXPECT_EQ(slower.verdict, Verdict::kRegressed);
  EXPECT_EQ(slower.metrics.at(0).count, 10U);
  EXPECT_EQ(compare_scenario("s", a, at(0.001)).verdict, Verdict::kNotRegressed);
  EXPECT_EQ(compare_scenario("s", a, at(0.0007)).verdict, Verdict::kImproved);
}

TEST(Saved, WhatOccasionsCannotResolveIsRefused) {
  Random random(8);
  const std::vector<Observation> b{observation(20 * kDay, 0.00105, random, 0)};
  const auto change = compare_scenario("s", occasions(7, 8, 0.001, 0.2), b);
  EXPECT_EQ(change.verdict, Verdict::kInconclusive);
  EXPECT_GT(*change.metrics.at(0).smallest, 0.5);
  EXPECT_THAT(change.metrics.at(0).reason, HasSubstr("cannot resolve less than"));
}

// On a machine that is slower on some days, by what `canary` of it a canary hears.
std::vector<Observation> with_canary(std::uint64_t seed, int count, double swing, double canary) {
  Random random(seed);
  std::vector<Observation> made;
  for (int k = 0; k < count; ++k) {
    const double today = swing * random.normal();
    made.push_back(observation(k * kDay, 0.001 * std::exp(today), random, 0.01));
    made.back().values[kCanaryTime] = 0.0001 * std::exp(canary * today + 0.01 * random.normal());
    made.back().values[kCanaryCpu] = 0.00001 * std::exp(canary * today + 0.01 * random.normal());
  }
  return made;
}

TEST(Saved, ACanaryTellsAMachinesBadDayFromAServices) {
  Random random(21);
  const auto on_a_bad_day = [&](double p50) {
    auto o = observation(20 * kDay, 1.5 * p50, random, 0.01);
    o.values[kCanaryTime] = 1.5 * 0.0001;
    o.values[kCanaryCpu] = 1.5 * 0.00001;
    return std::vector<Observation>{o};
  };
  const auto a = with_canary(20, 12, 0.1, 1);
  const auto same = compare_scenario("s", a, on_a_bad_day(0.001));
  EXPECT_EQ(same.verdict, Verdict::kNotRegressed);
  EXPECT_TRUE(same.metrics.at(0).by_canary);
  EXPECT_NEAR(*same.metrics.at(0).a, 0.0015, 0.0001);  // as it would be today
  EXPECT_LT(std::fabs(same.metrics.at(0).effect), 0.05);
  EXPECT_THAT(same.notes.back(), HasSubstr("by the canary"));
  EXPECT_EQ(compare_scenario("s", a, on_a_bad_day(0.0012)).verdict, Verdict::kRegressed);

  // Deaf to what happens, too few, or silent on the day itself: not listened to.
  const auto deaf = compare_scenario("s", with_canary(22, 12, 0.1, 0), on_a_bad_day(0.001));
  EXPECT_FALSE(deaf.metrics.at(0).by_canary);
  EXPECT_EQ(deaf.verdict, Verdict::kRegressed);
  EXPECT_FALSE(compare_scenario("s", std::span(a).first(9), on_a_bad_day(0.001)).metrics.at(0).by_canary);
  auto silent = on_a_bad_day(0.001);
  silent[0].values.erase(kCanaryTime);
  EXPECT_FALSE(compare_scenario("s", a, silent).metrics.at(0).by_canary);
}

TEST(Saved, OtherMachinesAndOtherLoadsAreNotJudged) {
  auto a = occasions(9, 8, 0.001, 0.01), b = occasions(10, 1, 0.01, 0.01);
  a[3].environment["cores"] = "64";
  auto change = compare_scenario("s", a, b);
  EXPECT_EQ(change.verdict, Verdict::kInconclusive);
  EXPECT_THAT(change.notes.at(0), HasSubstr("cores: 64 and 2"));
  a[3].environment["cores"] = "2";
  b[0].plan = "another";
  change = compare_scenario("s", a, b);
  EXPECT_EQ(change.verdict, Verdict::kInconclusive);
  EXPECT_THAT(change.notes.at(0), HasSubstr("loads differ"));
}

TEST(Saved, InterleavedResultsArePairsWhenBothOrdersOccur) {
  Random random(11);
  std::vector<Observation> a, b;
  for (int i = 0; i < 16; ++i) {  // A B, B A, A B ...
    a.push_back(observation(i * 100 + (i % 2 == 0 ? 0 : 50), 0.001, random, 0.02));
    b.push_back(observation(i * 100 + (i % 2 == 0 ? 50 : 0), 0.0012, random, 0.02));
  }
  const auto change = compare_scenario("s", a, b);
  EXPECT_EQ(change.design, Design::kInterleaved);
  EXPECT_EQ(change.verdict, Verdict::kRegressed);
  // Always A first: what drifts looks like a difference.
  for (int i = 0; i < 16; ++i) {
    a[static_cast<std::size_t>(i)].started_at = i * 100;
    b[static_cast<std::size_t>(i)].started_at = i * 100 + 50;
  }
  EXPECT_EQ(compare_scenario("s", a, b).design, Design::kSingle);
}

TEST(Saved, InvalidResultsAreLeftOut) {
  auto a = occasions(12, 6, 0.001, 0.01), b = occasions(13, 1, 0.001, 0.01);
  b[0].is_valid = false;
  const auto change = compare_scenario("s", a, b);
  EXPECT_EQ(change.verdict, Verdict::kInvalid);
}

TEST(Saved, ScenariosAreMatchedByName) {
  const std::map<std::string, Observation> a{{"x", occasions(1, 1, 0.001, 0)[0]}, {"y", occasions(1, 1, 0.001, 0)[0]}};
  const std::map<std::string, Observation> b{{"y", occasions(2, 1, 0.001, 0)[0]}};
  const auto comparison = compare_saved(std::span(&a, 1), std::span(&b, 1));
  ASSERT_EQ(comparison.scenarios.size(), 1U);
  EXPECT_EQ(comparison.scenarios[0].name, "y");
  EXPECT_THAT(comparison.notes, testing::Contains("x is only in A"));
  EXPECT_EQ(comparison.verdict, Verdict::kInconclusive);
  EXPECT_EQ(compare_saved({}, {}).verdict, Verdict::kInvalid);
}

TEST(Saved, ObservesWhatIsCompared) {
  result::RunResult run;
  run.run.started_at = 5;
  result::ScenarioResult s;
  s.name = "s";
  s.measured_seconds = 10;
  s.verdict = result::Verdict::kFail;  // a target missed is no reason not to compare
  s.metrics = {
      {"latency.p50", 0.002}, {"requests", 990}, {"failures", 5}, {"unfinished", 10}, {"service.cpu.mean", 0.5}};
  run.scenarios.push_back(std::move(s));
  run.run.environment = {{kCanaryTime, "0.000113"}, {kCanaryCpu, "none"}};
  const auto observed = observe(run).at("s");
  EXPECT_EQ(observed.values.at(kCanaryTime), 0.000113);
  EXPECT_FALSE(observed.values.contains(kCanaryCpu));
  EXPECT_TRUE(observed.is_valid);
  EXPECT_EQ(observed.errors.events, 15U);
  EXPECT_EQ(observed.errors.size, 1000U);
  EXPECT_NEAR(observed.values.at("service.cpu.per_request"), 0.5 * 10 / 990, 1e-12);
  EXPECT_FALSE(observed.values.contains("latency.p95"));
}

}  // namespace
}  // namespace loadstone::compare

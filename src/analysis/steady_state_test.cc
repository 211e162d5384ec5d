#include "analysis/steady_state.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <functional>

#include "analysis/judge.h"
#include "base/random.h"
#include "result/journal.h"

namespace loadstone::analysis {
namespace {

namespace fs = std::filesystem;
using result::Block;
using result::Verdict;

struct Folder {
  Folder() {
    std::string pattern = (fs::temp_directory_path() / "loadstone-XXXXXX").string();
    path = mkdtemp(pattern.data());
  }
  ~Folder() { fs::remove_all(path); }
  fs::path path;
};

// A minute of one-second blocks at 200 requests a second; `level` is the median latency in seconds at each second.
struct Minute {
  std::function<double(int second)> level = [](int) { return 0.002; };
  std::vector<const char*> targets;
  bool has_warmup = false;
  bool varies = false;
  int seconds = 60;
};

result::ScenarioResult play(const Minute& minute) {
  const Folder folder;
  result::Run run;
  result::PlannedScenario plan;
  plan.name = "s";
  plan.kind = "http";
  plan.planned_seconds = minute.seconds;
  plan.offered_per_second = 200;
  plan.varies = minute.varies;
  for (const char* t : minute.targets) plan.targets.push_back(*metric::parse_target(t));
  run.scenarios.push_back(plan);
  auto writer = result::JournalWriter::create(folder.path, run);
  EXPECT_TRUE(writer);
  Random random(3);
  for (int second = minute.has_warmup ? -2 : 0; second < minute.seconds; ++second) {
    std::vector<Block> blocks(1);
    Block& b = blocks[0];
    b.start = second * 1s;
    b.length = 1s;
    b.measured = second >= 0;
    b.connections = 50;
    b.exceedances.resize(plan.targets.size());
    for (int i = 0; i < 200; ++i) {
      const auto latency = from_seconds(minute.level(second) * std::exp(0.3 * random.normal()));
      for (const char* family : {"latency", "latency_without_lag", "service_time"})
        b.histograms[family].record(latency);
      for (const char* name : {"scheduled", "sent", "requests", "completed", "successes"}) ++b.counters[name];
      for (std::size_t t = 0; t < plan.targets.size(); ++t) {
        if (!metric::is_exceedance(plan.targets[t])) continue;
        const bool above = latency > from_seconds(plan.targets[t].limit);
        ++b.exceedances[t].count;
        b.exceedances[t].above += above ? 1 : 0;
        b.exceedances[t].above_without_lag += above ? 1 : 0;
      }
    }
    EXPECT_TRUE(writer->append(blocks));
  }
  EXPECT_TRUE(writer->append(result::ScenarioEnd{0, static_cast<double>(minute.seconds), false, "", {}}));
  EXPECT_TRUE(writer->finish(false));
  auto judged = judge(writer->file());
  EXPECT_TRUE(judged);
  return std::move(judged->scenarios[0]);
}

bool has(const result::ScenarioResult& s, std::string_view rule) {
  return std::any_of(s.findings.begin(), s.findings.end(), [&](const result::Finding& f) { return f.rule == rule; });
}

// Five times as slow for the first eight seconds.
double warming(int second) { return second < 8 ? 0.010 : 0.002; }

TEST(SteadyState, AWarmUpIsCutFromTimesButNotFromCounts) {
  const auto s = play({.level = warming, .targets = {"latency.p95 < 6ms", "requests == 12000", "rate > 150/s"}});
  EXPECT_TRUE(has(s, "warm_up_cut"));
  EXPECT_FALSE(has(s, "not_steady"));
  EXPECT_EQ(s.metrics.at("requests"), 12000);
  EXPECT_NEAR(s.metrics.at("rate"), 200, 1e-9);
  EXPECT_NEAR(s.metrics.at("latency.p50"), 0.002, 0.0001);
  EXPECT_LT(s.metrics.at("latency.p99"), 0.005);
  EXPECT_EQ(s.histograms.at("latency").count(), 200U * 52U);
  EXPECT_EQ(s.measured_seconds, 60);
  for (const auto& t : s.targets) EXPECT_EQ(t.verdict, Verdict::kPass) << t.target.expression << ": " << t.reason;
}

TEST(SteadyState, AGivenWarmUpIsTheUsersDecision) {
  const auto s = play({.level = warming, .targets = {"latency.p95 < 6ms"}, .has_warmup = true});
  EXPECT_FALSE(has(s, "warm_up_cut"));
  EXPECT_EQ(s.histograms.at("latency").count(), 12000U);
  EXPECT_NE(s.targets[0].verdict, Verdict::kPass);
}

TEST(SteadyState, ALoadThatVariesHasNone) {
  const auto s = play({.level = warming, .targets = {"latency.p95 < 6ms"}, .varies = true});
  EXPECT_FALSE(has(s, "warm_up_cut"));
  EXPECT_FALSE(has(s, "not_steady"));
  EXPECT_EQ(s.histograms.at("latency").count(), 12000U);
}

// Rises by half in the course of the minute.
double rising(int second) { return 0.002 * (1 + second / 120.0); }

TEST(SteadyState, WhatAMovingLevelMeetsMustStayMet) {
  // p95 ends at about 4.9 ms: met with 6 ms, but not after as much again; 60 ms is far.
  const auto s = play({.level = rising, .targets = {"latency.p95 < 6ms", "latency.p95 < 60ms", "latency.mean < 4ms"}});
  EXPECT_TRUE(has(s, "not_steady"));
  EXPECT_EQ(s.targets[0].verdict, Verdict::kInconclusive);
  EXPECT_THAT(s.targets[0].reason, testing::HasSubstr("moved by"));
  EXPECT_EQ(s.targets[1].verdict, Verdict::kPass);
  EXPECT_EQ(s.targets[2].verdict, Verdict::kInconclusive);
}

TEST(SteadyState, WhatItMissesMustBeMissedByBothHalves) {
  const auto late = [](int second) { return second < 30 ? 0.002 : 0.002 + 0.004 * (second - 30) / 30; };
  const auto s = play({.level = late, .targets = {"latency.p95 < 5ms", "latency.p95 < 1ms"}});
  EXPECT_TRUE(has(s, "not_steady"));
  EXPECT_EQ(s.targets[0].verdict, Verdict::kInconclusive);
  EXPECT_EQ(s.targets[1].verdict, Verdict::kFail);
}

TEST(SteadyState, ShortRunsAreNotChecked) {
  const auto s = play({.level = rising, .targets = {"latency.p95 < 4ms"}, .seconds = 30});
  EXPECT_FALSE(has(s, "not_steady"));
  EXPECT_FALSE(has(s, "warm_up_cut"));
}

TEST(Level, JoinsItsStepsAsTheRunGrows) {
  Level level;
  constexpr int kBlocks = 3000;
  for (int i = 0; i < kBlocks; ++i) {
    Block b;
    b.start = i * 1s;
    b.length = 1s;
    b.counters["completed"] = 10;
    b.histograms["latency"].record(2ms);
    level.add(b);
  }
  EXPECT_LE(level.steps().size(), Level::kMostSteps);
  double seconds = 0;
  std::uint64_t completed = 0;
  for (const auto& step : level.steps()) {
    seconds += step.seconds;
    completed += step.completed;
    EXPECT_NEAR(step.log_median / step.weight, std::log(0.002), 0.01);
  }
  EXPECT_EQ(seconds, kBlocks);
  EXPECT_EQ(completed, 10U * kBlocks);
}

}  // namespace
}  // namespace loadstone::analysis

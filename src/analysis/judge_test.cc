#include "analysis/judge.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <fstream>
#include <functional>

#include "base/random.h"
#include "result/journal.h"

namespace loadstone::analysis {
namespace {

namespace fs = std::filesystem;
using result::Block;
using result::RunResult;
using result::ScenarioEnd;
using result::ScenarioResult;
using result::Verdict;
using ::testing::Contains;
using ::testing::Field;
using ::testing::HasSubstr;

// One request, as the engine would record it.
struct Request {
  Nanoseconds wait{0}, lag{0}, service{0};
  bool ok = true;
};

// A scenario played block by block: a healthy closed loop of ten users unless a test changes something.
struct Played {
  result::PlannedScenario plan;
  int blocks = 40;
  Nanoseconds block_length = 125ms;
  int requests_per_block = 500;
  std::function<Request(Random&, int block)> request = [](Random& random, int) {
    return Request{0ns, from_seconds(2e-5 * random.exponential()), from_seconds(2e-3 + 5e-4 * random.exponential())};
  };
  std::function<void(Block&, int block)> change = [](Block&, int) {};
  std::function<void(ScenarioEnd&)> change_end = [](ScenarioEnd&) {};
  bool has_end = true;

  Played() {
    plan.name = "stats";
    plan.kind = "http";
    plan.plan = "10 users in a closed loop for 5 s";
    plan.closed_loop = true;
    plan.planned_seconds = 5;
    plan.steps = {"GET /stats"};
  }
  Played& expect(std::initializer_list<const char*> targets) {
    for (const char* t : targets) plan.targets.push_back(*metric::parse_target(t));
    return *this;
  }
};

void record(Block& b, const result::PlannedScenario& plan, const Request& r) {
  ++b.counters["scheduled"];
  ++b.counters["sent"];
  ++b.counters["requests"];
  ++b.counters["completed"];
  ++b.counters["step.GET /stats.requests"];
  ++b.counters[r.ok ? "successes" : "failures"];
  ++b.counters[r.ok ? "step.GET /stats.successes" : "step.GET /stats.failures"];
  ++b.counters[r.ok ? "status.200" : "errors.reset"];
  const auto latency = r.wait + r.lag + r.service;
  b.histograms["latency"].record(latency);
  b.histograms["latency_without_lag"].record(r.wait + r.service);
  b.histograms["wait"].record(r.wait);
  b.histograms["lag"].record(r.lag);
  b.histograms["service_time"].record(r.service);
  b.histograms["step.GET /stats.latency"].record(latency);
  b.exceedances.resize(plan.targets.size());
  for (std::size_t i = 0; i < plan.targets.size(); ++i) {
    if (!metric::is_exceedance(plan.targets[i])) continue;
    const auto limit = from_seconds(plan.targets[i].limit);
    ++b.exceedances[i].count;
    b.exceedances[i].above += !r.ok || latency > limit ? 1 : 0;
    b.exceedances[i].above_without_lag += !r.ok || r.wait + r.service > limit ? 1 : 0;
  }
}

class Folder {
 public:
  Folder() {
    std::string pattern = (fs::temp_directory_path() / "loadstone-XXXXXX").string();
    path = mkdtemp(pattern.data());
  }
  ~Folder() { fs::remove_all(path); }
  fs::path path;
};

RunResult play(const std::vector<Played>& scenarios, bool finish = true) {
  const Folder folder;
  result::Run run;
  run.suite = "test";
  for (const auto& s : scenarios) run.scenarios.push_back(s.plan);
  auto writer = result::JournalWriter::create(folder.path, run);
  EXPECT_TRUE(writer);
  Random random(1);
  for (std::size_t i = 0; i < scenarios.size(); ++i) {
    const Played& s = scenarios[i];
    for (int k = 0; k < s.blocks; ++k) {
      std::vector<Block> blocks(1);
      Block& b = blocks[0];
      b.scenario = i;
      b.start = k * s.block_length;
      b.length = s.block_length;
      b.connections = b.in_flight = 10;
      b.generator.busiest_shard = 0.3;
      b.generator.open_descriptors = 30;
      b.generator.descriptor_limit = 1024;
      for (int r = 0; r < s.requests_per_block; ++r) record(b, s.plan, s.request(random, k));
      s.change(b, k);
      EXPECT_TRUE(writer->append(blocks));
    }
    ScenarioEnd end{i, to_seconds(s.blocks * s.block_length), false, "", {}};
    s.change_end(end);
    if (s.has_end) {
      EXPECT_TRUE(writer->append(end));
    }
  }
  if (finish) {
    EXPECT_TRUE(writer->finish(false));
  }
  auto judged = judge(writer->file());
  EXPECT_TRUE(judged) << judged.error().message;
  return std::move(*judged);
}

ScenarioResult play_one(const Played& scenario) { return std::move(play({scenario}).scenarios[0]); }

testing::Matcher<ScenarioResult> has_finding(const std::string& rule, bool invalidates) {
  return Field(&ScenarioResult::findings, Contains(testing::AllOf(Field(&result::Finding::rule, rule),
                                                                  Field(&result::Finding::invalidates, invalidates))));
}

TEST(Judge, AHealthyServiceFarBelowItsLimitsPassesInFiveSeconds) {
  const auto s = play_one(Played().expect(
      {"requests > 100", "latency.p50 < 20ms", "latency.p95 < 50ms", "latency.p99 < 100ms", "rate > 100/s",
       "error_rate < 1%", "latency.min > 0s", "latency.p50 > 0s", "latency.mean < 20ms", "latency.max < 1s",
       "service_time.p99 < 100ms", "step.GET /stats.latency.p95 < 50ms", "status.500 == 0", "latency.stddev < 10ms"}));
  for (const auto& t : s.targets) EXPECT_EQ(t.verdict, Verdict::kPass) << t.target.expression << ": " << t.reason;
  EXPECT_EQ(s.verdict, Verdict::kPass);
  EXPECT_EQ(s.metrics.at("requests"), 20000);
  EXPECT_DOUBLE_EQ(s.metrics.at("rate"), 4000);
  EXPECT_EQ(s.metrics.at("error_rate"), 0);
  EXPECT_EQ(s.metrics.at("errors.timeout"), 0);
  EXPECT_EQ(s.metrics.at("status.200"), 20000);
  EXPECT_EQ(s.metrics.at("generator.limited"), 0);
  EXPECT_EQ(s.metrics.at("step.GET /stats.requests"), 20000);
  EXPECT_NEAR(s.metrics.at("latency.p50"), 0.0024, 0.0002);
  EXPECT_EQ(s.metrics.count("broadcast.rate"), 0U);
  EXPECT_EQ(s.metrics.count("connect.attempted"), 0U);
  // The interval holds the value and is near it.
  const auto& p95 = s.targets[2];
  EXPECT_LE(*p95.low, *p95.value);
  EXPECT_GE(*p95.high, *p95.value);
  EXPECT_LT(*p95.high - *p95.low, 0.0005);
  EXPECT_THAT(s, has_finding("closed_loop", false));
  EXPECT_THAT(s, has_finding("rare_stalls", false));
  EXPECT_THAT(s.findings, Contains(Field(&result::Finding::evidence, HasSubstr("closed: not an arrival-rate SLO"))));
}

// The machine is noisy: the level wanders by half within a second. The limit is far away all the same.
TEST(Judge, ANoisyButHealthyServicePassesToo) {
  Played p;
  p.request = [level = std::make_shared<double>(0)](Random& random, int) {
    *level = 0.998 * *level + 0.0632 * random.normal();
    return Request{0ns, 1us, from_seconds(2e-3 * std::exp(0.4 * *level + 0.2 * random.normal()))};
  };
  const auto s = play_one(p.expect({"latency.p95 < 50ms", "latency.p99 < 100ms"}));
  for (const auto& t : s.targets) EXPECT_EQ(t.verdict, Verdict::kPass) << t.target.expression << ": " << t.reason;
  for (const auto& t : s.targets) EXPECT_LT(t.high.value_or(0), t.target.limit);
}

TEST(Judge, ASlowServiceFailsWithTheReason) {
  const auto s = play_one(Played().expect({"latency.p95 < 2ms", "latency.mean < 1ms", "rate > 5k/s", "requests > 1M",
                                           "service_time.p50 < 1ms", "latency.max < 1ms", "latency.p50 > 1s"}));
  for (const auto& t : s.targets) EXPECT_EQ(t.verdict, Verdict::kFail) << t.target.expression;
  EXPECT_THAT(s.targets[0].reason, HasSubstr("took longer than 2.00 ms"));
  EXPECT_EQ(s.verdict, Verdict::kFail);
}

TEST(Judge, AtTheLimitItIsInconclusiveAndSaysHowMuchLonger) {
  Played p;
  p.request = [](Random& random, int) { return Request{0ns, 0ns, from_seconds(1e-3 * random.exponential())}; };
  // The true p95 is 2.9957 ms.
  const auto s = play_one(p.expect({"latency.p95 < 3ms"}));
  EXPECT_EQ(s.targets[0].verdict, Verdict::kInconclusive);
  EXPECT_THAT(s.targets[0].reason, testing::AnyOf(HasSubstr("run it about"), HasSubstr("too near the limit")));
  EXPECT_EQ(s.verdict, Verdict::kInconclusive);
}

TEST(Judge, TooFewRequestsNeverPassAPercentile) {
  Played p;
  p.requests_per_block = 4;  // 160 requests, all quick
  const auto s = play_one(p.expect({"latency.p99 < 10s", "latency.p50 < 10s", "requests > 100"}));
  EXPECT_EQ(s.targets[0].verdict, Verdict::kInconclusive);
  EXPECT_THAT(s.targets[0].reason, HasSubstr("run it about"));
  EXPECT_EQ(s.targets[1].verdict, Verdict::kPass);
  EXPECT_EQ(s.targets[2].verdict, Verdict::kPass);
  Played one_block;
  one_block.blocks = 1;
  EXPECT_EQ(play_one(one_block.expect({"latency.p50 < 10s"})).verdict, Verdict::kInconclusive);
}

TEST(Judge, InAnOpenLoadAStallIsReckonedWith) {
  Played p;
  p.plan.closed_loop = false;
  p.plan.offered_per_second = 4000;
  const auto s = play_one(p.expect({"latency.p99 < 100ms", "latency.p95 < 50ms", "rate > 4k/s"}));
  EXPECT_EQ(s.targets[0].verdict, Verdict::kInconclusive);
  EXPECT_THAT(s.targets[0].reason, HasSubstr("stalls"));
  EXPECT_EQ(s.targets[1].verdict, Verdict::kPass);
  EXPECT_EQ(s.targets[2].verdict, Verdict::kInconclusive);
  EXPECT_THAT(s.targets[2].reason, HasSubstr("offer at least 4.08k/s"));
  EXPECT_THAT(s, testing::Not(has_finding("closed_loop", false)));
}

// The service is quick; what is slow is the generator: neither a miss nor a pass.
TEST(Judge, AMissThatTheGeneratorsOwnLagMadeIsInvalid) {
  Played p;
  p.request = [](Random& random, int) {
    return Request{0ns, from_seconds(5e-3 * random.exponential()), from_seconds(1e-3)};
  };
  const auto s = play_one(
      p.expect({"latency.p95 < 5ms", "latency.p95 < 900us", "latency.p95 < 1s", "rate > 100/s", "latency.mean < 4ms"}));
  EXPECT_EQ(s.targets[0].verdict, Verdict::kInvalid);
  EXPECT_THAT(s.targets[0].reason, HasSubstr("without the generator's own lag"));
  EXPECT_EQ(s.targets[1].verdict, Verdict::kInvalid);  // slow without it too, but answers are read as late
  EXPECT_EQ(s.targets[2].verdict, Verdict::kPass);     // quick enough even with it
  EXPECT_EQ(s.targets[3].verdict, Verdict::kPass);
  EXPECT_EQ(s.targets[4].verdict, Verdict::kInvalid);
  EXPECT_EQ(s.verdict, Verdict::kInvalid);
  EXPECT_THAT(s, has_finding("generator_lag", true));
  EXPECT_EQ(s.metrics.at("generator.limited"), 1);
}

TEST(Judge, AMissBeyondTheGeneratorsOwnLagStands) {
  Played p;
  p.request = [](Random& random, int) {
    return Request{0ns, from_seconds(1e-3 * random.exponential()), from_seconds(100e-3)};
  };
  const auto s = play_one(p.expect({"latency.p95 < 10ms"}));
  EXPECT_EQ(s.verdict, Verdict::kFail);
  EXPECT_THAT(s, has_finding("generator_lag", false));
}

TEST(Judge, LagThatDecidesNothingIsOnlyAWarning) {
  Played p;
  p.request = [](Random& random, int) {
    return Request{0ns, from_seconds(2e-3 * random.exponential()), from_seconds(1e-3)};
  };
  const auto s = play_one(p.expect({"latency.p95 < 50ms"}));
  EXPECT_EQ(s.verdict, Verdict::kPass);
  EXPECT_THAT(s, has_finding("generator_lag", false));
  EXPECT_EQ(s.metrics.at("generator.limited"), 0);
}

// Every self-check, sabotaged: invalid although every target would be met.
TEST(Judge, AGeneratorThatWasTheLimitIsInvalidNeverAPass) {
  struct Sabotage {
    const char* rule;
    std::function<void(Block&, int)> change;
    bool open = false;
  };
  const Sabotage sabotages[] = {
      {"generator_busy", [](Block& b, int k) { b.generator.busiest_shard = k % 8 == 0 ? 0.95 : 0.5; }},
      {"rate_fidelity",
       [](Block& b, int) {
         b.counters["sent"] -= 20;
         b.in_flight = 1;
       },
       true},
      {"no_ports", [](Block& b, int k) { b.generator.no_ports = k == 3 ? 1 : 0; }},
      {"no_descriptors", [](Block& b, int) { b.generator.open_descriptors = 1020; }},
      {"no_descriptors", [](Block& b, int k) { b.generator.no_descriptors = k == 0 ? 1 : 0; }},
      {"generator_paused", [](Block& b, int k) { b.generator.pause_seconds = k == 5 ? 0.1 : 0; }},
      {"generator_swapped", [](Block& b, int) { b.generator.swap_bytes = 4096; }},
      {"generator_swapped", [](Block& b, int) { b.generator.major_faults = 5; }},
      {"clock", [](Block& b, int k) { b.generator.clock_errors = k == 1 ? 1 : 0; }},
      {"counts_do_not_balance", [](Block& b, int k) { b.counters["scheduled"] += k == 7 ? 1 : 0; }},
  };
  for (const auto& sabotage : sabotages) {
    Played p;
    p.change = sabotage.change;
    p.blocks = 16;
    p.requests_per_block = 200;
    p.plan.closed_loop = !sabotage.open;
    const auto s = play_one(p.expect({"latency.p95 < 50ms", "error_rate < 1%"}));
    EXPECT_EQ(s.verdict, Verdict::kInvalid) << sabotage.rule;
    EXPECT_THAT(s, has_finding(sabotage.rule, true)) << sabotage.rule;
    if (s.metrics.at("generator.limited") == 0) continue;  // a mistake in the counts is nobody's limit
    for (const auto& target : s.targets) EXPECT_EQ(target.verdict, Verdict::kInvalid) << sabotage.rule;
  }
}

TEST(Judge, AShortPauseSpoilsOnlyMisses) {
  Played p;
  p.change = [](Block& b, int k) { b.generator.pause_seconds = k == 5 ? 0.021 : 0; };
  auto met = p;
  const auto passes = play_one(met.expect({"latency.p95 < 50ms"}));
  EXPECT_EQ(passes.verdict, Verdict::kPass);
  EXPECT_THAT(passes, has_finding("generator_paused", false));
  auto missed = p;
  const auto invalid = play_one(missed.expect({"latency.p95 < 2ms"}));
  EXPECT_EQ(invalid.verdict, Verdict::kInvalid);
  EXPECT_THAT(invalid, has_finding("generator_paused", true));
}

TEST(Judge, ANoisyHostDowngradesCloseMissesOnly) {
  Played p;
  p.change = [](Block& b, int) { b.generator.steal = 0.2; };
  const auto s = play_one(p.expect({"latency.p95 < 2.2ms", "latency.p95 < 1ms", "requests > 1M"}));
  EXPECT_EQ(s.targets[0].verdict, Verdict::kInconclusive) << s.targets[0].reason;
  EXPECT_EQ(s.targets[1].verdict, Verdict::kFail);
  EXPECT_EQ(s.targets[2].verdict, Verdict::kFail);
  EXPECT_THAT(s, has_finding("noisy_host", false));
}

TEST(Judge, AServiceThatCannotBeReachedIsInvalid) {
  Played p;
  p.request = [](Random&, int) { return Request{0ns, 0ns, 1us, false}; };
  p.change = [](Block& b, int) {
    b.counters["errors.connect"] = b.counters["errors.reset"];
    b.counters.erase("errors.reset");
  };
  const auto s = play_one(p.expect({"error_rate < 1%"}));
  EXPECT_EQ(s.targets[0].verdict, Verdict::kFail);
  EXPECT_EQ(s.verdict, Verdict::kInvalid);
  EXPECT_THAT(s, has_finding("unreachable", true));

  Played problem;
  problem.blocks = 0;
  problem.change_end = [](ScenarioEnd& end) { end.problem = "the service could not be reached: connection refused"; };
  EXPECT_EQ(play_one(problem).verdict, Verdict::kInvalid);
}

// Requests that never ended are slower than any limit: here six in a hundred.
TEST(Judge, RequestsThatNeverEndCountAsTooSlow) {
  Played p;
  p.change = [](Block& b, int k) {
    if (k != 39) return;
    b.counters["scheduled"] += 1300;
    b.counters["sent"] += 1300;
    b.counters["unfinished"] = 1300;
    b.exceedances[0].count += 1300;
    b.exceedances[0].above += 1300;
    b.exceedances[0].above_without_lag += 1300;
  };
  const auto s = play_one(p.expect({"latency.p95 < 50ms"}));
  EXPECT_NE(s.verdict, Verdict::kPass);
  EXPECT_NEAR(s.metrics.at("error_rate"), 1300.0 / 21300, 1e-12);
}

TEST(Judge, AScenarioWithoutTargetsPassesWhenTheGeneratorWasFit) {
  EXPECT_EQ(play_one(Played()).verdict, Verdict::kPass);
}

TEST(Judge, ARunCutShortIsJudgedOnWhatIsThere) {
  Played first, second, third;
  first.expect({"latency.p95 < 50ms"});
  second.expect({"latency.p95 < 50ms", "requests > 1M", "latency.p95 < 1ms"});
  second.has_end = false;
  second.blocks = 20;
  third.blocks = 0;
  third.has_end = false;
  third.expect({"requests > 0"});
  const auto run = play({first, second, third}, false);
  EXPECT_TRUE(run.partial);
  EXPECT_FALSE(run.losses.empty());
  EXPECT_EQ(run.scenarios[0].verdict, Verdict::kPass);
  EXPECT_TRUE(run.scenarios[1].interrupted);
  EXPECT_DOUBLE_EQ(run.scenarios[1].measured_seconds, 2.5);
  EXPECT_EQ(run.scenarios[1].targets[0].verdict, Verdict::kPass);
  EXPECT_EQ(run.scenarios[1].targets[1].verdict, Verdict::kInconclusive);
  EXPECT_EQ(run.scenarios[1].targets[2].verdict, Verdict::kFail);
  EXPECT_EQ(run.scenarios[2].verdict, Verdict::kInconclusive);
  EXPECT_EQ(run.scenarios[2].problem, "it was not run");
  EXPECT_EQ(run.summary.total, 3);
  EXPECT_EQ(run.summary.failed, 1);
}

TEST(Judge, ExitCodesFollowThePrecedence) {
  const auto code = [](std::initializer_list<Verdict> verdicts, const ExitPolicy& policy = {}) {
    RunResult run;
    for (const Verdict v : verdicts) {
      run.scenarios.emplace_back();
      run.scenarios.back().verdict = v;
    }
    return exit_code(run, policy);
  };
  using enum Verdict;
  EXPECT_EQ(code({}), 0);
  EXPECT_EQ(code({kPass, kPass}), 0);
  EXPECT_EQ(code({kPass, kInconclusive}), 4);
  EXPECT_EQ(code({kFail, kInconclusive}), 1);
  EXPECT_EQ(code({kFail, kInvalid, kPass}), 3);
  EXPECT_EQ(code({kFail}, {.on_miss = 42}), 42);
  EXPECT_EQ(code({kInconclusive}, {.on_inconclusive = kPass}), 0);
  EXPECT_EQ(code({kInconclusive}, {.on_miss = 7, .on_inconclusive = kFail}), 7);
  EXPECT_EQ(code({kFail}, {.signal = 2}), 130);
  EXPECT_EQ(code({kPass}, {.signal = 15}), 143);
}

// However long the run, about 600 points; each percentile is that of the point's own requests.
TEST(Judge, TheSeriesIsShortAndItsPercentilesAreMergedNotAveraged) {
  Played p;
  p.blocks = 900;
  p.block_length = 1s;
  p.plan.steps.clear();
  p.requests_per_block = 10;
  p.request = [](Random&, int block) {
    // Most requests of every second block are slow: a point of two blocks has a p50 of 1 ms and a p95 of 100 ms.
    static int n = 0;
    return Request{0ns, 0ns, block % 2 == 1 && ++n % 10 < 8 ? Nanoseconds(100ms) : Nanoseconds(1ms)};
  };
  const auto s = play_one(p);
  EXPECT_LE(s.series.size(), 600U);
  EXPECT_GE(s.series.size(), 300U);
  double seconds = 0, requests = 0;
  for (const auto& point : s.series) {
    seconds += point.length;
    requests += point.values.at("rate") * point.length;
    if (point.length > 1.5) {
      EXPECT_NEAR(point.values.at("latency.p50"), 1e-3, 1e-6);
      EXPECT_NEAR(point.values.at("latency.p95"), 0.1, 1e-4);
    }
  }
  EXPECT_DOUBLE_EQ(seconds, 900);
  EXPECT_NEAR(requests, 9000, 1e-6);
}

TEST(Judge, WarmUpIsInTheSeriesAndInNoMetric) {
  Played p;
  p.change = [](Block& b, int k) {
    b.start -= 1s;
    if (k < 8) b.measured = false;
  };
  p.change_end = [](ScenarioEnd& end) { end.measured_seconds = 4; };
  const auto s = play_one(p);
  EXPECT_EQ(s.metrics.at("requests"), 16000);
  EXPECT_DOUBLE_EQ(s.metrics.at("rate"), 4000);
  ASSERT_EQ(s.series.size(), 40U);
  EXPECT_FALSE(s.series[7].measured);
  EXPECT_DOUBLE_EQ(s.series[0].start, -1);
  EXPECT_TRUE(s.series[8].measured);
}

TEST(Judge, PointsInWhichTheGeneratorWasNotFitAreMarked) {
  Played p;
  p.change = [](Block& b, int k) {
    if (k == 3) b.generator.busiest_shard = 0.9;
    if (k == 5) b.generator.steal = 0.2;
    if (k == 7) b.generator.pause_seconds = 0.05;
  };
  const auto s = play_one(p);
  ASSERT_EQ(s.series.size(), 40U);
  for (std::size_t k = 0; k < s.series.size(); ++k) {
    const auto& v = s.series[k].values;
    EXPECT_EQ(v.contains("generator.busy"), k == 3) << k;
    EXPECT_EQ(v.contains("generator.stolen"), k == 5) << k;
    EXPECT_EQ(v.contains("generator.paused"), k == 7) << k;
  }
  EXPECT_DOUBLE_EQ(s.series[3].values.at("generator.busy"), 1);
  EXPECT_DOUBLE_EQ(s.series[7].values.at("generator.paused"), 0.05);
}

TEST(Judge, AMissingJournalIsAnError) { EXPECT_FALSE(judge("/nonexistent/journal.ndjson")); }

}  // namespace
}  // namespace loadstone::analysis

#include "duet/trial.h"

#include <gtest/gtest.h>

#include <cmath>

#include "duet/live.h"
#include "duet/together.h"

namespace loadstone::duet {
namespace {

result::Block block(Nanoseconds start, Nanoseconds latency, int requests) {
  result::Block b;
  b.start = start;
  b.length = 250ms;
  for (int i = 0; i < requests; ++i) {
    b.histograms["latency_without_lag"].record(latency);
    b.histograms["service_time"].record(latency);
  }
  for (const char* name : {"scheduled", "sent", "requests", "completed", "successes"})
    b.counters[name] = static_cast<std::uint64_t>(requests);
  return b;
}

TEST(Trial, BlocksGoToTheSecondTheyAreOf) {
  Trial trial(2, 1);
  for (int i = -2; i < 10; ++i) {  // warm-up, two seconds, and what comes after
    auto b = block(i * 250ms, 2ms, 50);
    b.measured = i >= 0;
    trial.add(b);
  }
  EXPECT_EQ(trial.problem(false), "");
  for (auto& s : trial.stretches()) {
    EXPECT_EQ(s.completed, 200U);
    EXPECT_EQ(s.errors.size, 200U);
    EXPECT_EQ(s.seconds, 1);
    s.cpu_seconds = 0.1;
    const auto values = s.values();
    EXPECT_NEAR(values.at("latency.p50"), 0.002, 1e-5);
    EXPECT_EQ(values.at("rate"), 200);
    EXPECT_EQ(values.at("service.cpu.per_request"), 0.0005);
    EXPECT_FALSE(values.contains("first_byte.p50"));
  }
}

TEST(Trial, AGeneratorThatIsTheLimitIsAProblem) {
  const auto problem_when_busy_in = [](int busy_blocks) {
    Trial trial(1, 1);
    for (int i = 0; i < 4; ++i) {
      auto b = block(i * 250ms, 2ms, 50);
      b.generator.busiest_shard = i < busy_blocks ? 0.95 : 0.3;
      trial.add(b);
    }
    return trial.problem(false);
  };
  EXPECT_NE(problem_when_busy_in(4), "");
  // A moment of it is noise to both builds.
  EXPECT_EQ(problem_when_busy_in(1), "");
}

Stretch stretch(Nanoseconds latency, std::uint64_t failures) {
  Stretch s;
  s.latency.record_many(latency, 100);
  s.completed = 100;
  s.seconds = 1;
  s.errors = {failures, 100};
  return s;
}

TEST(PairOf, TwoSwappedSecondsCancelWhatTheCoresDo) {
  // Whoever is on the second core takes three times as long; B takes 10 % longer.
  std::vector<Stretch> a, b;
  a.push_back(stretch(1ms, 0));
  a.push_back(stretch(3ms, 1));
  b.push_back(stretch(3300us, 2));
  b.push_back(stretch(1100us, 0));
  const auto made = pair_of(a, b);
  EXPECT_NEAR(made.pair.log_ratio.at("latency.p50"), std::log(1.1), 0.002);
  EXPECT_NEAR(made.pair.a.at("latency.p50"), std::sqrt(3.0) * 1e-3, 1e-5);
  EXPECT_EQ(made.pair.a_errors.events, 1U);
  EXPECT_EQ(made.pair.b_errors.size, 200U);
  EXPECT_EQ(made.times.a.size(), 2U);
}

TEST(PairOf, HalfAPairIsNone) {
  std::vector<Stretch> a, b;
  a.push_back(stretch(1ms, 0));
  a.push_back(stretch(1ms, 0));
  b.push_back(stretch(1ms, 0));
  b.emplace_back();  // B answered nothing for a second
  b.back().errors = {100, 100};
  const auto made = pair_of(a, b);
  EXPECT_FALSE(made.pair.log_ratio.contains("latency.p50"));
  EXPECT_EQ(made.pair.b_errors.events, 100U);
}

TEST(LoadFor, EachBuildGetsItsShareOfTheLastStage) {
  scenario::Scenario load;
  scenario::HttpLoad http;
  http.requests.emplace_back();
  scenario::OpenLoad open;
  open.stages = {{10, 400, 5s}, {400, 400, 60s}};
  open.connections = 51;
  http.load = open;
  http.request_count = 7;
  load.kind = http;
  load.endpoint.url = Url{"http", "elsewhere", 1, "/base"};
  load.endpoint.unix_socket = "/run/elsewhere";
  const auto own = load_for(load, Url{"http", "127.0.0.1", 81, "/"}, 0.5, 10s, 1s);
  EXPECT_EQ(own.endpoint.url.text(), "http://127.0.0.1:81/base");
  EXPECT_EQ(own.endpoint.unix_socket, "");
  const auto& made = std::get<scenario::HttpLoad>(own.kind);
  const auto& stages = std::get<scenario::OpenLoad>(made.load).stages;
  ASSERT_EQ(stages.size(), 1U);
  EXPECT_EQ(stages[0].from, 200);
  EXPECT_EQ(stages[0].duration, 10s);
  EXPECT_EQ(made.warmup, 1s);
  EXPECT_FALSE(made.request_count);

  http.load = scenario::ClosedLoad{{{9, 1s}}, 0ns};
  load.kind = http;
  const auto closed = std::get<scenario::HttpLoad>(load_for(load, Url{}, 0.5, 10s, 0s).kind);
  EXPECT_EQ(std::get<scenario::ClosedLoad>(closed.load).stages[0].users, 5);
}

MeasuredPair measured(double log_ratio) {
  MeasuredPair p;
  for (const char* metric : {"latency.p50", "latency.p95", "rate", "service.cpu.per_request"}) {
    p.pair.log_ratio[metric] = std::string(metric) == "rate" ? 0.001 * log_ratio : log_ratio;
    p.pair.a[metric] = p.pair.b[metric] = 1;
  }
  p.pair.a_errors = p.pair.b_errors = {0, 500};
  p.times = {{{0.001, 100}}, {{0.002, 100}}};
  return p;
}

TEST(JudgeRecord, StopsAtTheFirstLookThatDecides) {
  std::vector<MeasuredPair> pairs;
  for (int i = 0; i < 14; ++i) pairs.push_back(measured(0.2 + 0.001 * (i % 5)));
  const LiveOptions options;
  EXPECT_EQ(judge_record("s", pairs, options).verdict, compare::Verdict::kInconclusive);  // between looks
  pairs.push_back(measured(0.2));
  auto change = judge_record("s", pairs, options);
  EXPECT_EQ(change.verdict, compare::Verdict::kRegressed);
  EXPECT_FALSE(change.shift.empty());
  // Later pairs change nothing about a look that has decided.
  for (int i = 0; i < 20; ++i) pairs.push_back(measured(-0.5));
  change = judge_record("s", pairs, options);
  EXPECT_EQ(change.verdict, compare::Verdict::kRegressed);
  EXPECT_EQ(change.metrics.at(0).count, 15U);
}

// Starts that differ more than their pairs ask for more starts, and the other way round.
TEST(PlanOf, SaysWhereMoreRepetitionsAreWorthTheirTime) {
  std::vector<MeasuredPair> by_start, by_pair;
  for (int i = 0; i < 30; ++i) {
    by_start.push_back(measured((i / 5 % 2 == 0 ? -0.2 : 0.2) + 0.001 * (i % 3)));
    by_pair.push_back(measured((i % 2 == 0 ? -0.2 : 0.2) + 0.001 * (i % 3)));
  }
  LiveOptions options;
  options.most_pairs = 30;
  const auto change = judge_record("s", by_start, options);
  ASSERT_EQ(change.verdict, compare::Verdict::kInconclusive);
  EXPECT_NE(plan_of(change, by_start, 1).find("1 pair a start instead of 5"), std::string::npos)
      << plan_of(change, by_start, 1);
  EXPECT_NE(plan_of(change, by_pair, 1).find("starting the builds anew changes nothing"), std::string::npos);
  EXPECT_EQ(plan_of(change, std::span(by_start).first(5), 1), "");  // one start tells nothing
  EXPECT_EQ(plan_of({}, by_start, 1), "");                          // nothing is undecided
}

}  // namespace
}  // namespace loadstone::duet

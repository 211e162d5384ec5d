#include "engine/tally.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace loadstone::engine {
namespace {

constexpr Instant kDue = Instant(Nanoseconds(10s));

Plan plan_with(const std::vector<const char*>& targets) {
  Plan plan;
  for (const char* name : {"a", "b"}) {
    Step step;
    step.name = name;
    plan.steps.push_back(step);
  }
  for (const char* text : targets) {
    const auto target = metric::parse_target(text);
    EXPECT_TRUE(target.has_value()) << text;
    plan.targets.push_back(*target);
  }
  return plan;
}

Exchange exchange(Nanoseconds wait, Nanoseconds lag, std::uint32_t step = 0) {
  Exchange e;
  e.due = kDue;
  e.free = kDue + wait;
  e.sent = e.free + lag;
  e.first_byte = e.sent + 1ms;
  e.step = step;
  e.measured = true;
  return e;
}

result::Block block_of(const Tally& tally) {
  result::Block block;
  tally.add_to(block);
  return block;
}

TEST(Tally, LatencyIsWaitAndLagAndServiceTime) {
  const Plan plan = plan_with({});
  Tally tally(plan);
  const Exchange e = exchange(30ms, 7ms);
  tally.ended(e, Outcome::kOk, 200, e.sent + 5ms, true);
  result::Block b = block_of(tally);
  const auto only = [&](const char* name) {
    EXPECT_EQ(b.histograms[name].count(), 1U) << name;
    return b.histograms[name].max();
  };
  EXPECT_NEAR(only("wait"), 0.030, 30e-6);
  EXPECT_NEAR(only("lag"), 0.007, 7e-6);
  EXPECT_NEAR(only("service_time"), 0.005, 5e-6);
  EXPECT_NEAR(only("latency"), 0.042, 42e-6);
  EXPECT_NEAR(only("latency_without_lag"), 0.035, 35e-6);
  EXPECT_NEAR(only("first_byte"), 0.001, 1e-6);
  EXPECT_NEAR(only("step.a.latency"), 0.042, 42e-6);
  EXPECT_TRUE(b.histograms["step.b.latency"].empty());
  EXPECT_TRUE(b.histograms["error_latency"].empty());
}

TEST(Tally, CountsEachOutcomeOnce) {
  const Plan plan = plan_with({});
  Tally tally(plan);
  std::uint64_t times = 1;
  for (const Outcome o : {Outcome::kOk, Outcome::kStatus, Outcome::kCheck, Outcome::kTimeout, Outcome::kConnect,
                          Outcome::kReset, Outcome::kProtocol, Outcome::kUnfinished}) {
    for (std::uint64_t i = 0; i < times; ++i) {
      const Exchange e = exchange(0ms, 0ms, i % 2 == 0 ? 0 : 1);
      tally.ended(e, o, o == Outcome::kStatus ? 503 : 200, e.sent + 2ms, i % 2 == 0);
    }
    ++times;
  }
  result::Block b = block_of(tally);
  EXPECT_EQ(b.counters["successes"], 1U);
  EXPECT_EQ(b.counters["errors.status"], 2U);
  EXPECT_EQ(b.counters["errors.check"], 3U);
  EXPECT_EQ(b.counters["errors.timeout"], 4U);
  EXPECT_EQ(b.counters["errors.connect"], 5U);
  EXPECT_EQ(b.counters["errors.reset"], 6U);
  EXPECT_EQ(b.counters["errors.protocol"], 7U);
  EXPECT_EQ(b.counters["unfinished"], 8U);
  EXPECT_EQ(b.counters["failures"], 27U);
  EXPECT_EQ(b.counters["requests"], 28U);  // those that came to an end
  EXPECT_EQ(b.counters["step.a.requests"] + b.counters["step.b.requests"], 28U);
  EXPECT_EQ(b.counters["completed"], 1U + 1 + 2 + 2 + 3 + 3 + 4);  // of the ended, every second in time
  EXPECT_EQ(b.counters["status.200"], 4U);                         // answered: ok and check
  EXPECT_EQ(b.counters["status.503"], 2U);
  // How soon a failure came is no latency of an answer; how long nothing came is.
  EXPECT_EQ(b.histograms["latency"].count(), 1U + 2 + 3 + 4 + 8);
  EXPECT_EQ(b.histograms["error_latency"].count(), 2U + 3 + 4 + 5 + 6 + 7 + 8);
  EXPECT_EQ(b.histograms["first_byte"].count(), 1U + 2 + 3);
}

TEST(Exceedance, CountsWhatTookLongerIncludingWhatNeverCame) {
  const Plan plan = plan_with({"latency.p95 < 50ms"});
  Tally tally(plan);
  const auto end = [&](Outcome o, Nanoseconds service_time) {
    const Exchange e = exchange(0ms, 0ms);
    tally.ended(e, o, 200, e.sent + service_time, true);
  };
  end(Outcome::kOk, 10ms);
  end(Outcome::kOk, 60ms);       // too slow
  end(Outcome::kStatus, 10ms);   // an answer in time, whatever it said
  end(Outcome::kReset, 1ms);     // never came
  end(Outcome::kConnect, 1ms);   // never came
  end(Outcome::kTimeout, 40ms);  // never came
  end(Outcome::kProtocol, 1ms);
  end(Outcome::kUnfinished, 1ms);
  tally.dropped();
  const result::Block b = block_of(tally);
  ASSERT_EQ(b.exceedances.size(), 1U);
  EXPECT_EQ(b.exceedances[0].count, 9U);
  EXPECT_EQ(b.exceedances[0].above, 7U);
  EXPECT_EQ(b.exceedances[0].above_without_lag, 7U);
}

TEST(Exceedance, IsBracketedByWhatTheGeneratorAdded) {
  const Plan plan = plan_with({"latency.p95 < 50ms"});
  Tally tally(plan);
  const auto end = [&](Nanoseconds wait, Nanoseconds lag, Nanoseconds service_time) {
    const Exchange e = exchange(wait, lag);
    tally.ended(e, Outcome::kOk, 200, e.sent + service_time, true);
  };
  end(0ms, 45ms, 10ms);  // late only by our own lag
  end(45ms, 0ms, 10ms);  // late by waiting for the service
  end(0ms, 0ms, 55ms);
  end(0ms, 20ms, 10ms);  // in time all the same
  const result::Block b = block_of(tally);
  EXPECT_EQ(b.exceedances[0].above, 3U);
  EXPECT_EQ(b.exceedances[0].above_without_lag, 2U);
}

TEST(Exceedance, TheLimitItselfIsWithinOrNotAsTheTargetSays) {
  const Plan plan = plan_with({"latency.p95 < 50ms", "latency.p95 <= 50ms"});
  Tally tally(plan);
  for (const Nanoseconds latency : {Nanoseconds(50ms) - 1ns, Nanoseconds(50ms), Nanoseconds(50ms) + 1ns}) {
    const Exchange e = exchange(0ms, 0ms);
    tally.ended(e, Outcome::kOk, 200, e.due + latency, true);
  }
  const result::Block b = block_of(tally);
  EXPECT_EQ(b.exceedances[0].above, 2U);
  EXPECT_EQ(b.exceedances[1].above, 1U);
}

TEST(Exceedance, OfAStepCountsThatStepAlone) {
  const Plan plan = plan_with({"error_rate < 1%", "step.b.latency.p99 < 50ms"});
  Tally tally(plan);
  for (const std::uint32_t step : {0U, 1U, 1U}) {
    const Exchange e = exchange(0ms, 0ms, step);
    tally.ended(e, Outcome::kOk, 200, e.sent + 60ms, true);
  }
  tally.dropped();  // of no known step
  const result::Block b = block_of(tally);
  ASSERT_EQ(b.exceedances.size(), 2U);
  EXPECT_EQ(b.exceedances[0].count, 0U);  // another form of target
  EXPECT_EQ(b.exceedances[1].count, 2U);
  EXPECT_EQ(b.exceedances[1].above, 2U);
}

TEST(Tally, AddsUpOverShards) {
  const Plan plan = plan_with({"latency.p95 < 50ms"});
  result::Block b;
  for (int i = 0; i < 3; ++i) {
    Tally tally(plan);
    const Exchange e = exchange(0ms, 0ms);
    tally.ended(e, Outcome::kOk, 200, e.sent + 60ms, true);
    tally.scheduled = 1;
    tally.bytes_sent = 10;
    tally.in_flight = 2;
    tally.waiting = 5;
    tally.add_to(b);
  }
  EXPECT_EQ(b.counters["successes"], 3U);
  EXPECT_EQ(b.counters["scheduled"], 3U);
  EXPECT_EQ(b.counters["bytes.sent"], 30U);
  EXPECT_EQ(b.in_flight, 6U);
  EXPECT_EQ(b.waiting, 15U);
  EXPECT_EQ(b.exceedances[0].above, 3U);
  EXPECT_EQ(b.histograms["latency"].count(), 3U);
}

TEST(Tally, IsEmptyAfterReset) {
  const Plan plan = plan_with({"latency.p95 < 50ms"});
  Tally tally(plan);
  for (const Outcome o : {Outcome::kOk, Outcome::kReset, Outcome::kTimeout}) {
    const Exchange e = exchange(1ms, 1ms);
    tally.ended(e, o, 200, e.sent + 60ms, true);
  }
  tally.dropped();
  tally.problem("something");
  const net::Handshake handshake{.tcp_open = Instant(1ms)};
  tally.connected(Instant{}, &handshake, Instant(2ms), Instant(2ms));
  tally.scheduled = tally.sent = tally.unmeasured = tally.bytes_sent = tally.bytes_received = 1;
  tally.connect_attempted = tally.connect_failed = tally.retries = tally.unsolicited = 1;
  tally.no_ports = tally.no_descriptors = 1;
  tally.paused = 1s;
  EXPECT_FALSE(block_of(tally).counters.empty());
  tally.reset();
  const result::Block b = block_of(tally);
  EXPECT_TRUE(b.counters.empty()) << b.counters.begin()->first;
  EXPECT_TRUE(b.histograms.empty()) << b.histograms.begin()->first;
  EXPECT_EQ(b.exceedances[0].count, 0U);
  EXPECT_EQ(b.generator.no_ports + b.generator.no_descriptors, 0U);
  EXPECT_EQ(b.generator.pause_seconds, 0);
  EXPECT_TRUE(tally.problems.empty());
}

TEST(Tally, ConnectionsMoveWholeToTheMeasuredTime) {
  const Plan plan = plan_with({});
  Tally warmup(plan);
  Tally measured(plan);
  warmup.connect_attempted = 3;
  warmup.connect_failed = 1;
  warmup.connected(Instant{}, nullptr, Instant(1ms), Instant(1ms));
  warmup.connected(Instant{}, nullptr, Instant(2ms), Instant(2ms));
  measured.connected(Instant{}, nullptr, Instant(3ms), Instant(3ms));
  warmup.move_connects_to(measured);
  EXPECT_TRUE(block_of(warmup).counters.empty());
  result::Block b = block_of(measured);
  EXPECT_EQ(b.counters["connect.attempted"], 3U);
  EXPECT_EQ(b.counters["connect.succeeded"], 3U);
  EXPECT_EQ(b.counters["connect.failed"], 1U);
  EXPECT_EQ(b.histograms["connect.time"].count(), 3U);
}

TEST(Tally, TellsTheTlsHandshakeFromTcp) {
  const Plan plan = plan_with({});
  Tally warmup(plan);
  Tally measured(plan);
  const net::Handshake whole{.tcp_open = Instant(1ms)};
  const net::Handshake resumed{.tcp_open = Instant(1ms), .is_resumed = true};
  warmup.connected(Instant{}, &whole, Instant(5ms), Instant(5ms));
  measured.connected(Instant{}, &resumed, Instant(3ms), Instant(3ms));
  warmup.move_connects_to(measured);
  result::Block b = block_of(measured);
  EXPECT_EQ(b.counters["connect.tls.full"], 1U);
  EXPECT_EQ(b.counters["connect.tls.resumed"], 1U);
  EXPECT_EQ(b.histograms["connect.time"].max(), 0.005);
  EXPECT_EQ(b.histograms["connect.tcp"].count(), 2U);
  EXPECT_EQ(b.histograms["connect.tcp"].max(), 0.001);
  EXPECT_EQ(b.histograms["connect.tls"].max(), 0.004);
  EXPECT_EQ(b.histograms["connect.tls"].min(), 0.002);
}

TEST(Tally, KeepsABoundedNumberOfProblems) {
  const Plan plan = plan_with({});
  Tally tally(plan);
  for (int round = 0; round < 3; ++round)
    for (int i = 0; i < 100; ++i) tally.problem(std::to_string(i));
  EXPECT_EQ(tally.problems.size(), Tally::kMaxProblems);
  for (const auto& [text, times] : tally.problems) EXPECT_EQ(times, 3U) << text;
}

}  // namespace
}  // namespace loadstone::engine

// Whole runs on the simulated network, with manual time. The first is the most valuable test of the house: a server
// that stalls must show in the latency of every request due in that time, but in the service time only of those already
// sent.
#include <gtest/gtest.h>

#include <atomic>
#include <cmath>

#include "tests/sim/simulated_run.h"

namespace loadstone {
namespace {

constexpr std::string_view kAnswer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

// Answers each request after a fixed time, but nothing within [stall_from, stall_until): what falls into it waits for
// its end.
class StallingServer : public net::SimPeer {
 public:
  Nanoseconds service{1ms};
  Instant stall_from = kNever;
  Instant stall_until = kNever;
  std::uint64_t requests = 0;

  void connected(net::SimReactor&, net::SocketId) override {}
  void received(net::SimReactor& network, net::SocketId socket, std::string_view) override {
    ++requests;
    Instant at = network.now() + service;
    if (at >= stall_from && at < stall_until) at = stall_until;
    network.answer(socket, std::string(kAnswer), at);
  }
};

TEST(Stall, ShowsInTheLatencyOfEveryRequestDueInIt) {
  StallingServer server;
  server.stall_from = kBegin + 3s;
  server.stall_until = kBegin + 4s;
  // 1000/s for 10 s over 16 connections: the stall takes all connections at once, and 1000 requests fall due in it.
  result::Block b = run(plan_of(open_at(1000, 10s, 16), 10s), server);
  expect_conserved(b);
  EXPECT_EQ(server.requests, 10'000U);
  expect_whole_stall(b);
}

TEST(Stall, IsNearlyInvisibleInAClosedLoop) {
  StallingServer server;
  server.stall_from = kBegin + 3s;
  server.stall_until = kBegin + 4s;
  scenario::ClosedLoad load;
  load.stages = {{16, 10s}};
  load.think = 15ms;
  result::Block b = run(plan_of(load, 10s), server);
  expect_conserved(b);
  EXPECT_EQ(b.histograms["latency"].count_above(100ms), 16U);
  EXPECT_LT(b.histograms["latency"].quantile(0.99), 0.002);
}

TEST(Schedule, ThreeShardsSendWhatOneWouldHaveSent) {
  StallingServer server;
  auto load = open_at(1000, 5s, 30);
  load.arrivals = scenario::Arrivals::kPoisson;
  const engine::Plan plan = plan_of(load, 5s);
  result::Block one = run(plan, server, 1);
  result::Block two = run(plan, server, 2);
  result::Block three = run(plan, server, 3);
  EXPECT_GT(one.counters["requests"], 4700U);
  for (result::Block* many : {&two, &three}) {
    EXPECT_EQ(one.counters, many->counters);
    for (const char* series : {"latency", "wait", "lag", "service_time", "first_byte"})
      EXPECT_EQ(one.histograms[series].encode(), many->histograms[series].encode()) << series;
  }
}

TEST(Schedule, AWarmUpIsSentAndNotCounted) {
  StallingServer server;
  engine::Plan plan = plan_of(open_at(1000, 2s, 10), 2s);
  plan.warmup = 1500ms;
  result::Block b = run(plan, server);
  expect_conserved(b);
  EXPECT_EQ(b.counters["requests"], 2000U);
  EXPECT_EQ(b.counters["unmeasured"], 1500U);
  EXPECT_EQ(server.requests, 3500U);
  EXPECT_EQ(b.counters["connect.succeeded"], 10U);
}

TEST(Drain, WhatIsInFlightAtTheEndIsCountedNotForgotten) {
  StallingServer server;
  server.stall_from = kBegin + 1500ms;
  server.stall_until = kNever;
  engine::Plan plan = plan_of(open_at(100, 2s, 10), 2s);
  plan.drain = 1s;
  result::Block b = run(plan, server);
  expect_conserved(b);
  EXPECT_EQ(b.counters["scheduled"], 200U);
  EXPECT_EQ(b.counters["unfinished"], 10U);  // all connections hang
  EXPECT_EQ(b.counters["successes"], 150U);
  EXPECT_EQ(b.counters["dropped"], 40U);
  EXPECT_GT(b.histograms["latency"].max(), 1.4);  // with the age they had
}

TEST(Timeout, EndsTheExchangeAndTheConnection) {
  StallingServer server;
  server.stall_from = kBegin + 1s;
  server.stall_until = kBegin + 2s;
  engine::Plan plan = plan_of(open_at(100, 3s, 10), 3s);
  plan.request_timeout = 200ms;
  result::Block b = run(plan, server);
  expect_conserved(b);
  EXPECT_EQ(b.counters["scheduled"], 300U);
  EXPECT_GT(b.counters["errors.timeout"], 10U);
  EXPECT_EQ(b.counters["connect.succeeded"], 10U + b.counters["errors.timeout"]);
  EXPECT_EQ(b.counters["unfinished"], 0U);
}

TEST(Budget, ANumberOfRequestsIsExactOverShardsAndUsers) {
  for (const int shards : {1, 2, 3}) {
    StallingServer server;
    scenario::ClosedLoad load;
    load.stages = {{7, Nanoseconds(0)}};
    engine::Plan plan = plan_of(load, 0s);
    plan.duration.reset();
    plan.request_count = 1000;
    result::Block b = run(plan, server, shards);
    expect_conserved(b);
    EXPECT_EQ(b.counters["requests"], 1000U) << shards;
    EXPECT_EQ(server.requests, 1000U);
  }
}

TEST(Stages, UsersComeAndGoWithTheStages) {
  StallingServer server;
  server.service = 10ms;
  scenario::ClosedLoad load;
  load.stages = {{2, 1s}, {10, 1s}, {1, 1s}};
  result::Block b = run(plan_of(load, 3s), server);
  expect_conserved(b);
  // Each user completes 100 a second.
  EXPECT_NEAR(static_cast<double>(b.counters["requests"]), 200 + 1000 + 100, 15);
}

// Faults: whatever goes wrong, every request that was due comes to exactly one end, and nothing hangs.
class FaultyServer : public net::SimPeer {
 public:
  explicit FaultyServer(std::uint64_t seed) : random_(seed) {}
  void connected(net::SimReactor&, net::SocketId) override {}
  void received(net::SimReactor& network, net::SocketId socket, std::string_view) override {
    const Instant at = network.now() + Nanoseconds(static_cast<std::int64_t>(random_.exponential() * 2e6));
    switch (random_.below(12)) {
      case 0:
        network.reset_by_peer(socket, at);
        break;
      case 1:
        network.close_by_peer(socket, at);
        break;
      case 2:
        network.answer(socket, std::string(kAnswer.substr(0, random_.below(kAnswer.size()))), at);
        network.close_by_peer(socket, at);
        break;
      case 3:
        network.answer(socket, "SSH-2.0-nonsense\r\n", at);
        break;
      case 4:
        network.answer(socket, std::string(kAnswer) + "extra", at);
        break;
      case 5:
        break;  // never answers
      case 6:
        network.answer(socket, "HTTP/1.1 500 Oops\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", at);
        break;
      case 7:
        network.answer(socket, "HTTP/1.0 200 OK\r\n\r\nuntil the end", at);
        network.close_by_peer(socket, at + 1ms);
        break;
      case 8:
        network.answer(socket, std::string(kAnswer), at);
        network.close_by_peer(socket, at);  // in the same batch, without saying so
        break;
      default:
        network.answer(socket, std::string(kAnswer), at);
        break;
    }
  }

 private:
  Random random_;
};

TEST(Faults, EveryRequestComesToExactlyOneEnd) {
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    SCOPED_TRACE(seed);
    FaultyServer server(seed);
    engine::Plan plan =
        seed % 2 == 0 ? plan_of(open_at(500, 2s, 20), 2s) : plan_of(scenario::ClosedLoad{{{20, 2s}}, 1ms}, 2s);
    plan.request_timeout = 100ms;
    plan.keep_alive = seed % 5 != 0;
    if (!plan.keep_alive)
      plan.steps[0].request = http1::encode(
          {.method = "GET", .target = "/", .authority = "sim", .headers = {}, .body = {}, .keep_alive = false});
    net::SimReactor::Faults faults;
    faults.cut_receives = seed % 3 == 0;
    faults.refuse = seed % 4 == 0 ? 0.3 : 0;
    result::Block b = run(plan, server, 1, faults);
    expect_conserved(b);
    EXPECT_GT(b.counters["successes"], 50U);
    EXPECT_GT(b.counters["failures"], 50U);
    std::uint64_t by_kind = 0;
    for (const char* kind : {"status", "check", "timeout", "connect", "reset", "protocol"})
      by_kind += b.counters[std::string("errors.") + kind];
    EXPECT_EQ(by_kind, b.counters["failures"]);
  }
}

TEST(Faults, TheNthOperationMayFailForEveryN) {
  std::uint64_t operations = 0;
  for (std::uint64_t n = 0; n <= operations; ++n) {
    SCOPED_TRACE(n);
    StallingServer server;
    net::SimReactor::Faults faults;
    faults.fail_at = n;
    engine::Plan plan = plan_of(open_at(50, 1s, 3), 1s);
    SimulatedShard one(plan, server, 5, faults);
    one.run();
    result::Block b;
    one.add_to(b);
    expect_conserved(b);
    EXPECT_EQ(b.counters["scheduled"], 50U);
    EXPECT_GE(b.counters["successes"], 49U);
    if (n == 0) operations = one.network.operations();
  }
  EXPECT_EQ(operations, 53U);
}

}  // namespace
}  // namespace loadstone

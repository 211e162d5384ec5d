// Whole runs on the simulated network, with manual time, for tests.
#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <string>

#include "engine/shard.h"
#include "net/sim_reactor.h"
#include "protocol/http1/encode.h"

namespace loadstone {

inline engine::Plan plan_of(std::variant<scenario::ClosedLoad, scenario::OpenLoad> load, Nanoseconds duration) {
  engine::Plan plan;
  engine::Step step;
  step.name = "GET /";
  step.request = http1::encode({.method = "GET", .target = "/", .authority = "sim", .headers = {}, .body = {}});
  step.idempotent = true;
  plan.steps.push_back(std::move(step));
  plan.groups.push_back({{0}, {1.0}, std::move(load)});
  plan.duration = duration;
  plan.drain = 10s;
  plan.connect_timeout = 1s;
  plan.request_timeout = 30s;
  plan.block = 1s;
  plan.seed = 7;
  return plan;
}

inline scenario::OpenLoad open_at(double rate, Nanoseconds duration, int connections) {
  scenario::OpenLoad load;
  load.stages = {{rate, rate, duration}};
  load.arrivals = scenario::Arrivals::kUniform;
  load.connections = connections;
  return load;
}

inline constexpr Instant kBegin = Instant(Nanoseconds(1s));

// One of `shards` shards with a network and a clock of its own.
struct SimulatedShard {
  SimulatedShard(const engine::Plan& p, net::SimPeer& server, std::uint64_t seed, net::SimReactor::Faults faults = {},
                 int index = 0, int shards = 1)
      : network(clock, server, seed, faults), shard(p, index, shards, network, clock, mailbox, signals) {
    signals.begin = kBegin.time_since_epoch().count();
  }
  void run() {
    std::atomic<bool> ready{false};
    shard.run(ready);
    EXPECT_TRUE(ready);
    EXPECT_EQ(network.open_sockets(), 0U);
  }
  // Adds what it counted.
  void add_to(result::Block& total) {
    while (const auto tally = mailbox.take()) tally->add_to(total);
  }

  ManualClock clock;
  net::SimReactor network;
  engine::Mailbox mailbox;
  engine::Signals signals;
  engine::Shard shard;
};

// Runs a plan on `shards` shards, one after the other (they share nothing), and merges what they counted.
template <class Server>
result::Block run(const engine::Plan& plan, Server& server, int shards = 1, net::SimReactor::Faults faults = {}) {
  result::Block total;
  for (int i = 0; i < shards; ++i) {
    SimulatedShard one(plan, server, 11 + static_cast<std::uint64_t>(i), faults, i, shards);
    one.run();
    one.add_to(total);
  }
  return total;
}

// Everything that was due came to exactly one end.
inline void expect_conserved(result::Block& b) {
  EXPECT_EQ(b.counters["scheduled"],
            b.counters["successes"] + b.counters["failures"] + b.counters["dropped"] + b.counters["unfinished"]);
}

// What a server that stands still for a second makes of 10,000 requests, 1,000 a second for ten, with room for 16 at
// once and a millisecond for each: a request due x into the stall waits 1 s - x, and then for the backlog ahead of it.
// 16 at once clear 16 a millisecond while one more falls due, so the queue of 1000 is gone after about 67 ms.
inline void expect_whole_stall(result::Block& b) {
  EXPECT_EQ(b.counters["requests"], 10'000U);
  EXPECT_EQ(b.counters["successes"], 10'000U);
  const stats::Histogram& latency = b.histograms["latency"];
  const stats::Histogram& service = b.histograms["service_time"];
  EXPECT_NEAR(latency.max(), 1.001, 0.002);
  // Due at least 100 ms before the queue was gone.
  EXPECT_NEAR(static_cast<double>(latency.count_above(100ms)), 970, 10);
  EXPECT_NEAR(static_cast<double>(latency.count_above(500ms)), 533, 3);
  EXPECT_NEAR(latency.quantile(0.95), 0.531, 0.003);
  // Only the 16 already sent saw the stall themselves: what a closed-loop tool would report.
  EXPECT_EQ(service.count_above(100ms), 16U);
  EXPECT_NEAR(service.quantile(0.99), 0.001, 0.0001);
  // The rest is waiting for a connection or a stream, and none of it is the generator's.
  EXPECT_NEAR(static_cast<double>(b.histograms["wait"].count_above(100ms)), 944, 3);
  EXPECT_EQ(b.histograms["lag"].max(), 0);
}

}  // namespace loadstone

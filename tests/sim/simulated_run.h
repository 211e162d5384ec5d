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

}  // namespace loadstone

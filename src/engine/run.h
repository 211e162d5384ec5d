// Runs one scenario: starts the shards together, collects what they measured, stops them, and says how it ended.
#pragma once

#include <cstdint>
#include <functional>

#include "engine/plan.h"
#include "net/reactor.h"
#include "result/block.h"
#include "result/run.h"

namespace loadstone::engine {

struct RunOptions {
  int shards = 0;  // 0: default_shards(); never more than there are connections
  net::ReactorKind reactor = net::ReactorKind::kAuto;
  std::uint64_t seed = 1;
};

// Half the cores, so that a service on the same machine has room.
[[nodiscard]] int default_shards();
// As many shards as a scenario will really use.
[[nodiscard]] int shards_for(const scenario::Scenario& scenario, int wanted);

struct Observer {
  // A block of measurements, merged over all shards, in the order of time. Called on a thread of the lowest priority
  // while shards run and then on the caller's, never on two at once. Returning false ends the run: there is no place
  // left to keep what is measured.
  std::function<bool(result::Block&&)> block;
  // Asked once, when every shard is ready: when the load is to begin, not before `earliest`. May wait for somebody else
  // who is to begin at the same time. Empty: at `earliest`.
  std::function<Instant(Instant earliest)> begin;
  // Asked a few dozen times a second: whether to stop early.
  std::function<bool()> should_stop;
};

// Blocks until the scenario has ended. `index` is its place in the run.
[[nodiscard]] result::ScenarioEnd run_scenario(const scenario::Scenario& scenario, std::size_t index,
                                               const RunOptions& options, const Observer& observer);

}  // namespace loadstone::engine

// Whole runs of scenarios with an audience on the simulated network.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>

#include "audience/plan.h"
#include "engine/ledger_result.h"
#include "tests/sim/simulated_run.h"

namespace loadstone {

inline scenario::Scenario scenario_of(scenario::AudienceLoad load) {
  scenario::Scenario scenario;
  scenario.name = "sim";
  scenario.endpoint.url = {"http", "sim", 80, "/"};
  scenario.kind = std::move(load);
  return scenario;
}

inline scenario::AudienceLoad clients(int count, Nanoseconds duration) {
  scenario::AudienceLoad load;
  load.path = "/events";
  load.stages = {{count, duration}};
  load.drain = 1s;
  return load;
}

inline scenario::AudienceLoad broadcast(int count, std::uint64_t messages, double rate) {
  scenario::AudienceLoad load = clients(count, Nanoseconds(0));
  scenario::Publish publish;
  publish.name = "publish";
  scenario::Request request;
  request.method = "POST";
  request.target = "/publish";
  request.body = R"({"data":{"id":{{message.id}}}})";
  publish.by = scenario::PublishRequest{request};
  publish.count = messages;
  publish.rate = rate;
  load.publish.push_back(publish);
  load.match = scenario::Match{scenario::Match::How::kPointer, "/data/id", {}, false};
  return load;
}

struct Ran {
  result::Block block;
  ledger::Account account{1};
  std::optional<result::Recovery> recovery;
  Nanoseconds measured{0};
  std::map<std::string, std::uint64_t> problems;
  [[nodiscard]] std::uint64_t count(const std::string& name) const {
    const auto found = block.counters.find(name);
    return found == block.counters.end() ? 0 : found->second;
  }
  [[nodiscard]] const stats::Histogram& times(const std::string& family) const {
    static const stats::Histogram kEmpty;
    const auto found = block.histograms.find(family);
    return found == block.histograms.end() ? kEmpty : found->second;
  }
};

inline Ran run(const scenario::AudienceLoad& load, net::SimPeer& service, std::optional<Nanoseconds> run_timeout = {}) {
  engine::Plan plan;
  plan.run_timeout = run_timeout;
  plan.seed = 5;
  plan.duration = load.recover ? std::nullopt : scenario::planned_duration(load);
  plan.drain = load.drain;
  plan.connect_timeout = load.connect_timeout;
  plan.request_timeout = 30s;
  plan.block = 1s;
  const auto scenario = scenario_of(load);
  engine::add_publishers(scenario, load, plan);
  audience::Place place;
  place.seed = plan.seed;
  place.first_id = 1'000'000;
  place.run = 77;
  if (load.match || !load.publish.empty())
    place.broadcasts = std::make_shared<ledger::Broadcasts>(audience::streams_of(load), place.first_id, place.run);
  plan.audience = *audience::make_plan(scenario, place);

  SimulatedShard one(plan, service, 3);
  one.run();
  engine::Shard& shard = one.shard;
  Ran ran;
  ran.measured = shard.measured();
  while (const auto tally = one.mailbox.take()) {
    tally->add_to(ran.block);
    for (const auto& [text, n] : tally->audience->problems) ran.problems[text] += n;
  }
  if (shard.account() != nullptr) {
    ran.account = *shard.account();
    ran.account.finish();
  }
  if (shard.comebacks() != nullptr) ran.recovery = engine::recovery_of(*shard.comebacks(), ran.account.lost);
  return ran;
}

}  // namespace loadstone

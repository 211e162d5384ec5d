#include "cli/diagnose_costs.h"

#include <algorithm>
#include <variant>

#include "base/format.h"
#include "base/units.h"
#include "cli/interrupt.h"

namespace loadstone::cli {
namespace {

constexpr Nanoseconds kLook = 1500ms;
constexpr Nanoseconds kShortestLook = 500ms;
constexpr Nanoseconds kAll = 40s;  // that many looks are shortened for
// All looks take turns, so that what changes slowly (the machine, a growing table) is in all of them alike: steps of a
// journey are told by what differs between looks.
constexpr int kRounds = 3;
// What is first in a look is no sign of what is usual: caches, code that is compiled when it is first used.
constexpr Nanoseconds kWarmup = 200ms;
constexpr Nanoseconds kPatience = 10s;  // with one answer
constexpr double kManyFailures = 0.01;

Nanoseconds look_length(const SuiteLooks& plan) {
  const auto looks = static_cast<std::int64_t>(std::max<std::size_t>(plan.looks.size(), 1));
  return std::clamp(kAll / looks, kShortestLook, kLook);
}

scenario::Scenario for_so_long(const scenario::Scenario& of, Nanoseconds length) {
  scenario::Scenario s = of;
  auto& load = std::get<scenario::HttpLoad>(s.kind);
  std::get<scenario::ClosedLoad>(load.load).stages.front().duration = length;
  load.request_timeout = std::min(load.request_timeout, kPatience);
  load.connect_timeout = std::min(load.connect_timeout, kPatience);
  load.drain = load.request_timeout;  // what is on its way is paid for, and is to be counted
  return s;
}

void add(const result::Block& block, const scenario::HttpLoad& load, Looked& looked) {
  for (std::size_t i = 0; i < load.requests.size(); ++i) {
    const std::string prefix = format("step.{}.", load.requests[i].name);
    Looked::Answers& answers = looked.requests[i];
    answers.answered += static_cast<double>(block.count(prefix + "requests"));
    answers.failed += static_cast<double>(block.count(prefix + "failures"));
    if (const auto found = block.histograms.find(prefix + "service_time"); found != block.histograms.end())
      answers.service_time.add(found->second);
  }
}

// The service is watched from before the first connection until after the last answer, so that what it spent and what
// it answered are of the same requests.
std::string look_at(const scenario::Scenario& scenario, std::size_t index, ServiceWatch& watch,
                    const engine::RunOptions& options, Looked& looked) {
  const auto& load = std::get<scenario::HttpLoad>(scenario.kind);
  const auto watched = [&](result::Block& block) {
    watch.fill(block);
    looked.seconds += block.service.seconds;
    looked.cpu_seconds += block.service.cpu_seconds;
  };
  engine::Observer observer;
  observer.block = [&](result::Block&& block) {
    watched(block);
    add(block, load, looked);
    return true;
  };
  observer.should_stop = [] { return Interrupt::signal() != 0; };
  result::Block before, after;
  watch.fill(before);
  const auto end = engine::run_scenario(scenario, index, options, observer);
  watched(after);
  return end.problem;
}

std::string warm_up(const scenario::Scenario& scenario, std::size_t index, const engine::RunOptions& options) {
  engine::Observer observer;
  observer.block = [](result::Block&&) { return true; };
  observer.should_stop = [] { return Interrupt::signal() != 0; };
  return engine::run_scenario(for_so_long(scenario, kWarmup), index, options, observer).problem;
}

void tell_failures(const std::vector<analysis::RequestCost>& costs, std::vector<std::string>& notes) {
  for (const auto& cost : costs) {
    if (!cost.is_known())
      notes.push_back(format("{}: nothing was answered, or it was never sent.", cost.name));
    else if (cost.failed > kManyFailures * cost.answered)
      notes.push_back(format("{}: {} of {} failed; what is told is largely the cost of failing.", cost.name,
                             show_count(static_cast<std::uint64_t>(cost.failed)),
                             show_count(static_cast<std::uint64_t>(cost.answered))));
    else if (!cost.cpu)
      notes.push_back(format("{}: its CPU cannot be told from that of the steps before it.", cost.name));
  }
}

}  // namespace

Nanoseconds planned_length(const SuiteLooks& plan) {
  return (look_length(plan) + kWarmup) * static_cast<std::int64_t>(plan.looks.size());
}

report::Costs run_looks(const SuiteLooks& plan, ServiceWatch& watch, const result::ServiceSample& quiet,
                        const engine::RunOptions& options, std::size_t& index) {
  report::Costs costs;
  costs.notes = plan.notes;
  std::vector<Looked> looked(plan.looks.size());
  for (std::size_t k = 0; k < looked.size(); ++k) looked[k].requests.resize(plan.looks[k].costs.size());
  std::vector<std::string> problems(looked.size());
  for (int round = 0; round < kRounds; ++round)
    for (std::size_t k = 0; k < looked.size(); ++k) {
      const scenario::Scenario& scenario = plan.looks[k].scenario;
      if (round == 0) problems[k] = warm_up(scenario, index++, options);
      if (problems[k].empty())
        problems[k] = look_at(for_so_long(scenario, look_length(plan) / kRounds), index++, watch, options, looked[k]);
      if (Interrupt::signal() != 0) return {};
    }
  for (std::size_t k = 0; k < looked.size(); ++k)
    if (!problems[k].empty())
      costs.notes.push_back(format("{}: {}.", plan.names[plan.looks[k].costs.back()], problems[k]));
  const double idle = quiet.seconds > 0 ? quiet.cpu_seconds / quiet.seconds : 0;
  costs.requests = costs_of(plan, looked, idle, quiet.cores);
  tell_failures(costs.requests, costs.notes);
  return costs;
}

}  // namespace loadstone::cli

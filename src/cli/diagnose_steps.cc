#include "cli/diagnose_steps.h"

#include <algorithm>
#include <variant>

#include "base/format.h"

namespace loadstone::cli {
namespace {

constexpr int kFactor = 4;  // from step to step
constexpr Nanoseconds kTimeout = 2s;
constexpr Nanoseconds kDrain = 1s;

}  // namespace

std::vector<int> levels_up_to(int most) {
  std::vector<int> levels;
  for (int n = 1; n < most; n *= kFactor) levels.push_back(n);
  levels.push_back(most);
  return levels;
}

scenario::Scenario by_users(const scenario::Scenario& of, int users, Nanoseconds length) {
  scenario::Scenario s = of;
  auto& load = std::get<scenario::HttpLoad>(s.kind);
  load.load = scenario::ClosedLoad{{{users, length}}, Nanoseconds(0)};
  load.request_count.reset();
  load.run_timeout.reset();
  load.warmup = Nanoseconds(0);
  for (auto& request : load.requests) request.concurrency.reset();
  s.targets.clear();
  s.profile = false;
  return s;
}

scenario::Scenario at_level(const scenario::Scenario& of, int users, Nanoseconds length) {
  scenario::Scenario s = by_users(of, users, length);
  auto& load = std::get<scenario::HttpLoad>(s.kind);
  load.drain = kDrain;
  load.request_timeout = std::min(load.request_timeout, kTimeout);
  load.connect_timeout = std::min(load.connect_timeout, Nanoseconds(5s));
  s.name = format("{} clients", users);
  return s;
}

void StepSum::add(const result::Block& block) {
  if (!block.service.is_empty()) seen_.push_back(block.service);
  if (const auto found = block.histograms.find("connect.time"); found != block.histograms.end())
    connect_.add(found->second);
  if (!block.measured) return;
  const double seconds = to_seconds(block.length);
  load_.seconds += seconds;
  load_.completed += static_cast<double>(block.count("completed"));
  load_.failures += static_cast<double>(block.count("failures"));
  for (const char* outcome : {"errors.status", "errors.connect", "errors.reset"})
    load_.turned_away += static_cast<double>(block.count(outcome));
  in_flight_ += static_cast<double>(block.in_flight) * seconds;
  busy_ += block.generator.busiest_shard * seconds;
  cpu_ += block.generator.cpu_seconds;
  if (const auto found = block.histograms.find("latency"); found != block.histograms.end()) latency_.add(found->second);
}

analysis::Features StepSum::features(int clients, const result::ServiceSample& quiet) const {
  analysis::StepLoad load = load_;
  load.clients = clients;
  if (load.seconds > 0) {
    load.concurrency = in_flight_ / load.seconds;
    load.generator_busy = busy_ / load.seconds;
    load.generator_cpu = cpu_ / load.seconds;
  }
  load.p50 = latency_.quantile(0.5);
  load.p99 = latency_.quantile(0.99);
  load.connect_p99 = connect_.quantile(0.99);
  return analysis::features_of(load, seen_, quiet);
}

}  // namespace loadstone::cli

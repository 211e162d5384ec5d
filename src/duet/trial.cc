#include "duet/trial.h"

#include <algorithm>
#include <cmath>

#include "analysis/fitness.h"
#include "base/check.h"

namespace loadstone::duet {
namespace {

void add_times(stats::Histogram& to, const result::Block& block, const char* family) {
  if (const auto found = block.histograms.find(family); found != block.histograms.end()) to.add(found->second);
}

std::vector<stats::Histogram::Bucket> buckets_of(std::span<const Stretch> stretches) {
  stats::Histogram all;
  for (const auto& s : stretches) all.add(s.latency);
  return all.buckets();
}

}  // namespace

void Stretch::add(const result::Block& block) {
  add_times(latency, block, "latency_without_lag");
  add_times(service_time, block, "service_time");
  add_times(first_byte, block, "first_byte");
  completed += block.count("completed");
  const auto lost = block.count("dropped") + block.count("unfinished");
  errors.events += block.count("failures") + lost;
  errors.size += block.count("requests") + lost;
  seconds += to_seconds(block.length);
}

std::map<std::string, double> Stretch::values() const {
  std::map<std::string, double> values;
  const auto put = [&](const char* name, double value) {
    if (value > 0) values[name] = value;
  };
  put("latency.p50", latency.quantile(0.5));
  put("latency.p95", latency.quantile(0.95));
  put("latency.p99", latency.quantile(0.99));
  put("latency.mean", latency.mean());
  put("service_time.p50", service_time.quantile(0.5));
  put("first_byte.p50", first_byte.quantile(0.5));
  if (seconds > 0) put("rate", static_cast<double>(completed) / seconds);
  if (completed > 0) put("service.cpu.per_request", cpu_seconds / static_cast<double>(completed));
  return values;
}

void Trial::add(const result::Block& block) {
  tally_.add(block);
  if (!block.measured) return;
  const double middle = to_seconds(block.start) + to_seconds(block.length) / 2;
  const auto index = static_cast<std::int64_t>(std::floor(middle / seconds_));
  if (index < 0 || index >= static_cast<std::int64_t>(stretches_.size())) return;
  stretches_[static_cast<std::size_t>(index)].add(block);
}

std::string Trial::problem(bool closed_loop) const {
  result::PlannedScenario plan;
  plan.kind = "http";
  plan.closed_loop = closed_loop;
  const bool is_busy = tally_.busy_seconds > analysis::kBusyShare * tally_.block_seconds;
  for (const auto& finding : analysis::check_fitness(tally_, plan, tally_.block_seconds, false).findings) {
    if (!finding.invalidates) continue;
    // Who waits for a processor now and then, or stands still for a moment, delays both builds alike: that is noise of
    // the pairs, which the test allows for.
    if ((finding.rule == "generator_busy" && !is_busy) || finding.rule == "generator_paused") continue;
    return finding.evidence;
  }
  return {};
}

MeasuredPair pair_of(std::span<const Stretch> a, std::span<const Stretch> b) {
  CHECK(a.size() == b.size() && !a.empty(), "a pair of {} and {} stretches", a.size(), b.size());
  MeasuredPair made;
  std::map<std::string, int> seen;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const auto of_a = a[i].values(), of_b = b[i].values();
    for (const auto& [metric, value] : of_a) {
      const auto other = of_b.find(metric);
      if (other == of_b.end()) continue;
      ++seen[metric];
      made.pair.log_ratio[metric] += std::log(other->second / value);
      made.pair.a[metric] += std::log(value);
      made.pair.b[metric] += std::log(other->second);
    }
    made.pair.a_errors.events += a[i].errors.events;
    made.pair.a_errors.size += a[i].errors.size;
    made.pair.b_errors.events += b[i].errors.events;
    made.pair.b_errors.size += b[i].errors.size;
  }
  for (const auto& [metric, times] : seen) {
    // A pair of which one half is missing is none: the halves are there to cancel each other.
    if (times < static_cast<int>(a.size())) {
      made.pair.log_ratio.erase(metric);
      made.pair.a.erase(metric);
      made.pair.b.erase(metric);
      continue;
    }
    made.pair.log_ratio[metric] /= times;
    made.pair.a[metric] = std::exp(made.pair.a[metric] / times);
    made.pair.b[metric] = std::exp(made.pair.b[metric] / times);
  }
  made.times = {buckets_of(a), buckets_of(b)};
  return made;
}

}  // namespace loadstone::duet

#include "analysis/summary.h"

#include <algorithm>

#include "base/format.h"

namespace loadstone::analysis {
namespace {

using metric::Group;
using metric::Row;
using metric::Statistic;

bool has_any(const Tally& tally, std::string_view prefix) {
  const auto starts = [&](const auto& entry) { return entry.first.starts_with(prefix); };
  return std::any_of(tally.counters.begin(), tally.counters.end(), starts) ||
         std::any_of(tally.histograms.begin(), tally.histograms.end(), starts);
}

bool applies(const Row& row, const Tally& tally, const result::PlannedScenario& plan) {
  if (row.name.starts_with("degradation.")) return false;  // of the series, not of the counts
  switch (row.group) {
    case Group::kHttp:
      return plan.kind == "http" || tally.count("scheduled") > 0 || tally.count("requests") > 0;
    case Group::kConnect:
      return tally.count("connect.attempted") > 0;
    case Group::kWebSocket:
      return has_any(tally, "messages.") || has_any(tally, "rtt");
    case Group::kBroadcast:
      return has_any(tally, "broadcast.");
    case Group::kRecovery:
      return has_any(tally, "recovery.");
    case Group::kService:
      return tally.counters.contains(std::string(row.name));
    case Group::kGenerator:
      return true;
  }
  return false;
}

double share(std::uint64_t part, std::uint64_t whole) {
  return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
}

void put_times(std::map<std::string, double>& metrics, const std::string& family, const stats::Histogram* times) {
  if (times == nullptr) return;
  for (const auto& s : metric::standard_statistics())
    metrics[format("{}.{}", family, s.name)] = statistic_of(*times, s.statistic, s.quantile);
}

// A plain number, with `prefix` for a step ("step.search.").
double scalar(std::string_view name, const Tally& tally, const std::string& prefix, double seconds) {
  if (name == "error_rate") return error_rate(tally, prefix);
  const auto per_second = [&](const std::string& counter) {
    return seconds > 0 ? static_cast<double>(tally.count(counter)) / seconds : 0;
  };
  if (name == "rate") {
    // Steps are counted as completed where the engine says so, else by those that came to an end.
    const std::string completed = prefix + "completed";
    return per_second(tally.counters.contains(completed) || prefix.empty() ? completed : prefix + "requests");
  }
  if (name == "offered_rate") return per_second("scheduled");
  if (name == "connect.success_rate") return share(tally.count("connect.succeeded"), tally.count("connect.attempted"));
  if (name == "broadcast.delivery_rate")
    return share(tally.count("broadcast.delivered"), tally.count("broadcast.expected"));
  if (name == "broadcast.rate") return per_second("broadcast.delivered");
  if (name == "recovery.success_rate") return share(tally.count("recovery.recovered"), tally.count("recovery.drops"));
  if (name == "generator.cpu") return tally.block_seconds > 0 ? tally.busy_seconds / tally.block_seconds : 0;
  if (name == "generator.limited") return 0;
  return static_cast<double>(tally.count(prefix + std::string(name)));
}

}  // namespace

double statistic_of(const stats::Histogram& times, Statistic statistic, double quantile) {
  switch (statistic) {
    case Statistic::kMin:
      return times.min();
    case Statistic::kMean:
      return times.mean();
    case Statistic::kQuantile:
      return times.quantile(quantile);
    case Statistic::kMax:
      return times.max();
    case Statistic::kStddev:
      return times.stddev();
    case Statistic::kNone:
      break;
  }
  return 0;
}

std::string source_of(const metric::Metric& metric) {
  return metric.step.empty() ? metric.family : format("step.{}.{}", metric.step, metric.family);
}

double error_rate(const Tally& tally, const std::string& prefix) {
  const auto lost = tally.count(prefix + "dropped") + tally.count(prefix + "unfinished");
  return share(tally.count(prefix + "failures") + lost, tally.count(prefix + "requests") + lost);
}

std::map<std::string, double> summarize(const Tally& tally, const result::PlannedScenario& plan,
                                        double measured_seconds) {
  std::map<std::string, double> metrics;
  for (const auto& row : metric::table()) {
    if (!applies(row, tally, plan)) continue;
    const std::string name(row.name);
    if (row.is_distribution) {
      put_times(metrics, name, tally.times(row.name));
    } else {
      metrics[name] = scalar(row.name, tally, "", measured_seconds);
    }
    if (!row.per_step) continue;
    for (const auto& step : plan.steps) {
      const std::string prefix = format("step.{}.", step);
      if (row.is_distribution)
        put_times(metrics, prefix + name, tally.times(prefix + name));
      else
        metrics[prefix + name] = scalar(row.name, tally, prefix, measured_seconds);
    }
  }
  for (const auto& [name, n] : tally.counters)
    if (name.starts_with("status.")) metrics[name] = static_cast<double>(n);
  if (const auto* lag = tally.times("lag")) metrics["generator.lag.p99"] = lag->quantile(0.99);
  return metrics;
}

}  // namespace loadstone::analysis

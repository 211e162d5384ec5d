#include "analysis/steady_state.h"

#include <algorithm>
#include <cmath>

#include "analysis/exceedance.h"
#include "analysis/summary.h"
#include "analysis/target.h"
#include "base/format.h"
#include "base/units.h"
#include "stats/steady.h"

namespace loadstone::analysis {
namespace {

using metric::Comparison;
using metric::Statistic;
using result::JudgedTarget;
using result::Verdict;

constexpr double kGroupSeconds = 0.5;  // averaged for the cut
constexpr double kDriftSeconds = 2;    // one value of the drift
constexpr double kLeast = 1e-9;

std::size_t steps_in(double seconds, double step) {
  return step > 0 ? std::max<std::size_t>(1, static_cast<std::size_t>(std::lround(seconds / step))) : 1;
}

// Empty steps get the value of the one before.
std::vector<double> log_medians(const std::vector<Level::Step>& steps) {
  std::vector<double> series;
  double last = 0;
  for (const auto& s : steps)
    if (s.weight > 0) {
      last = s.log_median / s.weight;
      break;
    }
  for (const auto& s : steps) {
    if (s.weight > 0) last = s.log_median / s.weight;
    series.push_back(last);
  }
  return series;
}

std::vector<double> log_rates(const std::vector<Level::Step>& steps) {
  std::vector<double> series;
  for (const auto& s : steps)  // half a request, so that a second without any has a logarithm
    series.push_back(std::log((static_cast<double>(s.completed) + 0.5) / std::max(s.seconds, kLeast)));
  return series;
}

bool is_upper(const metric::Target& t) {
  return t.comparison == Comparison::kLess || t.comparison == Comparison::kLessOrEqual;
}

// Whether every batch keeps its distance from the limit, though it move by `change`.
bool stays_within(const JudgedTarget& j, const BatchTimes* times, double change) {
  if (times == nullptr || !is_upper(j.target) || !(j.target.limit > 0)) return false;
  std::vector<double> levels;
  if (j.target.metric.statistic == Statistic::kQuantile) {
    levels = times->quantiles(j.target.metric.quantile);
  } else if (j.target.metric.statistic == Statistic::kMean) {
    for (const auto& c : times->sums()) levels.push_back(c.size > 0 ? c.total / c.size : 0);
  } else {
    return false;
  }
  return std::all_of(levels.begin(), levels.end(), [&](double level) {
    return std::log(std::max(level, kLeast)) + change < std::log(j.target.limit);
  });
}

// Whether both halves of the run exceed the limit more often than they may, for certain.
bool both_halves_miss(const JudgedTarget& j, const BatchTimes* times) {
  if (times == nullptr || !is_upper(j.target) || j.target.metric.statistic != Statistic::kQuantile) return false;
  const auto above = times->above(j.target.limit);
  if (above.size() < kFewestBatches) return false;
  const auto misses = [&](std::span<const stats::Cluster> half) {
    double size = 0;
    for (const auto& c : half) size += c.size;
    const auto effective = stats::effective_size(size, stats::design_effect(half), half.size());
    return stats::share_interval(stats::ratio(half), effective).low > 1 - j.target.metric.quantile;
  };
  const std::span<const stats::Cluster> all(above);
  return misses(all.first(all.size() / 2)) && misses(all.subspan(all.size() / 2));
}

std::string percent(double log_change) { return format("{:+.1f} %", 100 * std::expm1(log_change)); }

std::string why(const SteadyState& s) {
  if (!s.settled) return "the level had not settled in the first half of the run";
  return format("the level moved by {} in the course of the run", percent(s.change));
}

}  // namespace

void Level::add(const result::Block& block) {
  if (!block.measured) return;
  if (steps_.empty() || in_last_ == blocks_per_step_) {
    if (steps_.size() == kMostSteps) {
      for (std::size_t i = 0; i < kMostSteps / 2; ++i) {
        const Step &a = steps_[2 * i], &b = steps_[2 * i + 1];
        steps_[i] = {a.seconds + b.seconds, a.weight + b.weight, a.log_median + b.log_median,
                     a.completed + b.completed};
      }
      steps_.resize(kMostSteps / 2);
      blocks_per_step_ *= 2;
    }
    steps_.emplace_back();
    in_last_ = 0;
  }
  Step& step = steps_.back();
  ++in_last_;
  step.seconds += to_seconds(block.length);
  step.completed += block.count("completed");
  if (const auto found = block.histograms.find("latency"); found != block.histograms.end() && !found->second.empty()) {
    step.weight += 1;
    step.log_median += std::log(std::max(found->second.quantile(0.5), kLeast));
  }
}

SteadyState find_steady_state(const Level& level, bool may_cut) {
  SteadyState found;
  std::vector<Level::Step> steps = level.steps();
  if (steps.size() > 1 && steps.back().seconds < steps.front().seconds / 2) steps.pop_back();  // the end of the run
  if (steps.size() < stats::kFewestForSteady) return found;
  const double step = steps.front().seconds;
  const std::vector<std::vector<double>> series{log_medians(steps), log_rates(steps)};
  const auto steadiness =
      stats::steadiness(series, steps_in(kGroupSeconds, step), steps_in(kDriftSeconds, step), may_cut);
  if (!steadiness.checked) return found;
  found.checked = true;
  found.settled = steadiness.settled;
  // Half of a run that has not settled is no better than the whole.
  if (found.settled)
    for (std::size_t i = 0; i < steadiness.cut; ++i) found.cut_seconds += steps[i].seconds;
  if (steadiness.drift.is_real()) found.change = steadiness.drift.change;
  found.change_bound = std::max(std::fabs(steadiness.drift.interval.low), std::fabs(steadiness.drift.interval.high));
  return found;
}

void soften_unsteady(const SteadyState& steady, const Batches& batches, std::span<JudgedTarget> targets) {
  if (steady.is_steady()) return;
  for (auto& j : targets) {
    if (!is_latency(j.target)) continue;
    const auto* times = batches.times(source_of(j.target.metric));
    if (j.verdict == Verdict::kPass && !stays_within(j, times, steady.change_bound)) {
      j.verdict = Verdict::kInconclusive;
      j.reason = format("{}: the target was met, but may not be for much longer; run it longer", why(steady));
    } else if (j.verdict == Verdict::kFail && !both_halves_miss(j, times)) {
      j.verdict = Verdict::kInconclusive;
      j.reason = format("{}, and only a part of it missed the target: run it longer, or with a longer warm-up; {}",
                        why(steady), j.reason);
    }
  }
}

std::vector<result::Finding> describe(const SteadyState& steady) {
  std::vector<result::Finding> findings;
  if (steady.cut_seconds > 0)
    findings.push_back({"warm_up_cut", result::Severity::kNote,
                        format("The first {} were a warm-up and are left out of times and rates; counts are of the "
                               "whole time. With `warmup:` you decide yourself.",
                               show_quantity(steady.cut_seconds, Unit::kSeconds)),
                        false});
  if (!steady.is_steady())
    findings.push_back({"not_steady", result::Severity::kWarning,
                        format("Not steady: {}. A target on latency is called met only where the level would have to "
                               "change by as much again to miss it, and missed only where both halves miss it.",
                               why(steady)),
                        false});
  return findings;
}

}  // namespace loadstone::analysis

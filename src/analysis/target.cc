#include "analysis/target.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "analysis/exceedance.h"
#include "analysis/summary.h"
#include "base/format.h"
#include "base/units.h"

namespace loadstone::analysis {
namespace {

using metric::Comparison;
using metric::Statistic;
using metric::Target;
using result::JudgedTarget;
using result::Verdict;
using Obstacle = ExceedanceDecision::Obstacle;

// From p99 on, a stall of this length is reckoned with even if none was seen.
constexpr double kStallToExpect = 0.1;
constexpr double kFromQuantile = 0.99;
// An open load that offers less than this over the limit cannot show that the service holds the limit.
constexpr double kOfferedOver = 1.02;
constexpr double kTooLong = 1000;

// What one way of looking at a target says.
struct Opinion {
  Verdict verdict = Verdict::kInconclusive;
  std::string reason;
};

bool is_upper(const Target& t) { return t.comparison == Comparison::kLess || t.comparison == Comparison::kLessOrEqual; }
bool is_lower(const Target& t) {
  return t.comparison == Comparison::kGreater || t.comparison == Comparison::kGreaterOrEqual;
}

std::string without_lag(const std::string& family) { return family + "_without_lag"; }

std::string run_longer(double more, double seconds) {
  if (!(more < kTooLong)) return "too near the limit to be decided by running longer";
  // Rounded up to two figures: it is an estimate.
  const double step = std::pow(10.0, std::floor(std::log10(more * seconds)) - 1);
  const double longer = std::ceil(more * seconds / step - 1e-9) * step;
  return format("run it about {:.1f} times as long ({})", more, show_quantity(longer, Unit::kSeconds));
}

Opinion by_interval(const Target& target, const stats::Interval& interval) {
  const auto certain = [&](double best, double worst) {
    if (metric::holds(worst, target.comparison, target.limit)) return Verdict::kPass;
    return metric::holds(best, target.comparison, target.limit) ? Verdict::kInconclusive : Verdict::kFail;
  };
  if (is_upper(target)) return {certain(interval.low, interval.high), {}};
  return {certain(interval.high, interval.low), {}};
}

Verdict exact(const Target& target, double value) {
  return metric::holds(value, target.comparison, target.limit) ? Verdict::kPass : Verdict::kFail;
}

class Judge {
 public:
  Judge(const Evidence& evidence, std::size_t index)
      : e_(evidence),
        index_(index),
        target_(evidence.plan.targets[index]),
        metric_(target_.metric),
        source_(source_of(metric_)) {}

  JudgedTarget judge() {
    judged_.target = target_;
    judged_.value = value();
    const Opinion opinion = opine();
    judged_.verdict = opinion.verdict;
    judged_.reason = opinion.reason;
    soften();
    return std::move(judged_);
  }

 private:
  [[nodiscard]] std::optional<double> value() const {
    if (metric_.statistic != Statistic::kNone) {
      const auto* times = e_.tally.times(source_);
      if (times == nullptr) return std::nullopt;
      return statistic_of(*times, metric_.statistic, metric_.quantile);
    }
    if (const auto found = e_.metrics.find(metric_.name); found != e_.metrics.end()) return found->second;
    if (metric_.family.starts_with("status.") && e_.metrics.contains("requests")) return 0;
    return std::nullopt;
  }

  Opinion opine() {
    const bool has_counters = metric::is_exceedance(target_) && index_ < e_.tally.exceedances.size() &&
                              e_.tally.exceedances[index_].count > 0;
    if (has_counters) return by_counters();
    if (!judged_.value) return {Verdict::kInconclusive, format("no {} was measured in this scenario", metric_.name)};
    if (target_.comparison == Comparison::kEqual || metric_.scope == metric::Scope::kCensus)
      return {exact(target_, *judged_.value), {}};
    if (metric_.statistic != Statistic::kNone) return by_times();
    if (metric_.unit == Unit::kPerSecond) return by_rate();
    return {exact(target_, *judged_.value), {}};
  }

  // How few requests are made slow by the smallest stall that is to be reckoned with.
  [[nodiscard]] double smallest_group(double size) const {
    if (metric_.quantile < kFromQuantile) return 1;
    // In a closed loop no more than the users can be waiting at once: a bound, not an assumption.
    const auto users = std::max(e_.tally.most_in_flight, e_.tally.most_connections);
    if (e_.plan.closed_loop && users > 0) return static_cast<double>(users);
    return e_.measured_seconds > 0 ? std::max(1.0, size / e_.measured_seconds * kStallToExpect) : 1;
  }

  // The parts of the evidence that come from the recorded times of the batches.
  void add_bulk(ExceedanceEvidence& x, const BatchTimes& times, const stats::Histogram& all) const {
    x.allowed = 1 - metric_.quantile;
    x.quantile = times.above(all.quantile(metric_.quantile));
    x.median = times.above(all.quantile(0.5));
    for (const double q : times.quantiles(metric_.quantile)) x.log_quantiles.push_back(std::log(std::max(q, 1e-9)));
    x.log_limit = std::log(std::max(target_.limit, 1e-9));
  }

  ExceedanceDecision decide_counters(bool lag_taken_off) const {
    ExceedanceEvidence x;
    x.allowed = 1 - metric_.quantile;
    x.limit = e_.batches.above(index_, lag_taken_off);
    x.spread = e_.batches.spread(index_, lag_taken_off);
    x.smallest_group = smallest_group(static_cast<double>(e_.tally.exceedances[index_].count));
    const std::string family = lag_taken_off && e_.tally.times(without_lag(source_)) ? without_lag(source_) : source_;
    const auto* all = e_.tally.times(family);
    const auto* times = e_.batches.times(family);
    if (all != nullptr && times != nullptr) add_bulk(x, *times, *all);
    return decide(x);
  }

  Opinion by_counters() {
    const auto with_lag = decide_counters(false);
    const auto own = decide_counters(true);
    put_quantile_interval(with_lag.far_from_bulk);
    const auto& seen = e_.tally.exceedances[index_];
    return bracket({with_lag.verdict, explain(with_lag)}, {own.verdict, explain(own)}, [&] {
      return format("{} of {} requests took longer than {}, but only {} without the generator's own lag",
                    show_count(seen.above), show_count(seen.count), show_quantity(target_.limit, Unit::kSeconds),
                    show_count(seen.above_without_lag));
    });
  }

  // A pass must hold and a miss must be missed with the generator's lag and without it; where the two disagree the
  // generator is what decided.
  template <class Explain>
  static Opinion bracket(const Opinion& with_lag, const Opinion& own, const Explain& explain) {
    if (with_lag.verdict == own.verdict) return with_lag;
    const auto either = [&](Verdict v) { return with_lag.verdict == v || own.verdict == v; };
    if (either(Verdict::kFail)) return {Verdict::kInvalid, explain()};
    return with_lag.verdict == Verdict::kInconclusive ? with_lag : own;
  }

  [[nodiscard]] std::string explain(const ExceedanceDecision& d) const {
    if (d.verdict == Verdict::kPass) return {};
    const std::string seen =
        format("{} of {} took longer than {} ({:.3g} % of them; {:.3g} to {:.3g} % by the 95 % interval, {:.3g} % may)",
               show_count(static_cast<std::uint64_t>(std::llround(d.share * d.size))),
               show_count(static_cast<std::uint64_t>(d.size)), show_quantity(target_.limit, Unit::kSeconds),
               100 * d.share, 100 * d.interval.low, 100 * d.interval.high, 100 * (1 - metric_.quantile));
    if (d.verdict == Verdict::kFail) return seen;
    switch (d.obstacle) {
      case Obstacle::kFewBatches:
        return format("measured for {}, in which too few stretches of time with requests can be told apart: {}",
                      show_quantity(e_.measured_seconds, Unit::kSeconds), run_longer(d.more, e_.measured_seconds));
      case Obstacle::kStalls:
        return format("{}; stalls that would make more of them slow could have been missed in so short a time: {}",
                      seen, run_longer(d.more, e_.measured_seconds));
      case Obstacle::kInterval:
      case Obstacle::kNone:
        break;
    }
    return format("{}: {}", seen, run_longer(d.more, e_.measured_seconds));
  }

  // Times other than by exact counters: from the histograms of the batches.
  Opinion by_times() {
    // Times are above zero: that they are needs no statistics.
    if (is_lower(target_) && target_.limit <= 0) return {exact(target_, *judged_.value), {}};
    const Opinion with_lag = by_batches(source_, true);
    if (metric_.family != "latency" || e_.tally.times(without_lag(source_)) == nullptr) return with_lag;
    return bracket(with_lag, by_batches(without_lag(source_), false), [&] {
      const double own = statistic_of(*e_.tally.times(without_lag(source_)), metric_.statistic, metric_.quantile);
      return format("{} with the generator's own lag, {} without it", show_quantity(*judged_.value, metric_.unit),
                    show_quantity(own, metric_.unit));
    });
  }

  Opinion by_batches(const std::string& family, bool keep_interval) {
    const auto* all = e_.tally.times(family);
    const auto* times = e_.batches.times(family);
    const double seen = statistic_of(*all, metric_.statistic, metric_.quantile);
    switch (metric_.statistic) {
      case Statistic::kQuantile:
        return by_quantile(*times, *all, keep_interval);
      case Statistic::kMean:
      case Statistic::kStddev: {
        const auto interval =
            metric_.statistic == Statistic::kMean ? mean_interval(*times) : deviation_interval(*times);
        if (!interval) return {Verdict::kInconclusive, "measured in too few stretches of time: run it longer"};
        if (keep_interval) put(*interval);
        Opinion o = by_interval(target_, *interval);
        if (o.verdict != Verdict::kPass) o.reason = interval_text(*interval);
        return o;
      }
      case Statistic::kMin:
      case Statistic::kMax:
      case Statistic::kNone:
        break;
    }
    return {exact(target_, seen), {}};
  }

  Opinion by_quantile(const BatchTimes& times, const stats::Histogram& all, bool keep_interval) {
    ExceedanceEvidence x;
    add_bulk(x, times, all);
    x.limit = times.above(target_.limit);
    x.smallest_group = smallest_group(static_cast<double>(all.count()));
    if (is_lower(target_)) {
      // p50 > L asks whether fewer than half are at or below L: the same question from the other side.
      x.allowed = metric_.quantile;
      x.smallest_group = 1;
      for (auto& c : x.limit) c.total = c.size - c.total;
      for (auto& q : x.log_quantiles) q = -q;
      x.log_limit = -x.log_limit;
    }
    double above = 0;
    for (const auto& c : x.limit) {
      x.spread.add(c.total);
      above += c.total;
    }
    const bool are_events = x.limit.size() < kFewestBatches && metric_.group != metric::Group::kHttp;
    const auto d = are_events ? decide_events(x.allowed, static_cast<double>(all.count()), above) : decide(x);
    if (keep_interval && !are_events) put_quantile_interval(d.far_from_bulk);
    if (d.verdict == Verdict::kPass) return {d.verdict, {}};
    if (!is_lower(target_)) return {d.verdict, explain(d)};
    std::string reason =
        format("{:.3g} % were not longer than {}", 100 * d.share, show_quantity(target_.limit, metric_.unit));
    if (d.verdict == Verdict::kInconclusive) reason += ": " + run_longer(d.more, e_.measured_seconds);
    return {d.verdict, std::move(reason)};
  }

  static std::optional<stats::Interval> mean_interval(const BatchTimes& times) {
    const auto sums = times.sums();
    if (sums.size() < kFewestBatches) return std::nullopt;
    return stats::ratio_interval(sums);
  }

  // Delete-one-batch jackknife with Student's quantile.
  static std::optional<stats::Interval> deviation_interval(const BatchTimes& times) {
    const auto moments = times.moments();
    const auto batches = static_cast<double>(moments.size());
    if (moments.size() < kFewestBatches) return std::nullopt;
    BatchTimes::Moments all;
    for (const auto& m : moments) all = {all.count + m.count, all.sum + m.sum, all.squares + m.squares};
    const auto deviation = [](double n, double sum, double squares) {
      return n > 0 ? std::sqrt(std::max(0.0, squares / n - sum / n * sum / n)) : 0;
    };
    const double whole = deviation(all.count, all.sum, all.squares);
    double sum = 0, squares = 0;
    for (const auto& m : moments) {
      const double left = deviation(all.count - m.count, all.sum - m.sum, all.squares - m.squares);
      sum += left;
      squares += left * left;
    }
    const double variance = (batches - 1) / batches * std::max(0.0, squares - sum * sum / batches);
    const double half = stats::student_quantile(batches - 1, 0.975) * std::sqrt(variance);
    return stats::Interval{std::max(0.0, whole - half), whole + half};
  }

  Opinion by_rate() {
    // rate counts what completed; broadcast.rate what was delivered.
    std::string counter = metric_.name == "broadcast.rate" ? "broadcast.delivered" : "completed";
    if (!metric_.step.empty()) {
      const std::string prefix = format("step.{}.", metric_.step);
      counter = prefix + (e_.tally.counters.contains(prefix + "completed") ? "completed" : "requests");
    }
    const auto batches = e_.batches.per_second(counter);
    if (batches.size() < 3) return {Verdict::kInconclusive, "measured in too few stretches of time: run it longer"};
    auto interval = stats::ratio_interval(batches);
    interval.low = std::max(0.0, interval.low);
    put(interval);
    const double offered = e_.plan.offered_per_second;
    if (is_lower(target_) && metric_.step.empty() && !e_.plan.closed_loop && offered > 0 && metric_.name == "rate" &&
        offered < kOfferedOver * target_.limit)
      return {Verdict::kInconclusive,
              format("offered were {}: too little to show more than {}; offer at least {}",
                     show_quantity(offered, metric_.unit), show_quantity(target_.limit, metric_.unit),
                     show_quantity(kOfferedOver * target_.limit, metric_.unit))};
    Opinion o = by_interval(target_, interval);
    if (o.verdict != Verdict::kPass) o.reason = interval_text(interval);
    return o;
  }

  [[nodiscard]] std::string interval_text(const stats::Interval& interval) const {
    const double half = (interval.high - interval.low) / 2;
    const double away = std::fabs(*judged_.value - target_.limit);
    std::string text = format("{} to {} by the 95 % interval", show_quantity(interval.low, metric_.unit),
                              show_quantity(interval.high, metric_.unit));
    if (metric::holds(interval.low, target_.comparison, target_.limit) !=
        metric::holds(interval.high, target_.comparison, target_.limit))
      text += ": " + run_longer(away > 0 ? 1.1 * (half / away) * (half / away) : kTooLong, e_.measured_seconds);
    return text;
  }

  void put(const stats::Interval& interval) {
    judged_.low = interval.low;
    judged_.high = interval.high;
  }

  // The same test turned round: the values at which it would not have decided.
  void put_quantile_interval(bool at_limit_only) {
    const auto* all = e_.tally.times(source_);
    const auto* times = e_.batches.times(source_);
    if (all == nullptr || times == nullptr) return;
    const double allowed = 1 - metric_.quantile;
    const double bulk = at_limit_only ? 1
                                      : std::max(stats::design_effect(times->above(all->quantile(metric_.quantile))),
                                                 stats::design_effect(times->above(all->quantile(0.5))));
    const auto interval_at = [&](double x) {
      const auto clusters = times->above(x);
      const double effect = std::max(bulk, stats::design_effect(clusters));
      return stats::share_interval(stats::ratio(clusters),
                                   stats::effective_size(static_cast<double>(all->count()), effect, clusters.size()));
    };
    if (times->above(0).size() < kFewestBatches) return;
    const auto buckets = all->buckets();
    const auto low = std::partition_point(buckets.begin(), buckets.end(),
                                          [&](const auto& b) { return interval_at(b.upper).low > allowed; });
    const auto high = std::partition_point(buckets.begin(), buckets.end(),
                                           [&](const auto& b) { return interval_at(b.upper).high >= allowed; });
    // The last bucket's upper end may lie above the longest time that was seen.
    if (low != buckets.end()) judged_.low = std::min(low->upper, all->max());
    if (high != buckets.end()) judged_.high = std::min(high->upper, all->max());
  }

  // Misses that the circumstances may have made.
  void soften() {
    if (judged_.verdict != Verdict::kFail) return;
    const bool is_count = metric_.scope == metric::Scope::kCensus && metric_.unit != Unit::kRatio;
    if (e_.cut_short && is_count && is_lower(target_)) {
      judged_.verdict = Verdict::kInconclusive;
      judged_.reason = "the scenario was cut short";
    } else if (e_.noisy_host && is_latency(target_) && is_upper(target_) &&
               judged_.value.value_or(0) < 2 * target_.limit && judged_.value.value_or(0) > 0) {
      judged_.verdict = Verdict::kInconclusive;
      judged_.reason += "; the machine's host took much of its time: repeat it on a quiet one";
    }
  }

  const Evidence& e_;
  std::size_t index_;
  const Target& target_;
  const metric::Metric& metric_;
  std::string source_;
  JudgedTarget judged_;
};

}  // namespace

JudgedTarget judge_target(const Evidence& evidence, std::size_t index) { return Judge(evidence, index).judge(); }

std::vector<std::string> families_needed(const result::PlannedScenario& plan) {
  std::vector<std::string> families;
  for (const auto& t : plan.targets) {
    if (t.metric.statistic == Statistic::kNone) continue;
    families.push_back(source_of(t.metric));
    if (is_latency(t)) families.push_back(without_lag(source_of(t.metric)));
  }
  std::sort(families.begin(), families.end());
  families.erase(std::unique(families.begin(), families.end()), families.end());
  return families;
}

bool is_latency(const Target& target) { return target.metric.family == "latency"; }

}  // namespace loadstone::analysis

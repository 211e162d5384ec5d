#include "compare/saved.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>

#include "base/format.h"
#include "base/units.h"
#include "stats/estimate.h"
#include "stats/occasions.h"
#include "stats/sequential.h"
#include "stats/trend.h"

namespace loadstone::compare {
namespace {

constexpr std::string_view kUseLive = "`loadstone compare --live OLD NEW` would tell";
// A machine that differs in one of these is another machine.
constexpr std::array<const char*, 7> kGatingFields{"cpu",       "cores",        "memory",  "kernel",
                                                   "cpu_limit", "memory_limit", "governor"};
// An interleaved comparison has both orders, each in at least this share of the pairs.
constexpr double kLeastOfAnOrder = 0.25;

// Times are recorded to a tenth of a per cent; occasions cannot be known to differ by less.
constexpr double kRecordedTo = 0.001;

double at_least_tiny(double value) { return std::max(value, 1e-12); }

// One occasion: means of the logarithms over its results.
struct Occasion {
  double started_at = 0;
  std::map<std::string, double> logs;
  Events errors;
};

std::vector<Occasion> occasions_of(std::vector<Observation> observations) {
  std::sort(observations.begin(), observations.end(),
            [](const Observation& a, const Observation& b) { return a.started_at < b.started_at; });
  std::vector<Occasion> occasions;
  for (std::size_t i = 0; i < observations.size();) {
    Occasion occasion;
    occasion.started_at = observations[i].started_at;
    std::map<std::string, int> counts;
    std::size_t j = i;
    for (; j < observations.size() && observations[j].started_at - observations[i].started_at <= kOccasionSeconds;
         ++j) {
      for (const auto& [metric, value] : observations[j].values) {
        occasion.logs[metric] += std::log(at_least_tiny(value));
        ++counts[metric];
      }
      occasion.errors.events += observations[j].errors.events;
      occasion.errors.size += observations[j].errors.size;
    }
    for (auto& [metric, sum] : occasion.logs) sum /= counts[metric];
    occasions.push_back(std::move(occasion));
    i = j;
  }
  return occasions;
}

// Pairs of one of A and one of B that follow each other in time, in both orders; empty when the results were not made
// so.
std::vector<Pair> interleaved_pairs(std::span<const Observation> a, std::span<const Observation> b) {
  struct Made {
    const Observation* observation;
    bool is_b;
  };
  std::vector<Made> made;
  for (const auto& o : a) made.push_back({&o, false});
  for (const auto& o : b) made.push_back({&o, true});
  std::sort(made.begin(), made.end(),
            [](const Made& x, const Made& y) { return x.observation->started_at < y.observation->started_at; });
  if (made.size() % 2 != 0 || made.size() < 2 * stats::kFewestPairs) return {};
  std::vector<Pair> pairs;
  std::size_t b_first = 0;
  for (std::size_t i = 0; i < made.size(); i += 2) {
    const Made &x = made[i], &y = made[i + 1];
    if (x.is_b == y.is_b) return {};
    b_first += x.is_b ? 1 : 0;
    const Observation& of_a = *(x.is_b ? y : x).observation;
    const Observation& of_b = *(x.is_b ? x : y).observation;
    Pair pair;
    pair.a_errors = of_a.errors;
    pair.b_errors = of_b.errors;
    pair.a = of_a.values;
    pair.b = of_b.values;
    for (const auto& [metric, value] : of_a.values)
      if (const auto other = of_b.values.find(metric); other != of_b.values.end() && value > 0 && other->second > 0)
        pair.log_ratio[metric] = std::log(other->second / value);
    pairs.push_back(std::move(pair));
  }
  const double share = static_cast<double>(b_first) / static_cast<double>(pairs.size());
  return std::min(share, 1 - share) >= kLeastOfAnOrder ? pairs : std::vector<Pair>{};
}

// The share of errors, and what counting alone makes of its deviation.
struct ErrorShares {
  std::vector<double> shares;
  double counting_error = 0;
  Events all;
};

ErrorShares error_shares(const std::vector<Occasion>& occasions) {
  ErrorShares found;
  for (const auto& o : occasions) {
    if (o.errors.size == 0) continue;
    found.shares.push_back(static_cast<double>(o.errors.events) / static_cast<double>(o.errors.size));
    found.all.events += o.errors.events;
    found.all.size += o.errors.size;
  }
  if (found.shares.empty()) return found;
  const double p = (static_cast<double>(found.all.events) + 1) / (static_cast<double>(found.all.size) + 2);
  const double each = static_cast<double>(found.all.size) / static_cast<double>(found.shares.size());
  found.counting_error = std::sqrt(p * (1 - p) / each);
  return found;
}

MetricChange start(const ComparedMetric& metric, const Margins& margins) {
  MetricChange c;
  c.metric = metric.name;
  c.gates = metric.gates;
  const auto own = margins.find(metric.name);
  c.margin = own == margins.end() ? metric.margin : own->second;
  return c;
}

std::string cannot_resolve(const MetricChange& c, bool is_share) {
  return format("these occasions cannot resolve less than {}; {}",
                is_share ? format("{:.2g} points", 100 * *c.smallest) : format("{:.2g} %", 100 * *c.smallest),
                kUseLive);
}

// What the canary says that bears on a metric: how long things took, or how much processor time. Of throughput it says
// nothing.
const char* canary_of(const ComparedMetric& metric) {
  if (metric.name == "service.cpu.per_request") return kCanaryCpu;
  return metric.unit == Unit::kSeconds ? kCanaryTime : "";
}

std::vector<OccasionValue> values_of(const std::vector<Occasion>& occasions, const ComparedMetric& metric) {
  std::vector<OccasionValue> values;
  for (const auto& o : occasions) {
    const auto found = o.logs.find(std::string(metric.name));
    if (found == o.logs.end()) continue;
    OccasionValue value{o.started_at, found->second, std::nullopt};
    if (const auto canary = o.logs.find(canary_of(metric)); canary != o.logs.end()) value.canary = canary->second;
    values.push_back(value);
  }
  return values;
}

// One new occasion against several earlier ones.
std::vector<MetricChange> by_prediction(const std::vector<Occasion>& a, const Occasion& b, const Margins& margins) {
  std::vector<MetricChange> metrics;
  for (const auto& metric : compared_metrics()) {
    MetricChange c = start(metric, margins);
    std::vector<double> earlier;
    double value = 0, least = kRecordedTo;
    double of_machine = 0;  // what was taken out of the new value
    if (metric.is_share) {
      const auto of_a = error_shares(a);
      if (b.errors.size == 0) continue;
      earlier = of_a.shares;
      least = of_a.counting_error;
      value = static_cast<double>(b.errors.events) / static_cast<double>(b.errors.size);
    } else {
      const auto now = values_of({b}, metric);
      if (now.empty()) continue;
      value = now.front().log_value;
      auto values = values_of(a, metric);
      if (now.front().canary && take_out_machine(values)) {
        value -= *now.front().canary;
        of_machine = *now.front().canary;
      }
      for (const auto& v : values) earlier.push_back(v.log_value);
    }
    c.count = earlier.size();
    if (earlier.size() < 2) continue;
    const double sign = metric.lower_is_worse ? -1 : 1;
    for (double& v : earlier) v *= sign;
    const auto p = stats::predict(earlier, sign * value, stats::kSingleLevel, least);
    const auto shown = [&](double v) { return metric.is_share ? v : std::expm1(v); };
    // A on the machine as it is now.
    c.a = metric.is_share ? p.mean : std::exp(sign * p.mean + of_machine);
    c.b = metric.is_share ? value : std::exp(value + of_machine);
    c.by_canary = of_machine != 0;
    c.effect = shown(p.difference);
    c.interval = {shown(p.difference_range.low), shown(p.difference_range.high)};
    c.smallest = shown(p.smallest);
    if (earlier.size() >= stats::kFewestOccasions) {
      c.p = p.p_above;
      c.reason = cannot_resolve(c, metric.is_share);
    } else {
      c.interval = MetricChange{}.interval;
      c.reason = format("{} earlier occasions; {} are needed to know how much occasions differ", earlier.size(),
                        stats::kFewestOccasions);
    }
    metrics.push_back(std::move(c));
  }
  decide_all(metrics, stats::kSingleLevel);
  return metrics;
}

// Shown, never decided.
std::vector<MetricChange> side_by_side(const std::vector<Occasion>& a, const std::vector<Occasion>& b,
                                       const Margins& margins) {
  std::vector<MetricChange> metrics;
  const auto mean_log = [](const std::vector<Occasion>& occasions, const std::string& metric) -> std::optional<double> {
    std::vector<double> logs;
    for (const auto& o : occasions)
      if (const auto found = o.logs.find(metric); found != o.logs.end()) logs.push_back(found->second);
    if (logs.empty()) return std::nullopt;
    return stats::mean(logs);
  };
  for (const auto& metric : compared_metrics()) {
    MetricChange c = start(metric, margins);
    c.count = a.size();
    if (metric.is_share) {
      const auto of_a = error_shares(a), of_b = error_shares(b);
      if (of_a.all.size == 0 || of_b.all.size == 0) continue;
      c.a = static_cast<double>(of_a.all.events) / static_cast<double>(of_a.all.size);
      c.b = static_cast<double>(of_b.all.events) / static_cast<double>(of_b.all.size);
      c.effect = *c.b - *c.a;
    } else {
      const auto of_a = mean_log(a, c.metric), of_b = mean_log(b, c.metric);
      if (!of_a || !of_b) continue;
      c.a = std::exp(*of_a);
      c.b = std::exp(*of_b);
      c.effect = std::expm1(metric.lower_is_worse ? *of_a - *of_b : *of_b - *of_a);
    }
    metrics.push_back(std::move(c));
  }
  return metrics;
}

}  // namespace

std::map<std::string, Observation> observe(const result::RunResult& run) {
  std::map<std::string, Observation> observed;
  for (const auto& s : run.scenarios) {
    if (s.measured_seconds <= 0) continue;
    Observation o;
    o.started_at = run.run.started_at;
    o.plan = s.plan;
    o.environment = run.run.environment;
    o.is_valid = s.verdict != result::Verdict::kInvalid && !s.interrupted;
    for (const auto& metric : compared_metrics()) {
      if (metric.is_share) continue;
      const auto found = s.metrics.find(std::string(metric.name));
      if (found != s.metrics.end() && found->second > 0) o.values[std::string(metric.name)] = found->second;
    }
    const auto metric = [&](const char* name) {
      const auto found = s.metrics.find(name);
      return found == s.metrics.end() ? 0.0 : found->second;
    };
    if (const double cpu = metric("service.cpu.mean"), requests = metric("requests");
        cpu > 0 && requests > 0 && !o.values.contains("service.cpu.per_request"))
      o.values["service.cpu.per_request"] = cpu * s.measured_seconds / requests;
    for (const char* field : {kCanaryTime, kCanaryCpu})
      if (const auto heard = o.environment.find(field); heard != o.environment.end())
        if (const double seconds = std::strtod(heard->second.c_str(), nullptr); seconds > 0 && std::isfinite(seconds))
          o.values[field] = seconds;
    const double lost = metric("dropped") + metric("unfinished");
    o.errors = {static_cast<std::uint64_t>(metric("failures") + lost),
                static_cast<std::uint64_t>(metric("requests") + lost)};
    observed.emplace(s.name, std::move(o));
  }
  return observed;
}

std::string difference(const std::map<std::string, std::string>& a, const std::map<std::string, std::string>& b) {
  std::string text;
  for (const char* field : kGatingFields) {
    const auto of = [&](const std::map<std::string, std::string>& environment) {
      const auto found = environment.find(field);
      return found == environment.end() ? std::string() : found->second;
    };
    if (of(a) != of(b))
      text += format("{}{}: {} and {}", text.empty() ? "" : "; ", field, of(a).empty() ? "unknown" : of(a),
                     of(b).empty() ? "unknown" : of(b));
  }
  return text;
}

std::vector<OccasionValue> occasion_values(std::span<const Observation> observations, const std::string& metric) {
  const auto* known = compared_metric(metric);
  if (known == nullptr) return {};
  return values_of(occasions_of({observations.begin(), observations.end()}), *known);
}

bool take_out_machine(std::vector<OccasionValue>& values) {
  std::vector<OccasionValue> without;
  std::vector<double> plain, less;
  for (const auto& v : values) {
    if (!v.canary) continue;
    without.push_back({v.started_at, v.log_value - *v.canary, v.canary});
    plain.push_back(v.log_value);
    less.push_back(without.back().log_value);
  }
  if (plain.size() < kFewestWithCanary) return false;
  if (stats::deviation(less) > kWorthListening * stats::deviation(plain)) return false;
  values = std::move(without);
  return true;
}

ScenarioChange compare_scenario(const std::string& name, std::span<const Observation> all_a,
                                std::span<const Observation> all_b, const Margins& margins) {
  ScenarioChange change;
  change.name = name;
  const auto valid = [&](std::span<const Observation> all, const char* side) {
    std::vector<Observation> kept;
    for (const auto& o : all)
      if (o.is_valid) kept.push_back(o);
    if (kept.size() < all.size())
      change.notes.push_back(format("{} of {} results of {} are left out: invalid or cut short",
                                    all.size() - kept.size(), all.size(), side));
    return kept;
  };
  auto a = valid(all_a, "A"), b = valid(all_b, "B");
  if (a.empty() || b.empty()) {
    change.verdict = Verdict::kInvalid;
    change.notes.push_back(format("no valid result of {}", a.empty() ? "A" : "B"));
    return change;
  }

  // What was measured elsewhere or under another load is shown, but cannot be judged.
  std::string unlike;
  for (const auto* side : {&a, &b})
    for (const auto& o : *side) {
      if (o.plan != b.front().plan)
        unlike = format("the loads differ: '{}' and '{}'", o.plan, b.front().plan);
      else if (const auto machines = difference(o.environment, b.front().environment); !machines.empty())
        unlike = "the machines differ: " + machines;
    }

  change.level = stats::kSingleLevel;
  const auto pairs = interleaved_pairs(a, b);
  if (unlike.empty() && !pairs.empty()) {
    change.design = Design::kInterleaved;
    change.metrics = judge_pairs(pairs, stats::kSingleLevel, margins);
    change.verdict = verdict_of(change.metrics);
    return change;
  }
  const auto occasions_a = occasions_of(std::move(a)), occasions_b = occasions_of(std::move(b));
  if (unlike.empty() && occasions_a.size() >= stats::kFewestOccasions) {
    change.design = Design::kOccasions;
    if (occasions_b.size() > 1)
      change.notes.push_back(format("of {} occasions of B the last is judged", occasions_b.size()));
    change.metrics = by_prediction(occasions_a, occasions_b.back(), margins);
    std::string heard;
    for (const auto& m : change.metrics)
      if (m.by_canary) heard += (heard.empty() ? "" : ", ") + m.metric;
    if (!heard.empty())
      change.notes.push_back(format("by the canary, A is shown as it would be on the machine as it is now: {}", heard));
    change.verdict = verdict_of(change.metrics);
    return change;
  }
  change.design = Design::kSingle;
  change.metrics = side_by_side(occasions_a, occasions_b, margins);
  change.verdict = Verdict::kInconclusive;
  if (!unlike.empty())
    change.notes.push_back(unlike);
  else
    change.notes.push_back(
        format("A was measured on {}; {} are needed to know how much occasions differ, or pairs in turns "
               "(ABBA…, at least {}); {}",
               occasions_a.size() == 1 ? "one occasion" : format("{} occasions", occasions_a.size()),
               stats::kFewestOccasions, stats::kFewestPairs, kUseLive));
  return change;
}

Comparison compare_saved(std::span<const std::map<std::string, Observation>> a,
                         std::span<const std::map<std::string, Observation>> b, const Margins& margins) {
  Comparison comparison;
  std::map<std::string, std::vector<Observation>> by_name_a, by_name_b;
  for (const auto& run : a)
    for (const auto& [name, o] : run) by_name_a[name].push_back(o);
  for (const auto& run : b)
    for (const auto& [name, o] : run) by_name_b[name].push_back(o);
  for (const auto& [name, of_a] : by_name_a) {
    const auto of_b = by_name_b.find(name);
    if (of_b == by_name_b.end()) {
      comparison.notes.push_back(format("{} is only in A", name));
      continue;
    }
    comparison.scenarios.push_back(compare_scenario(name, of_a, of_b->second, margins));
  }
  for (const auto& [name, of_b] : by_name_b)
    if (!by_name_a.contains(name)) comparison.notes.push_back(format("{} is only in B", name));
  comparison.verdict = comparison.scenarios.empty() ? Verdict::kInvalid : Verdict::kImproved;
  for (const auto& s : comparison.scenarios) comparison.verdict = worse(comparison.verdict, s.verdict);
  if (comparison.scenarios.empty()) comparison.notes.emplace_back("A and B have no scenario in common");
  return comparison;
}

}  // namespace loadstone::compare

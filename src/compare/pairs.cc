#include "compare/pairs.h"

#include <algorithm>
#include <cmath>

#include "base/format.h"
#include "stats/occasions.h"
#include "stats/sequential.h"
#include "stats/signed_rank.h"
#include "stats/trend.h"

namespace loadstone::compare {
namespace {

// Differences that resemble their neighbours are worth fewer: adjacent ones are averaged; with more than this, even
// that is no test any more.
constexpr double kAlike = 0.3;
constexpr double kTooAlike = 0.5;

// An effect on a scale of logarithms becomes one in per cent.
double relative(double log_effect) { return std::expm1(log_effect); }

std::vector<double> values_of(std::span<const Pair> pairs, const std::string& metric,
                              std::map<std::string, double> Pair::* side) {
  std::vector<double> values;
  for (const auto& p : pairs)
    if (const auto found = (p.*side).find(metric); found != (p.*side).end()) values.push_back(found->second);
  return values;
}

std::vector<double> averaged_in_twos(const std::vector<double>& d) {
  std::vector<double> halved;
  for (std::size_t i = 0; i + 1 < d.size(); i += 2) halved.push_back((d[i] + d[i + 1]) / 2);
  return halved;
}

std::string more_pairs(double margin, double deviation, std::size_t have) {
  const double needed = stats::pairs_for(margin, deviation);
  if (needed <= static_cast<double>(have)) return "too near the margin to be decided by this many pairs";
  return format("about {:.0f} pairs would tell", needed);
}

// Where something moves slower than the pairs, their number says little. Then the next pair is asked for: it must be
// predicted on one side, which only an effect far larger than the movement makes it.
void judge_next(const std::vector<double>& d, double level, MetricChange& c) {
  const auto next = stats::predict_next(d);
  const auto range = stats::next_value(d, 1 - level);
  c.p = next.probability_below(0);
  c.interval = {relative(range.low), relative(range.high)};
  c.smallest = relative((range.high - range.low) / 2);
  c.reason = "neighbouring pairs are alike, so something moves slower than they do: only a large effect could be told";
}

MetricChange judge_ratio(std::span<const Pair> pairs, const ComparedMetric& metric, double margin, double level) {
  MetricChange c;
  c.metric = metric.name;
  c.gates = metric.gates;
  c.margin = margin;
  std::vector<double> d;
  for (const auto& p : pairs)
    if (const auto found = p.log_ratio.find(c.metric); found != p.log_ratio.end())
      d.push_back(metric.lower_is_worse ? -found->second : found->second);
  const auto of_a = values_of(pairs, c.metric, &Pair::a), of_b = values_of(pairs, c.metric, &Pair::b);
  c.a = stats::median(of_a);
  c.b = stats::median(of_b);
  if (!of_a.empty() && !of_b.empty()) c.delta = (metric.lower_is_worse ? -1 : 1) * stats::cliffs_delta(of_a, of_b);
  c.count = d.size();
  c.effect = relative(stats::signed_rank(d).hodges_lehmann);
  if (d.size() < stats::kFewestPairs) {
    c.reason = format("{} pairs; at least {} are needed", d.size(), stats::kFewestPairs);
    return c;
  }
  const double alike = stats::lag_one_correlation(d);
  if (alike > kTooAlike || (alike > kAlike && d.size() / 2 < stats::kFewestPairs)) {
    judge_next(d, level, c);
    return c;
  }
  if (alike > kAlike) d = averaged_in_twos(d);
  c.count = d.size();
  const auto test = stats::signed_rank(d, level);
  c.effect = relative(test.hodges_lehmann);
  c.interval = {relative(test.interval.low), relative(test.interval.high)};
  c.p = test.p_above;
  const double deviation = stats::robust_deviation(d);
  c.smallest = stats::smallest_effect(deviation, static_cast<double>(d.size()));
  c.reason = more_pairs(margin, deviation, d.size());
  return c;
}

// Errors come in groups: a pair is a cluster, and counts are worth what independent ones would be.
Events effective(std::span<const Pair> pairs, Events Pair::* side, double& share, stats::Interval& range,
                 double level) {
  std::vector<stats::Cluster> clusters;
  Events all;
  for (const auto& p : pairs) {
    const Events& e = p.*side;
    if (e.size == 0) continue;
    clusters.push_back({static_cast<double>(e.size), static_cast<double>(e.events)});
    all.events += e.events;
    all.size += e.size;
  }
  if (all.size == 0) return {};
  const double effect = stats::design_effect(clusters);
  share = stats::ratio(clusters);
  range = stats::share_interval(share, static_cast<double>(all.size) / effect, 1 - 2 * level);
  return {static_cast<std::uint64_t>(static_cast<double>(all.events) / effect),
          static_cast<std::uint64_t>(static_cast<double>(all.size) / effect)};
}

MetricChange judge_share(std::span<const Pair> pairs, const ComparedMetric& metric, double margin, double level) {
  MetricChange c;
  c.metric = metric.name;
  c.gates = metric.gates;
  c.margin = margin;
  c.count = pairs.size();
  double a_share = 0, b_share = 0;
  stats::Interval a_range{0, 1}, b_range{0, 1};
  const Events a = effective(pairs, &Pair::a_errors, a_share, a_range, level);
  const Events b = effective(pairs, &Pair::b_errors, b_share, b_range, level);
  c.a = a_share;
  c.b = b_share;
  c.effect = b_share - a_share;
  // Wider than it need be, for both would have to be at their ends at once.
  c.interval = {b_range.low - a_range.high, b_range.high - a_range.low};
  c.smallest = c.interval.high - c.effect;
  c.reason = "too few requests to tell such a difference";
  if (pairs.size() < stats::kFewestPairs) {
    c.interval = MetricChange{}.interval;
    c.reason = format("{} pairs; at least {} are needed", pairs.size(), stats::kFewestPairs);
    return c;
  }
  c.p = stats::fisher_more_in_b(a.events, a.size, b.events, b.size);
  return c;
}

}  // namespace

Verdict decide(const MetricChange& c, double level, bool is_share) {
  // Half of the margin, on the scale the test works on.
  const double half = is_share ? c.margin / 2 : std::sqrt(1 + c.margin) - 1;
  // The interval is of one metric; that it lies beyond the margin is no regression without Holm's consent.
  if (c.p_raised <= level && c.effect >= half) return Verdict::kRegressed;
  if (c.interval.high < 0) return Verdict::kImproved;
  return c.interval.high < c.margin ? Verdict::kNotRegressed : Verdict::kInconclusive;
}

void decide_all(std::vector<MetricChange>& metrics, double level) {
  std::vector<double> p_values;
  for (const auto& m : metrics)
    if (m.gates) p_values.push_back(m.p);
  const auto raised = stats::holm(p_values);
  std::size_t gate = 0;
  for (auto& m : metrics) {
    m.p_raised = m.gates ? raised[gate++] : m.p;
    const auto* known = compared_metric(m.metric);
    const bool is_share = known != nullptr && known->is_share;
    // What has no test has no verdict, whatever its bounds.
    if (m.p < 1 || m.interval.high < m.margin) m.verdict = decide(m, level, is_share);
    if (m.verdict != Verdict::kInconclusive) m.reason.clear();
  }
}

std::vector<MetricChange> judge_pairs(std::span<const Pair> pairs, double level, const Margins& margins) {
  std::vector<MetricChange> metrics;
  for (const auto& metric : compared_metrics()) {
    const auto own = margins.find(metric.name);
    const double margin = own == margins.end() ? metric.margin : own->second;
    if (metric.is_share) {
      const bool any = std::any_of(pairs.begin(), pairs.end(), [](const Pair& p) { return p.a_errors.size > 0; });
      if (any) metrics.push_back(judge_share(pairs, metric, margin, level));
      continue;
    }
    const bool any = std::any_of(pairs.begin(), pairs.end(),
                                 [&](const Pair& p) { return p.log_ratio.contains(std::string(metric.name)); });
    if (any) metrics.push_back(judge_ratio(pairs, metric, margin, level));
  }
  decide_all(metrics, level);
  return metrics;
}

}  // namespace loadstone::compare

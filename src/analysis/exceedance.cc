#include "analysis/exceedance.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace loadstone::analysis {
namespace {

using result::Verdict;

// The normal approximations behind the interval need about ten expected exceedances to pass, five to fail.
constexpr double kExpectedToPass = 10;
constexpr double kExpectedToFail = 5;
// With this many groups of slow requests their rate is known well enough without the rule for rare ones.
constexpr double kManyGroups = 10;

double total_size(std::span<const stats::Cluster> clusters) {
  double size = 0;
  for (const auto& c : clusters) size += c.size;
  return size;
}

// The highest share of slow requests that would still show so few groups of them (compound Poisson).
double stall_bound(const ExceedanceEvidence& e, double size) {
  const double groups = e.spread.groups();
  const double seen_size = groups > 0 ? e.spread.events() / groups : 1;
  const double doubt = groups > 0 ? 1 + 2 / std::sqrt(groups) : 1;
  return stats::poisson_upper(groups) * std::max(seen_size, e.smallest_group) * doubt / size;
}

double how_much_more(const ExceedanceEvidence& e, const ExceedanceDecision& d, double bound) {
  double needed = stats::size_to_tell(e.allowed, d.share);
  if (d.share < e.allowed) needed = std::max(needed, kExpectedToPass / e.allowed);
  double more = d.effective > 0 ? needed / d.effective : std::numeric_limits<double>::infinity();
  if (d.share < e.allowed && e.spread.groups() < kManyGroups) more = std::max(more, bound / e.allowed);
  return std::max(more, 1.0) * 1.1;
}

}  // namespace

ExceedanceDecision decide(const ExceedanceEvidence& e) {
  using Obstacle = ExceedanceDecision::Obstacle;
  ExceedanceDecision d;
  const std::size_t batches = e.limit.size();
  d.size = total_size(e.limit);
  d.share = stats::ratio(e.limit);
  d.interval = {0, 1};
  if (batches < kFewestBatches) {
    d.obstacle = Obstacle::kFewBatches;
    d.more = batches == 0 ? std::numeric_limits<double>::infinity() : static_cast<double>(kFewestBatches) / batches;
    return d;
  }
  const double own_effect = stats::design_effect(e.limit);
  const double effect = std::max({own_effect, stats::design_effect(e.quantile), stats::design_effect(e.median)});
  d.effective = stats::effective_size(d.size, effect, batches);
  d.interval = stats::share_interval(d.share, d.effective);
  const double bound = stall_bound(e, d.size);
  const bool stalls_are_excluded = e.spread.groups() >= kManyGroups || bound < e.allowed;

  const double expected = d.effective * e.allowed;
  if (d.interval.high < e.allowed && expected >= kExpectedToPass && stalls_are_excluded) {
    d.verdict = Verdict::kPass;
    return d;
  }
  if (d.interval.low > e.allowed && (expected >= kExpectedToFail || d.interval.low > 2 * e.allowed)) {
    d.verdict = Verdict::kFail;
    return d;
  }

  // The bulk of the times wanders so much that it is worth few independent requests. That says little about a limit
  // that lies far outside of where batches of them are: then what was seen at the limit itself decides, provided that
  // the next batch is not to be expected anywhere near it.
  if (e.log_quantiles.size() >= kFewestBatches) {
    const double effective = stats::effective_size(d.size, own_effect, batches);
    const auto interval = stats::share_interval(d.share, effective);
    const auto next = stats::next_value(e.log_quantiles, std::max(0.975, 1 - e.allowed / 2));
    const bool pass = interval.high < e.allowed && bound < e.allowed && next.high < e.log_limit;
    const bool fail = interval.low > e.allowed && effective * e.allowed >= kExpectedToFail && next.low > e.log_limit;
    if (pass || fail) {
      d.verdict = pass ? Verdict::kPass : Verdict::kFail;
      d.effective = effective;
      d.interval = interval;
      d.far_from_bulk = true;
      return d;
    }
  }
  d.obstacle = d.share < e.allowed && !stalls_are_excluded ? Obstacle::kStalls : Obstacle::kInterval;
  d.more = how_much_more(e, d, bound);
  return d;
}

ExceedanceDecision decide_events(double allowed, double size, double above) {
  ExceedanceDecision d;
  d.size = d.effective = size;
  d.share = size > 0 ? above / size : 0;
  d.interval = stats::share_interval(d.share, size);
  if (above == 0 && size >= stats::size_without_any(allowed, stats::kConfidence)) {
    d.verdict = Verdict::kPass;
  } else if (d.interval.low > allowed && size >= kFewestBatches) {
    d.verdict = Verdict::kFail;
  } else {
    d.obstacle = ExceedanceDecision::Obstacle::kInterval;
    const double needed =
        d.share > 0 ? stats::size_to_tell(allowed, d.share) : stats::size_without_any(allowed, stats::kConfidence);
    d.more = size > 0 ? std::max(1.1, needed / size) : std::numeric_limits<double>::infinity();
  }
  return d;
}

}  // namespace loadstone::analysis

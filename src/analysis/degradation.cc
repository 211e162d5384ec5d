#include "analysis/degradation.h"

#include <algorithm>
#include <cmath>

#include "base/format.h"
#include "base/units.h"

namespace loadstone::analysis {
namespace {

using result::Verdict;

constexpr std::size_t kFewestPoints = 3;  // of a stage, for an interval

// The completed requests of each point that lies in a stage for the most part, per second of the point.
std::vector<std::vector<stats::Cluster>> stages_of(const std::vector<result::Point>& series,
                                                   const std::vector<double>& stage_seconds) {
  std::vector<std::vector<stats::Cluster>> stages(stage_seconds.size());
  for (const auto& point : series) {
    if (!point.measured || point.length <= 0) continue;
    const auto rate = point.values.find("rate");
    if (rate == point.values.end()) continue;
    double end = 0;
    const double middle = point.start + point.length / 2;
    for (std::size_t i = 0; i < stage_seconds.size(); ++i) {
      end += stage_seconds[i];
      if (middle >= end) continue;
      stages[i].push_back({point.length, rate->second * point.length});
      break;
    }
  }
  return stages;
}

}  // namespace

std::optional<ThroughputKept> throughput_kept(const std::vector<result::Point>& series,
                                              const std::vector<double>& stage_seconds) {
  const auto stages = stages_of(series, stage_seconds);
  if (stages.size() < 2 || std::any_of(stages.begin(), stages.end(), [](const auto& s) { return s.empty(); }))
    return std::nullopt;
  std::vector<double> rates;
  for (const auto& stage : stages) rates.push_back(stats::ratio(stage));
  ThroughputKept kept;
  kept.best = static_cast<std::size_t>(std::max_element(rates.begin(), rates.end()) - rates.begin());
  kept.worst = static_cast<std::size_t>(
      std::min_element(rates.begin() + static_cast<std::ptrdiff_t>(kept.best), rates.end()) - rates.begin());
  if (rates[kept.best] <= 0) return std::nullopt;
  kept.share = rates[kept.worst] / rates[kept.best];
  const auto& best = stages[kept.best];
  const auto& worst = stages[kept.worst];
  if (kept.worst == kept.best) {
    kept.interval = stats::Interval{1, 1};
  } else if (best.size() >= kFewestPoints && worst.size() >= kFewestPoints && kept.share > 0) {
    // Of the logarithm, by the delta method; few points, so Student's quantile with the fewer degrees.
    const double variance = stats::ratio_variance(best) / (rates[kept.best] * rates[kept.best]) +
                            stats::ratio_variance(worst) / (rates[kept.worst] * rates[kept.worst]);
    const auto degrees = static_cast<double>(std::min(best.size(), worst.size()) - 1);
    const double half = stats::student_quantile(degrees, 0.975) * std::sqrt(variance);
    kept.interval = stats::Interval{kept.share * std::exp(-half), std::min(1.0, kept.share * std::exp(half))};
  }
  return kept;
}

void judge_degradation(const std::optional<ThroughputKept>& kept, std::vector<result::JudgedTarget>& targets) {
  for (auto& t : targets) {
    if (t.target.metric.family != "degradation.throughput_kept") continue;
    t.verdict = Verdict::kInconclusive;
    if (!kept) {
      t.reason = "only a load in stages can show what is kept of its throughput";
      continue;
    }
    t.value = kept->share;
    t.reason = format("stage {} had the highest throughput, stage {} kept {} of it", kept->best + 1, kept->worst + 1,
                      show_quantity(kept->share, Unit::kRatio));
    if (!kept->interval) continue;
    t.low = kept->interval->low;
    t.high = kept->interval->high;
    const bool low = metric::holds(*t.low, t.target.comparison, t.target.limit);
    const bool high = metric::holds(*t.high, t.target.comparison, t.target.limit);
    if (low && high) {
      t.verdict = Verdict::kPass;
      t.reason.clear();
    } else if (!low && !high) {
      t.verdict = Verdict::kFail;
    } else {
      t.reason += "; longer stages would tell";
    }
  }
}

}  // namespace loadstone::analysis

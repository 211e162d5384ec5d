#include "stats/repetitions.h"

#include <cmath>
#include <numeric>

namespace loadstone::stats {
namespace {

double mean_of(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

double variance_of(const std::vector<double>& values) {
  const double mean = mean_of(values);
  double squares = 0;
  for (const double v : values) squares += (v - mean) * (v - mean);
  return squares / static_cast<double>(values.size() - 1);
}

}  // namespace

std::optional<Repetitions> plan_repetitions(std::span<const std::vector<double>> groups, double group_cost) {
  std::vector<double> means, variances;
  double size = 0;
  for (const auto& group : groups) {
    if (group.size() < 2) continue;
    means.push_back(mean_of(group));
    variances.push_back(variance_of(group));
    size += static_cast<double>(group.size());
  }
  if (means.size() < 2) return std::nullopt;
  size /= static_cast<double>(means.size());
  Repetitions plan;
  plan.within = mean_of(variances);
  // Means vary by what is in the groups, too.
  plan.between = variance_of(means) - plan.within / size;
  if (plan.between > 0)
    plan.best = static_cast<std::size_t>(std::max(1.0, std::ceil(std::sqrt(group_cost * plan.within / plan.between))));
  return plan;
}

}  // namespace loadstone::stats

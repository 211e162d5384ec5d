#include "stats/repetitions.h"

#include <algorithm>
#include <cmath>

#include "stats/estimate.h"

namespace loadstone::stats {

std::optional<Repetitions> plan_repetitions(std::span<const std::vector<double>> groups, double group_cost) {
  std::vector<double> means, variances;
  double size = 0;
  for (const auto& group : groups) {
    if (group.size() < 2) continue;
    means.push_back(mean(group));
    variances.push_back(variance(group));
    size += static_cast<double>(group.size());
  }
  if (means.size() < 2) return std::nullopt;
  size /= static_cast<double>(means.size());
  Repetitions plan;
  plan.within = mean(variances);
  // Means vary by what is in the groups, too.
  plan.between = variance(means) - plan.within / size;
  if (plan.between > 0)
    plan.best = static_cast<std::size_t>(std::max(1.0, std::ceil(std::sqrt(group_cost * plan.within / plan.between))));
  return plan;
}

}  // namespace loadstone::stats

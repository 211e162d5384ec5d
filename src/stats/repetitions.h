// How often to repeat at which level: measurements within a start of the service, and starts. Kalibera and Jones,
// "Rigorous benchmarking in reasonable time" (2013), for two levels.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

namespace loadstone::stats {

struct Repetitions {
  double within = 0;   // variance of values of one group
  double between = 0;  // variance of the groups' true means, without bias: below 0 when it cannot be told from none
  // How many values a group should have, so that the mean over all is most exact for what it costs. None when groups
  // do not differ: then one would do.
  std::optional<std::size_t> best;
};

// `groups` of at least two values each, at least two of them; groups of fewer values are left out. `group_cost`: what
// it costs to begin a group, in the cost of one value, above 0. Nothing when there are too few.
[[nodiscard]] std::optional<Repetitions> plan_repetitions(std::span<const std::vector<double>> groups,
                                                          double group_cost);

}  // namespace loadstone::stats

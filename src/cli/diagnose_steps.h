// The steps of `loadstone diagnose`: the same requests by more and more users, and what a step comes to.
#pragma once

#include <vector>

#include "analysis/features.h"
#include "result/block.h"
#include "scenario/scenario.h"
#include "stats/histogram.h"

namespace loadstone::cli {

// 1, 4, 16 ... and the most.
[[nodiscard]] std::vector<int> levels_up_to(int most);

// The same requests by so many users who do not think, and nothing else: no warm-up, no count, no targets, no profile.
[[nodiscard]] scenario::Scenario by_users(const scenario::Scenario& of, int users, Nanoseconds length);
// Likewise, as a step of rising load: whatever gets stuck is given up soon.
[[nodiscard]] scenario::Scenario at_level(const scenario::Scenario& of, int users, Nanoseconds length);

// What a step's blocks add up to.
class StepSum {
 public:
  // A block with what the probe saw.
  void add(const result::Block& block);
  // Of all of them; `quiet` is what the service did without any load.
  [[nodiscard]] analysis::Features features(int clients, const result::ServiceSample& quiet) const;

 private:
  analysis::StepLoad load_;
  std::vector<result::ServiceSample> seen_;
  stats::Histogram latency_, connect_;
  double in_flight_ = 0, busy_ = 0, cpu_ = 0;
};

}  // namespace loadstone::cli

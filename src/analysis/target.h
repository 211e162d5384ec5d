// Targets to verdicts. docs/method.md says how each kind of target is decided and why.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "analysis/batches.h"
#include "analysis/tally.h"
#include "result/result.h"

namespace loadstone::analysis {

// All that the targets of one scenario are judged on.
struct Evidence {
  const result::PlannedScenario& plan;
  const Tally& tally;
  const Batches& batches;
  const std::map<std::string, double>& metrics;
  double measured_seconds = 0;
  bool cut_short = false;  // the scenario did not come to its planned end
  bool noisy_host =
      false;  // the machine's host took much of its time: no miss by less than a factor of two is believed
};

[[nodiscard]] result::JudgedTarget judge_target(const Evidence& evidence, std::size_t index);

// Families of times of which the targets need the batches.
[[nodiscard]] std::vector<std::string> families_needed(const result::PlannedScenario& plan);

// Whether a target is about latency, which the generator's own lag is part of.
[[nodiscard]] bool is_latency(const metric::Target& target);

}  // namespace loadstone::analysis

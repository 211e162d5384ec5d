// Was the generator fit to judge? Its own checks on itself; a run in which it was the limit is invalid, never a pass
// and never a miss. docs/method.md has the table of checks.
#pragma once

#include <span>
#include <vector>

#include "analysis/tally.h"
#include "result/result.h"

namespace loadstone::analysis {

struct Fitness {
  std::vector<result::Finding> findings;
  bool limited = false;     // the generator was the limit: generator.limited
  bool noisy_host = false;  // the machine's host took time from it

  [[nodiscard]] bool is_invalid() const;
};

// The checks that need no verdicts. `whole` when the scenario came to its end, so that its counts must balance.
[[nodiscard]] Fitness check_fitness(const Tally& tally, const result::PlannedScenario& plan, double measured_seconds,
                                    bool whole);

// The checks that depend on them. Lag and pauses can only make the service look slower than it is: targets that are met
// all the same stand; any other target on latency becomes invalid.
void check_lag(Fitness& fitness, const Tally& tally, std::span<result::JudgedTarget> targets);

// What is true of the method, not of this run: closed loops, rare stalls.
[[nodiscard]] std::vector<result::Finding> limits_of_method(const result::PlannedScenario& plan,
                                                            double measured_seconds);

}  // namespace loadstone::analysis

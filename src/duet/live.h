// The live comparison of two builds under one load: pairs, looks, restarts, the verdict.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "compare/change.h"
#include "compare/pairs.h"
#include "duet/build.h"
#include "duet/record.h"
#include "duet/together.h"

namespace loadstone::duet {

// Builds are started anew after so many pairs: what a process happens to be like (where its memory lies) must not look
// like a property of the build. The first look has three starts behind it.
inline constexpr std::size_t kPairsPerStart = 5;

// The numbers of pairs at which a comparison of at most so many is looked at: those of stats::kLooks below it, and
// itself.
[[nodiscard]] std::vector<std::size_t> looks_up_to(std::size_t most);

struct LiveOptions {
  compare::Design design = compare::Design::kDuetSwap;  // or kInterleaved
  std::size_t most_pairs = 120;
  Nanoseconds trial_length{2s};  // in turns
  compare::Margins margins;
  TrialOptions trial;
  std::string log_folder;  // for what the builds print
  // Called after each start's pairs and at each look: how many pairs there are, and what is decided so far.
  std::function<void(std::size_t pairs, const compare::ScenarioChange& so_far)> progress;
};

// Measures until a look decides, or `most_pairs` are reached, and judges. What is on record already counts. The result
// does not depend on whether it was measured in one go. An error when a build cannot be started; a generator that is
// the limit makes the verdict invalid.
[[nodiscard]] Result<compare::ScenarioChange> compare_live(const BuildSpec& a, const BuildSpec& b,
                                                           const scenario::Scenario& load, Record& record,
                                                           const LiveOptions& options);

// What would make the undecided metric with the widest interval more exact in the same time: more pairs for each start,
// or more starts. `start_cost`: what a start takes, in the time of a pair. Empty when nothing can be said.
[[nodiscard]] std::string plan_of(const compare::ScenarioChange& change, std::span<const MeasuredPair> pairs,
                                  double start_cost);

// What the pairs say at the last look they reach: looks at fixed numbers of pairs, so that stopping early raises no
// more false alarms. Deterministic.
[[nodiscard]] compare::ScenarioChange judge_record(const std::string& name, std::span<const MeasuredPair> pairs,
                                                   const LiveOptions& options);

}  // namespace loadstone::duet

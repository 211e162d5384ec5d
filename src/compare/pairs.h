// The test of paired trials: is B worse than A, metric by metric? docs/comparing.md explains it, docs/method.md says
// what the verdicts mean.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "compare/change.h"

namespace loadstone::compare {

// How many things there were, and in how many what is counted happened.
struct Events {
  std::uint64_t events = 0, size = 0;
};

// What was measured of A and of B in one pair of trials; a pair of a duet is two seconds with cores swapped between.
struct Pair {
  std::map<std::string, double> log_ratio;  // ln(B / A), by metric
  std::map<std::string, double> a, b;       // the values themselves, for showing
  Events a_errors, b_errors;
};

// Margins that differ from those of the table, by metric.
using Margins = std::map<std::string, double, std::less<>>;

// Judges all metrics that at least one pair has. `level` is one-sided: stats::kLookLevel for one of several looks,
// stats::kSingleLevel for the only one. A gating metric has regressed when its p-value, raised by Holm over the gating
// metrics, is at most the level and the effect at least half the margin, or certainly beyond the margin. It has not
// when the upper bound is below the margin.
[[nodiscard]] std::vector<MetricChange> judge_pairs(std::span<const Pair> pairs, double level,
                                                    const Margins& margins = {});

// What the interval of one metric says, given its p-values; shared by all designs.
[[nodiscard]] Verdict decide(const MetricChange& change, double level, bool is_share);

// Raises the p-values of the gating metrics and decides all.
void decide_all(std::vector<MetricChange>& metrics, double level);

}  // namespace loadstone::compare

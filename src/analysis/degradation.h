// Graceful degradation: what is left of the highest throughput when the load goes on growing.
#pragma once

#include <optional>
#include <vector>

#include "result/result.h"
#include "stats/estimate.h"

namespace loadstone::analysis {

struct ThroughputKept {
  double share = 1;                         // of the best stage's rate that the worst stage after it still has
  std::optional<stats::Interval> interval;  // 95 %, from how the points within each stage differ
  std::size_t best = 0, worst = 0;          // stages
};
// `series`: the points of a run in stages of these lengths. The highest rate may be that of the last stage: then all is
// kept, for nothing shows that it could be more. Nothing without stages, or when one has no points.
[[nodiscard]] std::optional<ThroughputKept> throughput_kept(const std::vector<result::Point>& series,
                                                            const std::vector<double>& stage_seconds);

// Judges targets on degradation.throughput_kept; others are left alone.
void judge_degradation(const std::optional<ThroughputKept>& kept, std::vector<result::JudgedTarget>& targets);

}  // namespace loadstone::analysis

// The rule that decides a target on a quantile: is the share of things above the limit smaller than it may be? See
// docs/method.md; what it is worth is measured in exceedance_test.cc and told in docs/decisions.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "result/result.h"
#include "stats/estimate.h"

namespace loadstone::analysis {

// Fewer batches than this cannot tell how alike neighbours are.
inline constexpr std::size_t kFewestBatches = 10;
inline constexpr std::size_t kBatches = 32;

// What was seen, over equal batches of time in order. Batches without anything are left out.
struct ExceedanceEvidence {
  double allowed = 0.05;                 // the share that may be above: 1 - q
  std::vector<stats::Cluster> limit;     // how many there were, and how many of them above the limit
  std::vector<stats::Cluster> quantile;  // ... above the quantile found
  std::vector<stats::Cluster> median;    // ... above the median found
  // ln of the q-quantile of each batch, and of the limit: how far away the limit is, in terms of how batches differ.
  std::vector<double> log_quantiles;
  double log_limit = 0;
  stats::Spread spread;  // of those above the limit, over the blocks
  // One stall makes at least this many slow, even if no stall was seen: in a closed loop all users at once.
  double smallest_group = 1;
};

struct ExceedanceDecision {
  result::Verdict verdict = result::Verdict::kInconclusive;
  double share = 0;            // above the limit
  stats::Interval interval;    // of that share, at 95 %
  double size = 0;             // how many things there were
  double effective = 0;        // how many independent ones they are worth
  bool far_from_bulk = false;  // decided at the limit itself, which is far outside of where batches are
  double more = 0;             // how many times longer a run would decide; infinite when none would
  enum class Obstacle : std::uint8_t { kNone, kFewBatches, kInterval, kStalls } obstacle = Obstacle::kNone;
};

[[nodiscard]] ExceedanceDecision decide(const ExceedanceEvidence& evidence);

// The rule for things that are few and not spread over the time (connections that all open at the start): they are
// taken as independent. Passes only when none of enough is above, fails only when far more are than may be.
[[nodiscard]] ExceedanceDecision decide_events(double allowed, double size, double above);

}  // namespace loadstone::analysis

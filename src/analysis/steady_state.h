// Was a scenario measured in its steady state? Cuts the warm-up where nobody has given one, and takes back what cannot
// be said of a level that moves. docs/decisions/0008 says why it is done so.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "analysis/batches.h"
#include "result/block.h"
#include "result/result.h"

namespace loadstone::analysis {

// What is kept of each block to judge the level by: at most kMostPoints values, joined as the run grows.
class Level {
 public:
  void add(const result::Block& block);  // in order of time; warm-up is left out

  struct Step {
    double seconds = 0;
    double weight = 0;      // blocks with any request
    double log_median = 0;  // sum over those
    std::uint64_t completed = 0;
  };
  [[nodiscard]] const std::vector<Step>& steps() const { return steps_; }

  static constexpr std::size_t kMostSteps = 1200;

 private:
  std::vector<Step> steps_;
  std::size_t blocks_per_step_ = 1;
  std::size_t in_last_ = 0;
};

struct SteadyState {
  bool checked = false;    // long enough, and a load that stays the same
  double cut_seconds = 0;  // of the measured time, left out of times and rates
  bool settled = true;
  double change = 0;        // ln of the level at the end over the one at the beginning, where that is real; else 0
  double change_bound = 0;  // the largest change, either way, within its 99 % interval

  [[nodiscard]] bool is_steady() const { return settled && change == 0; }
};

// `may_cut`: the suite gives no warm-up.
[[nodiscard]] SteadyState find_steady_state(const Level& level, bool may_cut);

// Targets on latency of a run that is not steady: what is met stands only if the level would still be below the limit
// after changing by as much again, what is missed only if the better half of the run misses it, too.
void soften_unsteady(const SteadyState& steady, const Batches& batches, std::span<result::JudgedTarget> targets);

// What there is to tell: a warm-up that was cut, a level that moved.
[[nodiscard]] std::vector<result::Finding> describe(const SteadyState& steady);

}  // namespace loadstone::analysis

// Runs trials: two builds at the same time with their cores swapped every second, or one after the other.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/result.h"
#include "duet/build.h"
#include "duet/trial.h"
#include "engine/run.h"
#include "scenario/scenario.h"

namespace loadstone::duet {

struct TrialOptions {
  std::uint64_t seed = 1;  // of the arrivals, the same for both builds
  net::ReactorKind reactor = net::ReactorKind::kAuto;
  Nanoseconds warmup{1s};  // of every trial, not counted
  std::function<bool()> should_stop;
};

// The load as one build gets it: at its address, for so long, and `share` of the rate or of the users.
[[nodiscard]] scenario::Scenario load_for(const scenario::Scenario& load, const Url& url, double share,
                                          Nanoseconds duration, Nanoseconds warmup);

// `pairs` pairs of two seconds each: both builds under half of the load, from the same instant, with the same arrivals.
// In every other second A is on one half of the processors and B on the other; between them they change places. An
// error says what kept the pairs from being measured.
[[nodiscard]] Result<std::vector<MeasuredPair>> run_together(Build& a, Build& b, const scenario::Scenario& load,
                                                             std::size_t pairs, const TrialOptions& options);

// One trial of each build under the whole load, B first when `b_first`.
[[nodiscard]] Result<MeasuredPair> run_in_turns(Build& a, Build& b, const scenario::Scenario& load, bool b_first,
                                                Nanoseconds length, const TrialOptions& options);

}  // namespace loadstone::duet

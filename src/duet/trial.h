// What is kept of a build during a trial: second by second what was measured of it, and whether the generator was fit.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "analysis/tally.h"
#include "compare/pairs.h"
#include "result/block.h"
#include "stats/histogram.h"

namespace loadstone::duet {

// One stretch of a trial. Latency is without the generator's own lag: lag is no build's doing, and would only be noise.
struct Stretch {
  stats::Histogram latency, service_time, first_byte;
  std::uint64_t completed = 0;
  compare::Events errors;
  double seconds = 0;
  double cpu_seconds = 0;  // of the service; 0 when not known

  void add(const result::Block& block);
  // The metrics that are compared and that this has, by name; none that is zero.
  [[nodiscard]] std::map<std::string, double> values() const;
};

// One build in one trial. Not thread-safe.
class Trial {
 public:
  // `stretches` of `seconds` each.
  Trial(std::size_t stretches, double seconds) : stretches_(stretches), seconds_(seconds) {}

  void add(const result::Block& block);  // blocks outside of the measured time are left out
  // Why it cannot be used: the generator was the limit for most of the time, the build did not answer. Empty when it
  // can.
  [[nodiscard]] std::string problem(bool closed_loop) const;
  [[nodiscard]] std::vector<Stretch>& stretches() { return stretches_; }

 private:
  std::vector<Stretch> stretches_;
  double seconds_;
  analysis::Tally tally_;
};

// A pair with its distributions, for the shift function.
struct MeasuredPair {
  compare::Pair pair;
  stats::PairOfTimes times;
};
// Stretches of A and B that were measured together: one of each for trials in turns, two of each for a duet, whose
// log-ratios are averaged so that what the cores do to either cancels.
[[nodiscard]] MeasuredPair pair_of(std::span<const Stretch> a, std::span<const Stretch> b);

}  // namespace loadstone::duet

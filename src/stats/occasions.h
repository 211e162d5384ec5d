// A new value against earlier ones of the same kind: the prediction interval, which knows how much occasions differ,
// and Fisher's test for counts.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "stats/estimate.h"

namespace loadstone::stats {

// Fewer earlier occasions than this do not tell how much occasions differ.
inline constexpr std::size_t kFewestOccasions = 5;

// t = (value - mean) / (s sqrt(1 + 1/K)) with K - 1 degrees of freedom: what is left out of account when a new value is
// compared with the mean of old ones is that occasions differ, however exactly each was measured.
struct Prediction {
  double mean = 0;
  double deviation = 0;   // of the earlier values
  double difference = 0;  // value - mean
  double p_above = 1;     // probability of a value so far above when it is of the same kind
  double p_below = 1;
  Interval difference_range;  // of the difference, with `one_sided` error on each side
  double smallest = 0;        // the smallest difference that would be seen with 95 % power
};
// Needs two earlier values. `least_deviation`: what the values' own counting error makes at least of it.
[[nodiscard]] Prediction predict(std::span<const double> earlier, double value, double one_sided,
                                 double least_deviation = 0);

// Probability that of a_events + b_events events so many or more fall into b when each of a_size + b_size things is as
// likely to have one (Fisher's exact test, one-sided).
[[nodiscard]] double fisher_more_in_b(std::uint64_t a_events, std::uint64_t a_size, std::uint64_t b_events,
                                      std::uint64_t b_size);

// Student's t with these degrees of freedom is above t.
[[nodiscard]] double student_above(double degrees, double t);

}  // namespace loadstone::stats

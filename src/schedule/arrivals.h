// When requests are due: a pure function of profile, shape and seed. No clock, and nothing shared between shards: each
// takes its stripe of the same global sequence.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/clock.h"
#include "base/random.h"

namespace loadstone::schedule {

// A rate over time, linear in pieces.
class RateProfile {
 public:
  struct Stage {
    double from;  // requests per second, at least 0; not both 0
    double to;
    double seconds;
  };
  explicit RateProfile(std::vector<Stage> stages);

  // Expected arrivals over all stages: the integral of the rate.
  [[nodiscard]] double total() const { return stages_.empty() ? 0 : stages_.back().cumulative_end; }
  [[nodiscard]] double seconds() const;
  // The time at which the integral reaches `expected`, 0 <= expected <= total(). Seconds from the start. Exact
  // inversion of a piecewise quadratic, so nothing accumulates.
  [[nodiscard]] double inverse(double expected) const;

 private:
  struct Piece {
    Stage stage;
    double start;             // seconds
    double cumulative_start;  // arrivals expected before
    double cumulative_end;
  };
  std::vector<Piece> stages_;
};

enum class Shape : std::uint8_t { kPoisson, kUniform };

// Arrival i is due where the integral of the rate reaches L_i. Uniform: L_i = i. Poisson: L_i = L_{i-1} - ln(1 - U_i),
// the inversion of a non-homogeneous Poisson process (Lewis and Shedler 1979).
class Arrivals {
 public:
  struct Stripe {
    std::uint64_t index = 0;  // of
    std::uint64_t count = 1;
  };
  struct Arrival {
    std::uint64_t index;  // in the global sequence
    Nanoseconds due;      // since the profile's start
  };

  // `limit` ends the global sequence after that many arrivals, else the profile's end does.
  Arrivals(RateProfile profile, Shape shape, std::uint64_t seed, Stripe stripe,
           std::optional<std::uint64_t> limit = std::nullopt);

  // This stripe's next arrival, or nothing when the sequence has ended. Due times never decrease.
  [[nodiscard]] std::optional<Arrival> next();

 private:
  RateProfile profile_;
  Shape shape_;
  Random random_;
  Stripe stripe_;
  std::uint64_t limit_;
  std::uint64_t index_ = 0;     // of the arrival that is drawn next
  long double cumulative_ = 0;  // L of the last one drawn
};

}  // namespace loadstone::schedule

// The arrivals of a run in the order in which they are due, as instants: those of warm-up, then the measured ones.
#pragma once

#include <cstdint>
#include <optional>

#include "base/clock.h"
#include "schedule/arrivals.h"

namespace loadstone::schedule {

// A copy goes on by itself from where the original is.
class Timetable {
 public:
  struct Entry {
    std::uint64_t index;  // in the global sequence, of warm-up or of the measured time
    bool measured;
    Instant due;
  };

  Timetable(Arrivals warmup, Arrivals measured);

  // The instants that the two sequences count from; before this there is no entry.
  void begin(Instant warmup_from, Instant measured_from);
  // The next one, or nothing when there is none any more.
  [[nodiscard]] const std::optional<Entry>& front() const { return front_; }
  // Not without a front().
  void pop();
  // Nothing is due any more.
  void end() { front_.reset(); }
  // How many were popped.
  [[nodiscard]] std::uint64_t position() const { return position_; }

 private:
  void advance();

  Arrivals warmup_;
  Arrivals measured_;
  Instant warmup_from_{};
  Instant measured_from_{};
  bool measuring_ = false;  // the warm-up's arrivals are all drawn
  std::optional<Entry> front_;
  std::uint64_t position_ = 0;
};

}  // namespace loadstone::schedule

// How many arrivals of a timetable are due and have not been popped: what waits, without a queue of it.
#pragma once

#include <cstdint>
#include <optional>

#include "schedule/timetable.h"

namespace loadstone::schedule {

class Overdue {
 public:
  // `now` never goes back. Draws every arrival once, however often it is asked.
  [[nodiscard]] std::uint64_t count(const Timetable& timetable, Instant now) {
    if (!timetable.front() || timetable.front()->due > now) {
      not_yet_due_.reset();
      return 0;
    }
    if (!not_yet_due_ || not_yet_due_->position() < timetable.position()) not_yet_due_ = timetable;
    while (not_yet_due_->front() && not_yet_due_->front()->due <= now) not_yet_due_->pop();
    return not_yet_due_->position() - timetable.position();
  }

 private:
  std::optional<Timetable> not_yet_due_;  // while some wait: its front was not due when last looked at
};

}  // namespace loadstone::schedule

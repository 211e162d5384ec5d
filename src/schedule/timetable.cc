#include "schedule/timetable.h"

#include "base/check.h"

namespace loadstone::schedule {

Timetable::Timetable(Arrivals warmup, Arrivals measured) : warmup_(std::move(warmup)), measured_(std::move(measured)) {}

void Timetable::begin(Instant warmup_from, Instant measured_from) {
  warmup_from_ = warmup_from;
  measured_from_ = measured_from;
  advance();
}

void Timetable::pop() {
  DCHECK(front_.has_value());
  ++position_;
  advance();
}

void Timetable::advance() {
  if (!measuring_) {
    if (const auto arrival = warmup_.next()) {
      front_ = {arrival->index, false, warmup_from_ + arrival->due};
      return;
    }
    measuring_ = true;
  }
  const auto arrival = measured_.next();
  front_ = arrival ? std::optional<Entry>({arrival->index, true, measured_from_ + arrival->due}) : std::nullopt;
}

}  // namespace loadstone::schedule

// What clients are to do at some time. One heap; what was meant for an earlier connection of a client is left out.
#pragma once

#include <cstdint>
#include <queue>
#include <vector>

#include "base/clock.h"

namespace loadstone::audience {

enum class Deed : std::uint8_t { kConnect, kPing, kSay, kLeave, kDrop, kRead };

struct Appointment {
  Instant at{};
  Deed deed = Deed::kConnect;
  std::uint32_t client = 0;  // index in its shard
  std::uint32_t use = 0;     // of the client, when it was made
};

class Agenda {
 public:
  void add(const Appointment& appointment) { heap_.push({appointment, ++made_}); }
  [[nodiscard]] Instant next() const { return heap_.empty() ? kNever : heap_.top().appointment.at; }
  // Takes off the first appointment when its time has come; of two at the same time, the one made first.
  bool take(Instant now, Appointment& appointment) {
    if (heap_.empty() || heap_.top().appointment.at > now) return false;
    appointment = heap_.top().appointment;
    heap_.pop();
    return true;
  }

 private:
  struct Entry {
    Appointment appointment;
    std::uint64_t order;
    bool operator>(const Entry& other) const {
      return appointment.at != other.appointment.at ? appointment.at > other.appointment.at : order > other.order;
    }
  };
  std::priority_queue<Entry, std::vector<Entry>, std::greater<>> heap_;
  std::uint64_t made_ = 0;
};

}  // namespace loadstone::audience

// Journeys that begin at given times, whatever the service does, each a new user's. The first step is due when the
// journey is, the next when the last one was answered and its user has thought. A step takes a connection that is free;
// if none is, it waits with its due time unchanged.
#pragma once

#include <deque>
#include <optional>
#include <queue>
#include <vector>

#include "base/random.h"
#include "engine/budget.h"
#include "engine/connections.h"
#include "engine/dialogues.h"
#include "engine/load.h"
#include "engine/pool.h"
#include "engine/travellers.h"
#include "schedule/overdue.h"
#include "schedule/timetable.h"

namespace loadstone::engine {

class OpenJourneys final : public Load {
 public:
  // `connections_count` of this shard; `timetable` is of its stripes of the global sequence of journeys. `dialogues` is
  // null where no step speaks by WebSocket.
  OpenJourneys(const Plan& plan, Connections& connections, Dialogues* dialogues, Budget& budget, int connections_count,
               schedule::Timetable timetable, std::uint64_t seed);

  void prepare(Instant now) override {
    if (plan_.script->requests()) pool_.prepare(now);
  }
  void begin(Instant begin, Instant measured_from) override;
  void dispatch(Instant now) override;
  [[nodiscard]] Instant next_due() const override;
  void idle(Connection& connection, Instant) override { pool_.idle(connection); }
  void closed(Connection& connection, Instant now, bool refused) override { pool_.closed(connection, now, refused); }
  [[nodiscard]] Writing write(const Exchange& exchange, Instant now) override {
    return travellers_.write(exchange, now);
  }
  [[nodiscard]] Judgement judge(const Exchange& exchange, const journey::Answer& answer, Outcome so_far,
                                Instant now) override;
  void failed(const Exchange& exchange, Instant now) override;
  // The schedule of journeys ends by itself.
  void last_call() override { closing_ = true; }
  void stop(Instant now) override;
  [[nodiscard]] bool exhausted() const override {
    return begun_ && !timetable_.front() && later_.empty() && ready_.empty() && to_speak_.empty();
  }
  [[nodiscard]] std::uint64_t waiting(Instant now) override;

 private:
  struct Due {
    Instant due;
    std::uint32_t who;  // the traveller
    bool operator>(const Due& other) const { return due > other.due; }
  };
  [[nodiscard]] bool is_due(Instant now) const {
    return !ready_.empty() || (timetable_.front() && timetable_.front()->due <= now);
  }
  [[nodiscard]] std::optional<Exchange> take(Instant now);
  [[nodiscard]] Exchange exchange_of(const Due& step, bool measured);
  [[nodiscard]] std::uint32_t depart();
  [[nodiscard]] bool departs_at_once() const;
  [[nodiscard]] bool speaks(std::uint32_t who) const {
    return dialogues_ != nullptr && travellers_.speech(who) != nullptr;
  }
  void collect_ready(Instant now);
  void arrive(std::uint32_t who, Instant now);

  const Plan& plan_;
  Connections& connections_;
  Dialogues* dialogues_;
  Budget& budget_;
  Travellers travellers_;
  Pool pool_;
  schedule::Timetable timetable_;  // journeys that have not begun
  schedule::Overdue overdue_;
  std::uint64_t seed_;
  std::priority_queue<Due, std::vector<Due>, std::greater<>> later_;  // steps that are not yet due
  std::deque<Due> ready_;              // and those that are, in the order of their due times
  std::deque<Due> to_speak_;           // likewise, of those that speak by WebSocket and need no connection of the pool
  std::vector<std::uint32_t> unused_;  // travellers at the end of a journey
  Instant measured_from_{};
  bool may_begin_by_speaking_;
  bool begun_ = false;
  bool closing_ = false;  // the measured time is over
};

}  // namespace loadstone::engine

// Requests that are due at given times, whatever the service does. An arrival takes a connection that is free; if none
// is, it waits with its due time unchanged. The queue of those that wait needs no memory: it is the part of the
// schedule between the next arrival to be sent and now.
#pragma once

#include "base/random.h"
#include "engine/budget.h"
#include "engine/connections.h"
#include "engine/load.h"
#include "engine/pool.h"
#include "schedule/overdue.h"
#include "schedule/timetable.h"

namespace loadstone::engine {

class OpenLoad final : public Load {
 public:
  // `connections_count` of this shard; `timetable` is of its stripes of the global sequences.
  OpenLoad(const Plan& plan, const Group& group, Connections& connections, Budget& budget, int connections_count,
           schedule::Timetable timetable, std::uint64_t seed);

  void prepare(Instant now) override { pool_.prepare(now); }
  void begin(Instant begin, Instant measured_from) override;
  void dispatch(Instant now) override;
  [[nodiscard]] Instant next_due() const override;
  void idle(Connection& connection, Instant) override { pool_.idle(connection); }
  void closed(Connection& connection, Instant now, bool refused) override { pool_.closed(connection, now, refused); }
  void last_call() override;
  void failed(const Exchange& exchange, Instant now) override;
  void stop(Instant now) override;
  [[nodiscard]] bool exhausted() const override { return begun_ && !timetable_.front(); }
  [[nodiscard]] std::uint64_t waiting(Instant now) override { return overdue_.count(timetable_, now); }

 private:
  [[nodiscard]] ledger::StreamMessages* stream() const {
    return group_.publishing ? &(*plan_.audience->broadcasts)[group_.publishing->stream] : nullptr;
  }
  [[nodiscard]] bool is_due(Instant now) const { return timetable_.front() && timetable_.front()->due <= now; }
  [[nodiscard]] Exchange take();
  void finish_stream_at_end();

  const Plan& plan_;
  const Group& group_;
  Connections& connections_;
  Budget& budget_;
  Pool pool_;
  schedule::Timetable timetable_;  // the front is the next to be sent
  schedule::Overdue overdue_;
  std::uint64_t seed_;
  bool begun_ = false;
};

}  // namespace loadstone::engine

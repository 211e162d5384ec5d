// Users who send, wait for the answer, think, and send again.
#pragma once

#include <queue>
#include <vector>

#include "base/random.h"
#include "engine/budget.h"
#include "engine/connections.h"
#include "engine/load.h"
#include "schedule/stages.h"

namespace loadstone::engine {

class ClosedLoad final : public Load {
 public:
  // `users` are the numbers of this shard's users among all of the group's, ascending.
  ClosedLoad(const Plan& plan, const Group& group, Connections& connections, Budget& budget,
             const std::vector<std::uint32_t>& users, Random random);

  void prepare(Instant now) override;
  void begin(Instant begin, Instant measured_from) override;
  void dispatch(Instant now) override;
  [[nodiscard]] Instant next_due() const override;
  void idle(Connection& connection, Instant now) override;
  void closed(Connection& connection, Instant now, bool refused) override;
  void last_call() override { stopped_ = true; }
  void stop(Instant) override { stopped_ = true; }
  [[nodiscard]] bool exhausted() const override { return stopped_ || budget_.is_spent(); }

 private:
  struct User {
    Connection* connection = nullptr;  // its own, or with several streams shared with those beside it
    std::uint32_t place = 0;           // which stream of it
    std::uint32_t number = 0;
    bool parked = true;    // is not wanted now
    bool waiting = false;  // a timer will let it send next
    Nanoseconds backoff{0};
    [[nodiscard]] bool is_busy() const { return connection->flight(place).state != Flight::State::kFree; }
  };
  struct Timer {
    Instant due;
    std::uint32_t user;  // index in users_
    bool operator>(const Timer& other) const { return due > other.due; }
  };
  void next(std::uint32_t user, Instant due, Instant now);
  // A user without an exchange may go on.
  void answered(std::uint32_t user, Instant now);
  void next_after(std::uint32_t user, Nanoseconds pause, Instant now);
  void enter_stage(Instant now);

  const Plan& plan_;
  const Group& group_;
  const scenario::ClosedLoad& load_;
  schedule::Stages stages_;
  Connections& connections_;
  Budget& budget_;
  std::vector<User> users_;
  Random random_;
  std::priority_queue<Timer, std::vector<Timer>, std::greater<>> timers_;
  bool begun_ = false;
  bool stopped_ = false;
  Instant measured_from_{};
};

}  // namespace loadstone::engine

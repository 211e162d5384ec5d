// Users who go on one journey after the other, each over a connection of its own: the next step is due when the last
// one was answered and the user has thought.
#pragma once

#include <queue>
#include <vector>

#include "base/random.h"
#include "engine/budget.h"
#include "engine/connections.h"
#include "engine/dialogues.h"
#include "engine/load.h"
#include "engine/travellers.h"
#include "schedule/stages.h"

namespace loadstone::engine {

class ClosedJourneys final : public Load {
 public:
  // `users` are the numbers of this shard's users among all, ascending. The budget is one of journeys.
  // `dialogues` is null where no step speaks by WebSocket.
  ClosedJourneys(const Plan& plan, const scenario::ClosedLoad& load, Connections& connections, Dialogues* dialogues,
                 Budget& budget, const std::vector<std::uint32_t>& users, Turns turns, const Random& random);

  void prepare(Instant now) override;
  void begin(Instant begin, Instant measured_from) override;
  void dispatch(Instant now) override;
  [[nodiscard]] Instant next_due() const override;
  void idle(Connection& connection, Instant now) override;
  void closed(Connection& connection, Instant now, bool refused) override;
  [[nodiscard]] Writing write(const Exchange& exchange, Instant now) override {
    return travellers_.write(exchange, now);
  }
  [[nodiscard]] Judgement judge(const Exchange& exchange, const journey::Answer& answer, Outcome so_far,
                                Instant now) override;
  void failed(const Exchange& exchange, Instant now) override;
  void turned_away(const Exchange& exchange, Instant now) override;
  void last_call() override { stopped_ = true; }
  void stop(Instant) override { stopped_ = true; }
  [[nodiscard]] bool exhausted() const override { return stopped_ || (budget_.is_spent() && on_the_way_ == 0); }

 private:
  struct User {
    Connection* connection = nullptr;
    std::uint32_t number = 0;
    bool parked = true;  // is not wanted now
    Nanoseconds backoff{0};
    Instant not_before{};  // its connection was refused
  };
  struct Timer {
    Instant due;
    std::uint32_t user;  // index in users_, and the traveller
    bool operator>(const Timer& other) const { return due > other.due; }
  };
  void enter_stage(Instant now);
  void go_on(std::uint32_t user, Instant due, Instant now);
  [[nodiscard]] bool depart(std::uint32_t user, Instant due);
  void arrive(std::uint32_t user, Instant now);

  const Plan& plan_;
  Connections& connections_;
  Dialogues* dialogues_;
  Budget& budget_;
  Travellers travellers_;
  Turns turns_;
  schedule::Stages stages_;
  std::vector<User> users_;
  std::priority_queue<Timer, std::vector<Timer>, std::greater<>> timers_;
  std::size_t on_the_way_ = 0;
  bool begun_ = false;
  bool stopped_ = false;
  Instant measured_from_{};
};

}  // namespace loadstone::engine

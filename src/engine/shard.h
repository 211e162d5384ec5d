// One thread on one core: its own reactor, connections, loads and counts. Shards share nothing but the plan, and speak
// with the run only through a Mailbox.
#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "audience/audience.h"
#include "engine/budget.h"
#include "engine/connections.h"
#include "engine/dialogues.h"
#include "engine/load.h"
#include "engine/plan.h"
#include "engine/tally.h"
#include "net/reactor.h"
#include "schedule/timetable.h"

namespace loadstone::engine {

// What a shard and the run tell each other. The lock is taken once a block, never once a request.
class Mailbox {
 public:
  // Shard: takes an empty tally, and hands over the full one. When the run is slow to collect, at most kMaxTallies
  // exist; then the shard gets nothing and goes on counting in the one it has.
  [[nodiscard]] std::unique_ptr<Tally> empty(const Plan& plan);
  void put(std::unique_ptr<Tally> full);
  // Run: takes the oldest full tally, or nothing; gives one back when read.
  [[nodiscard]] std::unique_ptr<Tally> take();
  void give_back(std::unique_ptr<Tally> read);

  static constexpr int kMaxTallies = 6;

 private:
  std::mutex mutex_;
  std::deque<std::unique_ptr<Tally>> full_;
  std::vector<std::unique_ptr<Tally>> empty_;
  int made_ = 1;  // the one the shard began with
};

// Set by the run, read by every shard each turn.
struct Signals {
  std::atomic<bool> stop{false};  // end now: a short drain, then what is in flight is unfinished
  std::atomic<std::int64_t> begin{
      0};  // when the load begins, as nanoseconds of the clock; 0 until all shards are ready
};

class Shard {
 public:
  // All references must outlive it. Not thread-safe: run() is called by the thread that owns the reactor.
  Shard(const Plan& plan, int index, int count, net::Reactor& reactor, const Clock& clock, Mailbox& mailbox,
        const Signals& signals);

  // Opens connections, waits for Signals::begin, runs the load to its end and drains. `ready` is set once it waits.
  void run(std::atomic<bool>& ready);

  // After run(): the measured time as it really was, and whether it was stopped before its end.
  [[nodiscard]] Nanoseconds measured() const { return measured_; }
  [[nodiscard]] bool was_stopped() const { return stopped_; }
  // What the ledger found, of a scenario with broadcasts; else null.
  [[nodiscard]] const ledger::Account* account() const { return audience_ ? audience_->account() : nullptr; }
  // How its clients came back, of a scenario that drops them; else null.
  [[nodiscard]] const audience::Comebacks* comebacks() const { return audience_ ? audience_->comebacks() : nullptr; }

 private:
  void make_loads();
  void make_publisher(const Group& group, const scenario::OpenLoad& open, const Random& random);
  [[nodiscard]] schedule::Timetable timetable_of(const scenario::OpenLoad& open, const Random& random) const;
  void count_in_tally();
  void turn(Instant deadline);
  void warm_connections();
  void call_last();
  [[nodiscard]] Instant next_event() const;
  [[nodiscard]] bool is_over();
  [[nodiscard]] std::uint64_t in_flight() const;
  [[nodiscard]] bool all_exhausted() const;
  void hand_over(Instant now, bool last);
  void say_farewell();
  void end(Instant now);

  const Plan& plan_;
  const int index_;
  const int count_;
  net::Reactor& reactor_;
  const Clock& clock_;
  Mailbox& mailbox_;
  const Signals& signals_;
  Connections connections_;
  std::optional<Dialogues> dialogues_;  // of journeys in which users speak by WebSocket
  Budget budget_;
  std::vector<std::unique_ptr<Load>> loads_;
  std::unique_ptr<audience::Audience> audience_;  // of clients that stay; else null
  std::unique_ptr<Tally> tally_;
  Instant now_{};
  Instant measured_from_ = kNever;
  Instant measured_until_ = kNever;
  Instant block_start_{};
  Instant block_end_ = kNever;
  Nanoseconds measured_{0};
  bool stopped_ = false;
  bool called_ = false;  // the loads know that the measured time is over
};

}  // namespace loadstone::engine

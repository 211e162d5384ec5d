// Drops clients on purpose, cycle after cycle, and follows each until it is back.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <vector>

#include "audience/agenda.h"
#include "audience/clients.h"
#include "audience/comebacks.h"
#include "audience/plan.h"
#include "audience/tally.h"
#include "base/random.h"

namespace loadstone::audience {

class Recovery {
 public:
  // `patience`: a cycle lasts until all who are back have heard a message, but not longer than that; 0 when there are
  // no messages to be heard. References must outlive it.
  Recovery(const scenario::Recover& plan, Nanoseconds patience, Clients& clients, Agenda& agenda);
  ~Recovery();
  Recovery(const Recovery&) = delete;
  Recovery& operator=(const Recovery&) = delete;

  void count_in(Tally& tally) { tally_ = &tally; }
  void begin(Instant measured_from);
  // No further cycle.
  void stop() { stopped_ = true; }
  [[nodiscard]] bool is_over() const { return stopped_ || cycle_ >= plan_.cycles; }
  // Begins a cycle when it is time. `may_drop` says of a client whether it takes part.
  void dispatch(Instant now);
  [[nodiscard]] Instant next_due() const;

  // The one that goes on, or comes next; the first is 1.
  [[nodiscard]] std::uint32_t cycle() const { return static_cast<std::uint32_t>(cycle_) + 1; }

  // An appointment to drop.
  void drop(Client& client, Instant now);
  // Whether the client is being followed, so that its departure was on purpose.
  [[nodiscard]] bool is_following(const Client& client) const { return followed_[client.index].is_away; }
  // Whether a loss now is what the command of this cycle has caused; then the client is followed from here on.
  bool was_caused(const Client& client, Instant now);

  void opened(Client& client, Instant now);
  void heard(Client& client, Instant now);
  void ended(Client& client, Happenings::End end, Instant now);

  // Nobody is followed any more: who is not back by now did not come back.
  void finish();
  [[nodiscard]] const Comebacks& comebacks() const { return comebacks_; }

 private:
  struct Followed {
    bool is_away = false;
    bool waits_for_message = false;
    int attempts = 0;
    Nanoseconds backoff{0};
    std::uint32_t cycle = 0;
    Instant dropped{};
    Instant open = kNever;
  };
  // A client is followed no more, having heard its first message then, or none.
  void conclude(const Client& client, Instant heard);
  void begin_cycle(Instant now);
  void end_cycle_when_all_are_back(Instant now);
  void start_command(Instant now);
  void look_after_command(Instant now);

  const scenario::Recover& plan_;
  const Nanoseconds patience_;
  Clients& clients_;
  Agenda& agenda_;
  Tally* tally_ = nullptr;
  Comebacks comebacks_;
  std::vector<Followed> followed_;
  std::uint32_t away_ = 0;     // followed and not yet back
  std::uint32_t unheard_ = 0;  // back, and waiting for a message
  Instant last_back_{};
  std::uint32_t to_drop_ = 0;  // appointed to be dropped in this cycle
  int cycle_ = 0;
  bool in_cycle_ = false;
  bool stopped_ = false;
  Instant next_cycle_ = kNever;
  pid_t command_ = 0;  // running
  Instant command_began_{};
  Instant command_ended_ = kNever;
  Instant next_look_ = kNever;
  bool was_anyone_dropped_ = false;  // in this cycle
};

}  // namespace loadstone::audience

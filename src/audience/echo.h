// Clients who say something and wait for the reply: one after the other, or at a rate over all of them.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "audience/agenda.h"
#include "audience/clients.h"
#include "audience/plan.h"
#include "audience/tally.h"
#include "schedule/arrivals.h"

namespace loadstone::audience {

class Echo {
 public:
  // Of shard `index` of `count`. References must outlive it. `first_id` is the id of the first message.
  Echo(const EchoPlan& plan, Clients& clients, Agenda& agenda, std::uint32_t index, std::uint32_t count,
       std::uint64_t first_id, std::uint32_t run);

  void count_in(Tally& tally) { tally_ = &tally; }
  void begin(Instant begin, Instant measured_from);
  // Nothing more becomes due.
  void stop() { stopped_ = true; }
  // Everything that will ever be said has been said.
  [[nodiscard]] bool is_over() const {
    return stopped_ || (left_ && *left_ == 0) || (arrivals_ && !arrival_ && begun_);
  }
  [[nodiscard]] std::uint64_t outstanding() const { return outstanding_; }

  void dispatch(Instant now);
  [[nodiscard]] Instant next_due() const;
  // A client has become able to say something.
  void ready(Client& client, Instant now);
  // An appointment to say something after thinking.
  void say_next(Client& client, Instant due, Instant now);
  void heard(Client& client, std::string_view message, Instant now);
  void ended(Client& client);
  // Gives up replies that do not come. Looks at every client; a few times a second.
  void expire(Instant now);

 private:
  struct Exchange {
    Instant due = kNever;  // kNever: nothing is outstanding
    Instant said{};
    bool is_measured = false;
    std::uint64_t id = 0;
  };
  void say(Client& client, Instant due, bool is_measured, Instant now);
  void answered(Client& client, Instant now);
  void next(Client& client, Instant now);

  EchoPlan plan_;
  Clients& clients_;
  Agenda& agenda_;
  Tally* tally_ = nullptr;
  std::vector<Exchange> exchanges_;
  std::deque<std::uint32_t> free_;  // at a rate: clients that may say something
  std::vector<bool> is_free_;
  std::optional<schedule::Arrivals> arrivals_;
  std::optional<schedule::Arrivals::Arrival> arrival_;
  std::optional<std::uint64_t> left_;  // without a rate
  std::uint64_t next_id_;
  std::uint64_t stride_;
  std::uint32_t run_;
  std::uint64_t outstanding_ = 0;
  bool begun_ = false;
  bool stopped_ = false;
  Instant measured_from_ = kNever;
  Instant next_look_{};
};

}  // namespace loadstone::audience

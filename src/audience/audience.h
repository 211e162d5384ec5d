// The clients of one shard and all that they do. Passive: the shard's loop calls it.
#pragma once

#include <memory>
#include <optional>

#include "audience/agenda.h"
#include "audience/clients.h"
#include "audience/echo.h"
#include "audience/hearing.h"
#include "audience/plan.h"
#include "audience/recovery.h"
#include "audience/speakers.h"
#include "audience/tally.h"
#include "schedule/stages.h"

namespace loadstone::audience {

class Audience final : private Happenings {
 public:
  // Of shard `index` of `count`; `duration` is that of the scenario, if it has one. References must outlive it.
  Audience(const Plan& plan, std::uint32_t index, std::uint32_t count, net::Reactor& reactor,
           std::optional<Nanoseconds> duration);

  void count_in(Tally& tally);

  // Begins to connect those who are there from the start.
  void prepare(Instant now);
  // Whether they are all subscribed, or will not be.
  [[nodiscard]] bool is_prepared() const { return arriving_ == 0; }
  // How long preparing may take.
  [[nodiscard]] Nanoseconds time_to_prepare() const;
  void begin(Instant begin, Instant measured_from);

  // Every turn of the loop.
  bool complete(const net::Completion& completion, Instant now) { return clients_.complete(completion, now); }
  void expire(Instant now);
  void dispatch(Instant now);
  void flush() { clients_.flush(); }
  [[nodiscard]] Instant next_due() const;

  // The measured time is over: nothing becomes due any more.
  void last_call();
  // What the scenario was for has been done, so that its measured time is over: all cycles, or all messages.
  [[nodiscard]] bool is_accomplished() const;
  // Everything that will ever be due has been started.
  [[nodiscard]] bool exhausted() const;
  // What was started has come to its end: every message was heard by all who have to, every reply came.
  [[nodiscard]] bool is_done(Instant now);
  // Settles in the ledger what can be.
  void settle(Instant now);

  // Closes all connections politely; the loop goes on until is_closed() or the caller's patience ends.
  void leave(Instant now);
  [[nodiscard]] bool is_closed() const { return clients_.open_count() + clients_.closing_count() == 0; }
  // The end: settles everything and closes what is left. `cut_short`: messages that are on their way are owed no more.
  void stop(Instant now, bool cut_short);

  [[nodiscard]] std::uint64_t open_count() const { return clients_.open_count(); }
  // Null when nothing was broadcast. After stop().
  [[nodiscard]] const ledger::Account* account() const { return hearing_ ? &hearing_->ledger().account() : nullptr; }
  // Null when nobody is dropped on purpose. After stop().
  [[nodiscard]] const Comebacks* comebacks() const { return recovery_ ? &recovery_->comebacks() : nullptr; }

 private:
  void opened(Client& client, Instant now) override;
  void said(Client& client, std::string_view message, Instant now) override;
  void ended(Client& client, End end, Instant now) override;

  void subscribe(Client& client, Instant now);
  void enter_stage(Instant now);
  void do_appointed(const Appointment& appointment, Instant now);
  void dismiss(Client& client, Instant now);
  void leave_ledger(const Client& client, Instant now, ledger::Departure departure);
  void arrived(const Client& client);
  [[nodiscard]] bool is_wanted(const Client& client) const;

  const Plan& plan_;
  const std::uint32_t index_;
  const std::optional<Nanoseconds> duration_;
  Tally* tally_ = nullptr;
  Agenda agenda_;
  Clients clients_;
  std::optional<Hearing> hearing_;
  std::optional<Echo> echo_;
  std::optional<Recovery> recovery_;
  std::optional<Speakers> speakers_;
  std::vector<bool> is_arriving_;  // by client: asked to connect, and neither subscribed nor failed
  std::uint32_t arriving_ = 0;
  schedule::Stages stages_;
  std::uint32_t invited_ = 0;  // clients with a lower number have been asked to connect
  bool begun_ = false;
  bool called_ = false;  // the measured time is over
  bool leaving_ = false;
  Instant complete_since_ = kNever;
  Instant next_look_{};
};

}  // namespace loadstone::audience

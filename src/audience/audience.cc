#include "audience/audience.h"

#include <algorithm>

namespace loadstone::audience {
namespace {

// When everybody has heard everything, this long is listened for what comes twice.
constexpr Nanoseconds kLinger = 250ms;
// How often it is found out whether everything was heard; it costs a look at every client and open message.
constexpr Nanoseconds kLook = 20ms;
// Who has lost its connection waits so long before it comes back, unless something else was asked: as browsers do.
constexpr Nanoseconds kUsualRetry = 3s;
// A slow reader wakes this often.
constexpr Nanoseconds kSip = 100ms;
// What one wake-up of a slow reader reads: a buffer of the reactor.
constexpr double kSipBytes = 4096;

}  // namespace

Audience::Audience(const Plan& plan, std::uint32_t index, std::uint32_t count, net::Reactor& reactor,
                   std::optional<Nanoseconds> duration)
    : plan_(plan),
      index_(index),
      duration_(duration),
      clients_(plan, index, count, reactor, *this),
      is_arriving_(clients_.size()),
      stages_(plan.stages, &scenario::AudienceLoad::Stage::clients) {
  if (plan.match && plan.broadcasts) hearing_.emplace(plan, index, count);
  if (plan.echo) echo_.emplace(*plan.echo, clients_, agenda_, index, count, plan.first_id, plan.run);
  if (plan.recover) recovery_.emplace(*plan.recover, plan.match ? plan.drain : Nanoseconds(0), clients_, agenda_);
  if (!plan.speakers.empty()) speakers_.emplace(plan, clients_, index, count);
}

void Audience::count_in(Tally& tally) {
  tally_ = &tally;
  clients_.count_in(tally);
  if (hearing_) hearing_->ledger().count_in(tally.deliveries);
  if (echo_) echo_->count_in(tally);
  if (recovery_) recovery_->count_in(tally);
  if (speakers_) speakers_->count_in(tally);
}

Nanoseconds Audience::time_to_prepare() const {
  return plan_.connect_timeout + plan_.stagger * static_cast<std::int64_t>(plan_.all_clients()) + 1s;
}

void Audience::prepare(Instant now) {
  if (index_ == 0) tally_->connect_dns.record(plan_.dns);  // the name is looked up once
  enter_stage(now);
  // Slow ones come after all others.
  for (std::uint32_t i = 0; i < clients_.size(); ++i) {
    Client& c = clients_[i];
    if (!c.is_slow) continue;
    is_arriving_[i] = true;
    ++arriving_;
    agenda_.add({now + plan_.stagger * static_cast<std::int64_t>(c.number), Deed::kConnect, i, c.use});
  }
}

void Audience::begin(Instant begin, Instant measured_from) {
  begun_ = true;
  stages_.begin(measured_from);
  if (echo_) echo_->begin(begin, measured_from);
  if (recovery_) recovery_->begin(measured_from);
  if (speakers_) speakers_->begin(measured_from);
  if (plan_.churn)
    for (std::uint32_t i = 0; i < clients_.size(); ++i)
      if (clients_[i].is_open() && !clients_[i].is_slow)
        agenda_.add({begin + plan_.churn->stay, Deed::kLeave, i, clients_[i].use});
}

// Asks those to connect who are new in this stage, and those to leave who are too many.
void Audience::enter_stage(Instant now) {
  for (std::uint32_t i = 0; i < clients_.size(); ++i) {
    Client& c = clients_[i];
    if (c.is_slow) continue;
    if (!stages_.wants(c.number)) {
      dismiss(c, now);
    } else if (c.number >= invited_ || c.state == Client::State::kAway) {
      if (!is_arriving_[i]) ++arriving_;
      is_arriving_[i] = true;
      const auto turn = static_cast<std::int64_t>(c.number >= invited_ ? c.number - invited_ : 0);
      agenda_.add({now + plan_.stagger * turn, Deed::kConnect, i, c.use});
    }
  }
  invited_ = stages_.wanted();
}

bool Audience::is_wanted(const Client& c) const { return !leaving_ && (c.is_slow || stages_.wants(c.number)); }

void Audience::dispatch(Instant now) {
  while (stages_.advance(now)) enter_stage(now);
  Appointment appointment;
  while (agenda_.take(now, appointment)) do_appointed(appointment, now);
  if (recovery_ && begun_) recovery_->dispatch(now);
  if (speakers_ && begun_) speakers_->dispatch(now);
  if (echo_ && begun_) echo_->dispatch(now);
}

void Audience::do_appointed(const Appointment& a, Instant now) {
  Client& c = clients_[a.client];
  if (a.use != c.use) return;
  switch (a.deed) {
    case Deed::kConnect:
      if (c.state == Client::State::kAway && is_wanted(c))
        clients_.open(c, now);
      else if (c.state == Client::State::kAway)
        arrived(c);
      break;
    case Deed::kPing:
      clients_.ping(c, now);
      agenda_.add({now + plan_.ping, Deed::kPing, a.client, a.use});
      break;
    case Deed::kSay:
      if (echo_) echo_->say_next(c, a.at, now);
      break;
    case Deed::kLeave:
      if (!called_ && c.is_open()) dismiss(c, now);
      break;
    case Deed::kDrop:
      if (c.is_open()) leave_ledger(c, now, ledger::Departure::kDropped);
      recovery_->drop(c, now);
      break;
    case Deed::kRead: {
      clients_.set_reading(c, true);
      break;
    }
  }
}

void Audience::expire(Instant now) {
  clients_.expire(now);
  if (echo_) echo_->expire(now);
}

Instant Audience::next_due() const {
  Instant next = std::min({agenda_.next(), clients_.next_deadline(), stages_.end()});
  if (!begun_) return next;
  if (recovery_) next = std::min(next, recovery_->next_due());
  if (speakers_) next = std::min(next, speakers_->next_due());
  if (echo_) next = std::min(next, echo_->next_due());
  return next;
}

void Audience::arrived(const Client& c) {
  if (!is_arriving_[c.index]) return;
  is_arriving_[c.index] = false;
  --arriving_;
}

void Audience::opened(Client& c, Instant now) {
  c.is_returning = false;
  const Kind& kind = plan_.kind_of(c.number);
  if (!kind.on_open.empty()) clients_.say(c, kind.on_open);
  if (plan_.ping > Nanoseconds(0)) {
    // Those who connected together need not ping together.
    const auto part = plan_.ping * static_cast<std::int64_t>(c.number % 64) / 64;
    agenda_.add({now + plan_.ping + part, Deed::kPing, c.index, c.use});
  }
  if (c.is_slow) {
    clients_.set_reading(c, false);
    if (plan_.slow_bytes_per_second > 0) agenda_.add({now + kSip, Deed::kRead, c.index, c.use});
    arrived(c);
    return;
  }
  if (plan_.churn && begun_) agenda_.add({now + plan_.churn->stay, Deed::kLeave, c.index, c.use});
  if (recovery_) recovery_->opened(c, now);
  if (!kind.ready) subscribe(c, now);
}

void Audience::subscribe(Client& c, Instant now) {
  c.is_subscribed = true;
  arrived(c);
  if (hearing_) hearing_->ledger().subscribed(c.index, now);
  if (echo_) echo_->ready(c, now);
}

void Audience::said(Client& c, std::string_view message, Instant now) {
  if (c.is_slow) {
    // One buffer full was read; the next when its bytes are due.
    clients_.set_reading(c, false);
    const double pause = std::max(kSipBytes / plan_.slow_bytes_per_second, to_seconds(kSip));
    agenda_.add({now + from_seconds(pause), Deed::kRead, c.index, c.use});
    return;
  }
  if (!c.is_subscribed) {
    const Kind& kind = plan_.kind_of(c.number);
    if (kind.ready && kind.ready->matches(message)) subscribe(c, now);
    return;
  }
  if (recovery_) recovery_->heard(c, now);
  if (echo_) echo_->heard(c, message, now);
  if (hearing_) hearing_->heard(c, message, now);
}

// Who takes the place of one that goes is somebody new.
void Audience::dismiss(Client& c, Instant now) {
  leave_ledger(c, now, ledger::Departure::kLeft);
  clients_.close(c, Clients::How::kClose, now);
  c.session->forget();
  c.is_returning = false;
}

void Audience::leave_ledger(const Client& c, Instant now, ledger::Departure departure) {
  if (!hearing_ || c.is_slow) return;
  const bool on_purpose = departure == ledger::Departure::kDropped && recovery_;
  hearing_->ledger().left(c.index, now, departure, on_purpose ? recovery_->cycle() : 0);
}

void Audience::ended(Client& c, End end, Instant now) {
  arrived(c);
  if (c.is_slow) return;
  if (echo_) echo_->ended(c);
  const bool was_caused = recovery_ && end == End::kLost && recovery_->was_caused(c, now);
  leave_ledger(c, now,
               was_caused          ? ledger::Departure::kDropped
               : end == End::kLost ? ledger::Departure::kService
                                   : ledger::Departure::kLeft);
  if (leaving_ || !is_wanted(c)) return;
  if (recovery_ && recovery_->is_following(c)) {
    recovery_->ended(c, end, now);
  } else if (plan_.churn && end != End::kLost && begun_ && !called_) {
    // The next one comes at once; who was refused tries again a little later.
    agenda_.add({end == End::kLeft ? now : now + kSip, Deed::kConnect, c.index, c.use});
  } else if (plan_.reconnect && (end == End::kLost || c.is_returning)) {
    c.is_returning = true;
    agenda_.add({now + clients_.asked_pause(c).value_or(kUsualRetry), Deed::kConnect, c.index, c.use});
  }
}

void Audience::last_call() {
  if (called_) return;
  called_ = true;
  stages_.stay();
  if (echo_) echo_->stop();
  if (recovery_) recovery_->stop();
  if (speakers_) speakers_->stop();
}

bool Audience::is_accomplished() const {
  return begun_ && ((recovery_ && recovery_->is_over()) || (echo_ && plan_.echo->count && echo_->is_over()));
}

bool Audience::exhausted() const {
  if (called_) return true;
  if (duration_ || recovery_ || echo_) return false;
  return !speakers_ || speakers_->is_over();
}

bool Audience::is_done(Instant now) {
  if (echo_ && echo_->outstanding() > 0) return false;
  if (!hearing_) return true;
  if (now < next_look_) return complete_since_ != kNever && complete_since_ + kLinger <= now;
  next_look_ = now + kLook;
  const bool is_complete = plan_.broadcasts->all_finished() && hearing_->ledger().is_complete();
  if (!is_complete) complete_since_ = kNever;
  if (is_complete && complete_since_ == kNever) complete_since_ = now;
  return complete_since_ != kNever && complete_since_ + kLinger <= now;
}

void Audience::settle(Instant now) {
  if (hearing_) hearing_->ledger().settle(now);
}

void Audience::leave(Instant now) {
  leaving_ = true;
  settle(now);
  for (std::uint32_t i = 0; i < clients_.size(); ++i) {
    leave_ledger(clients_[i], now, ledger::Departure::kLeft);
    clients_.close(clients_[i], Clients::How::kClose, now);
  }
}

void Audience::stop(Instant now, bool cut_short) {
  leaving_ = true;
  if (recovery_) recovery_->finish();
  if (hearing_) {
    hearing_->ledger().settle(now);
    if (cut_short)
      for (std::uint32_t i = 0; i < clients_.size(); ++i) leave_ledger(clients_[i], now, ledger::Departure::kLeft);
    hearing_->ledger().settle(kNever);
  }
  clients_.abandon();
}

}  // namespace loadstone::audience

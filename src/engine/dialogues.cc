#include "engine/dialogues.h"

#include <algorithm>

#include "base/check.h"
#include "base/format.h"
#include "base/units.h"
#include "engine/load.h"
#include "engine/travellers.h"

namespace loadstone::engine {
namespace {

using State = Dialogue::State;
using Waits = journey::Speech::Waits;

// More of a message that came in vain is not kept: it is only shown.
constexpr std::size_t kShown = 1024;

}  // namespace

Dialogues::Dialogues(const Plan& plan, net::Reactor& reactor, const Clock& clock, Connections& connections)
    : plan_(plan), reactor_(reactor), clock_(clock), connections_(connections) {}

const journey::Speech& Dialogues::speech(const Dialogue& d) const {
  DCHECK(d.is_busy);
  return *d.party.travellers->speech(d.user);
}

Dialogue* Dialogues::find(std::uint32_t user, const std::string& target) {
  for (const auto& d : by_user_[user])
    if (d->target == target) return d.get();
  return nullptr;
}

void Dialogues::start(const Party& party, const Exchange& exchange, Instant now) {
  ++in_flight_;
  if (by_user_.size() <= exchange.user) by_user_.resize(exchange.user + 1);
  auto& own = by_user_[exchange.user];
  const std::string target = party.travellers->destination(exchange);
  const journey::Speech& speech = *party.travellers->speech(exchange.user);
  Dialogue* found = find(exchange.user, target);
  const bool is_new = found == nullptr;
  if (is_new) {
    if (speech.closes) return turn_away(party, exchange, "no WebSocket to this path is open, to be closed", now);
    if (own.size() >= kMostOfUser)
      return turn_away(party, exchange, format("more than {} WebSockets of one user", kMostOfUser), now);
    own.push_back(std::make_unique<Dialogue>(party.travellers->opening(exchange, target, now), randomness_));
    found = own.back().get();
    found->party = party;
    found->user = exchange.user;
    found->number = made_++;
    found->target = target;
  }
  Dialogue& d = *found;
  DCHECK(!d.is_busy);
  d.is_busy = true;
  d.has_opened = is_new;
  d.exchange = exchange;
  d.expires = now + speech.timeout.value_or(plan_.request_timeout);
  d.in_vain = 0;
  if (is_new) return open(d, now);
  watch(d);
  if (d.state == State::kGone) return begin_too_late(d, now);
  begin(d, std::max(exchange.due, d.idle_since), now);
}

void Dialogues::turn_away(const Party& party, Exchange exchange, const std::string& why, Instant now) {
  --in_flight_;
  exchange.free = exchange.sent = now;
  party.load->turned_away(exchange, now);
  connections_.record(*party.load, exchange, Outcome::kConnect, 0, why, now);
}

// On an open connection.
void Dialogues::begin(Dialogue& d, Instant free, Instant now) {
  const journey::Speech& s = speech(d);
  d.exchange.free = free;
  ++tally_->sent;
  // What has ended it has come with what opened it, and is about to be heard.
  if ((s.closes || s.says) && d.session.state() != websocket::Session::State::kOpen) return;
  if (s.closes) {
    take_leave(d);
    speak(d);
    return;
  }
  if (s.says) {
    d.inbox.clear();
    d.session.send_text(d.party.travellers->message(d.exchange));
    speak(d);
    return;
  }
  d.exchange.sent = now;
  if (s.waits == Waits::kForNothing) {
    answered(d, 0, {}, now);
    return;
  }
  if (finds_what_it_awaits(d, now) || !d.inbox.has_lost()) return;
  d.exchange.first_byte = now;
  end(d,
      {Outcome::kCheck, 0,
       format("at most {} messages, or {} MiB, between two steps", show_count(Inbox::kMostMessages),
              Inbox::kMostBytes >> 20),
       d.party.travellers->in_vain(d.user, d.in_vain, d.last_in_vain)},
      now);
}

// The service has closed the connection since the last step. What it said before that may still be what is awaited.
void Dialogues::begin_too_late(Dialogue& d, Instant now) {
  const journey::Speech& s = speech(d);
  d.exchange.free = d.exchange.sent = now;
  ++tally_->sent;
  if (s.closes && d.took_leave) return answered(d, 0, {}, now);
  if (s.waits == Waits::kForOne && !s.says && finds_what_it_awaits(d, now)) return;
  end(d, {Outcome::kReset, 0, d.why}, now);
}

// Among the messages that came before; those that stand before it are passed over.
bool Dialogues::finds_what_it_awaits(Dialogue& d, Instant now) {
  while (!d.inbox.empty()) {
    const std::string message = d.inbox.take();
    if (d.party.travellers->awaits(d.exchange, message)) {
      answered(d, 0, message, now);
      return true;
    }
    pass_over(d, message);
  }
  return false;
}

void Dialogues::hear(Dialogue& d, std::string_view message, Instant now) {
  if (d.is_detached || d.state != State::kOpen) return;
  if (!d.is_busy || speech(d).waits == Waits::kForNothing) {
    d.inbox.put(message);
    return;
  }
  if (speech(d).says && d.exchange.sent == Instant{}) return;  // it came before what is said went out
  if (speech(d).waits == Waits::kForAny || d.party.travellers->awaits(d.exchange, message)) {
    d.exchange.first_byte = std::max(d.exchange.sent, d.message_began);
    answered(d, 0, message, now);
    return;
  }
  pass_over(d, message);
}

void Dialogues::pass_over(Dialogue& d, std::string_view message) {
  ++d.in_vain;
  d.last_in_vain.assign(message.substr(0, kShown));
}

// What it waited for has come: a message, or without one the answer to who would open the connection, if `status` is
// its, or that nothing more is to be waited for.
void Dialogues::answered(Dialogue& d, std::uint16_t status, std::string_view message, Instant now) {
  const Step& step = plan_.steps[d.exchange.step];
  d.exchange.first_byte = std::max({d.exchange.first_byte, d.exchange.sent});
  journey::Answer answer;
  answer.status = status;
  answer.body = message;
  Outcome outcome = Outcome::kOk;
  if (status != 0 && !step.check.accepts(status))
    outcome = Outcome::kStatus;
  else if (!std::all_of(step.check.body_contains.begin(), step.check.body_contains.end(),
                        [&](const std::string& text) { return message.find(text) != std::string_view::npos; }))
    outcome = Outcome::kCheck;
  const Judgement judgement = d.party.load->judge(d.exchange, answer, outcome, now);
  if (judgement.outcome != Outcome::kOk)
    tally_->problem(format("{}: {}", step.name, judgement.expected), judgement.example);
  const bool is_upgraded = status == 0 && d.has_opened;
  end(d, {judgement.outcome, is_upgraded ? kUpgraded : status}, now);
}

void Dialogues::end(Dialogue& d, const Ending& ending, Instant now) {
  if (d.exchange.free == Instant{}) d.exchange.free = now;
  if (d.exchange.sent == Instant{}) d.exchange.sent = std::max(now, d.exchange.free);
  d.is_busy = false;
  d.idle_since = now;
  d.expires = kNever;
  d.last_in_vain.clear();
  watch(d);
  --in_flight_;
  connections_.record(*d.party.load, d.exchange, ending.outcome, ending.status, ending.detail,
                      std::max(now, d.exchange.sent), ending.example);
}

void Dialogues::out_of_time(Dialogue& d, Instant now) {
  if (d.is_speaking) flush();
  const std::string after = show_duration(speech(d).timeout.value_or(plan_.request_timeout));
  const std::uint32_t user = d.user;
  Ending ending{Outcome::kTimeout};
  switch (d.state) {
    case State::kOpen:
      ending.detail =
          format("{} within {}",
                 speech(d).waits == Waits::kForNothing ? "the message had not gone" : "no awaited message", after);
      if (speech(d).waits != Waits::kForNothing)
        ending.example = d.party.travellers->in_vain(user, d.in_vain, d.last_in_vain);
      break;
    case State::kClosing:
      ending.detail = format("no answer to the close frame within {}", after);
      break;
    default:
      ending.detail = format("the WebSocket was not open within {}", after);
      break;
  }
  end(d, ending, now);
}

// Keeps the instant by which something must have happened.
void Dialogues::watch(Dialogue& d) {
  const bool is_opening = d.state == State::kConnecting || d.state == State::kAsking;
  const Instant deadline = std::min(d.expires, is_opening ? d.begun + plan_.connect_timeout : kNever);
  if (deadline == d.deadline) return;
  if (d.deadline != kNever) deadlines_.erase({d.deadline, d.number});
  d.deadline = deadline;
  if (deadline != kNever) deadlines_.emplace(std::pair(deadline, d.number), &d);
}

void Dialogues::expire(Instant now) {
  while (!deadlines_.empty() && deadlines_.begin()->first.first <= now) {
    Dialogue& d = *deadlines_.begin()->second;
    if (d.expires <= now)
      out_of_time(d, now);
    else
      lost(d, Outcome::kConnect, format("not open within {}", show_duration(plan_.connect_timeout)), now);
  }
  open_queued(now);
  while (!detached_.empty()) {
    Dialogue& oldest = *detached_.front();
    if (oldest.state != State::kGone && oldest.closes_by > now && detached_.size() <= kMaxLingering) break;
    disconnect(oldest);
    detached_.pop_front();
  }
}

Instant Dialogues::next_deadline() const {
  Instant next = deadlines_.empty() ? kNever : deadlines_.begin()->first.first;
  if (!detached_.empty()) next = std::min(next, detached_.front()->closes_by);
  return next;
}

void Dialogues::leave(std::uint32_t user, Instant now) {
  if (by_user_.size() <= user) return;
  while (!by_user_[user].empty()) detach(*by_user_[user].back(), now);
}

void Dialogues::say_farewell(Instant now) {
  end_all(now);
  for (std::uint32_t user = 0; user < by_user_.size(); ++user) leave(user, now);
}

void Dialogues::end_all(Instant now) {
  flush();
  for (const auto& own : by_user_)
    for (const auto& d : own)
      if (d->is_busy) end(*d, {Outcome::kUnfinished}, now);
}

void Dialogues::abandon(Instant now) {
  end_all(now);
  queued_.clear();
  for (const auto& own : by_user_)
    for (const auto& d : own) disconnect(*d);
  for (const auto& d : detached_) disconnect(*d);
}

}  // namespace loadstone::engine

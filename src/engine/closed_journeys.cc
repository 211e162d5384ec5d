#include "engine/closed_journeys.h"

#include <algorithm>

#include "engine/backoff.h"

namespace loadstone::engine {
namespace {

// A journey none of whose steps is to be sent would otherwise begin again at once, for ever.
constexpr Nanoseconds kNothingToDo = 10ms;

}  // namespace

ClosedJourneys::ClosedJourneys(const Plan& plan, const scenario::ClosedLoad& load, Connections& connections,
                               Dialogues* dialogues, Budget& budget, const std::vector<std::uint32_t>& users,
                               Turns turns, const Random& random)
    : plan_(plan),
      connections_(connections),
      dialogues_(dialogues),
      budget_(budget),
      travellers_(plan),
      turns_(turns),
      stages_(load.stages, &scenario::ClosedLoad::Stage::users),
      users_(users.size()) {
  for (std::uint32_t i = 0; i < users_.size(); ++i) {
    users_[i].number = users[i];
    users_[i].connection = &connections_.add(*this, i);
    travellers_.add(random.stream(users[i]));
  }
}

void ClosedJourneys::prepare(Instant now) {
  if (!plan_.keep_alive || !plan_.script->requests()) return;
  // Those of the first stage only: later users connect when they arrive.
  for (const User& user : users_)
    if (stages_.wants(user.number)) connections_.open(*user.connection, now);
}

void ClosedJourneys::begin(Instant begin, Instant measured_from) {
  begun_ = true;
  measured_from_ = measured_from;
  stages_.begin(measured_from);
  enter_stage(begin);
}

void ClosedJourneys::enter_stage(Instant now) {
  for (std::uint32_t i = 0; i < users_.size(); ++i) {
    if (!stages_.wants(users_[i].number) || !users_[i].parked) continue;
    users_[i].parked = false;
    timers_.push({now, i});
  }
}

void ClosedJourneys::dispatch(Instant now) {
  if (!begun_ || stopped_) return;
  while (stages_.advance(now)) enter_stage(now);
  while (!timers_.empty() && timers_.top().due <= now) {
    const Timer timer = timers_.top();
    timers_.pop();
    if (users_[timer.user].not_before > now)
      timers_.push({users_[timer.user].not_before, timer.user});
    else
      go_on(timer.user, timer.due, now);
  }
}

// Sends the user's next step, the first of a new journey if it has come to the end of one.
void ClosedJourneys::go_on(std::uint32_t user, Instant due, Instant now) {
  if (!travellers_.is_on_the_way(user) && !depart(user, due)) return;
  if (!travellers_.is_on_the_way(user)) {
    timers_.push({now + kNothingToDo, user});
    return;
  }
  Exchange exchange;
  exchange.due = due;
  exchange.step = travellers_.step(user);
  exchange.measured = due >= measured_from_;
  exchange.number = budget_.next_number();
  exchange.user = user;
  connections_.scheduled(exchange.measured);
  if (dialogues_ != nullptr && travellers_.speech(user) != nullptr)
    dialogues_->start({this, &travellers_}, exchange, now);
  else
    connections_.start(*users_[user].connection, exchange, now);
}

// False when no journey is to begin any more. Users who are not wanted any longer come to the end of theirs first.
bool ClosedJourneys::depart(std::uint32_t user, Instant due) {
  if (!stages_.wants(users_[user].number) || (due >= measured_from_ && !budget_.take())) {
    users_[user].parked = true;
    return false;
  }
  travellers_.depart(user, {turns_.take(), budget_.next_number(), users_[user].number + 1ULL});
  on_the_way_ += travellers_.is_on_the_way(user) ? 1 : 0;
  return true;
}

Judgement ClosedJourneys::judge(const Exchange& exchange, const journey::Answer& answer, Outcome so_far, Instant now) {
  Judgement judgement = travellers_.judge(exchange, answer, so_far, now);
  users_[exchange.user].backoff = Nanoseconds(0);
  if (!travellers_.is_on_the_way(exchange.user)) arrive(exchange.user, now);
  timers_.push({now + travellers_.pause(exchange.user), exchange.user});
  return judgement;
}

// After an answer this is known already.
void ClosedJourneys::failed(const Exchange& exchange, Instant now) {
  if (!travellers_.is_on_the_way(exchange.user)) return;
  travellers_.give_up(exchange.user);
  arrive(exchange.user, now);
  timers_.push({now + travellers_.pause(exchange.user), exchange.user});
}

// At the end of a journey, whatever it was like.
void ClosedJourneys::arrive(std::uint32_t user, Instant now) {
  --on_the_way_;
  if (dialogues_ != nullptr) dialogues_->leave(user, now);
}

void ClosedJourneys::turned_away(const Exchange& exchange, Instant now) {
  User& user = users_[exchange.user];
  user.backoff = next_backoff(user.backoff);
  user.not_before = now + user.backoff;
}

Instant ClosedJourneys::next_due() const {
  if (!begun_ || stopped_) return kNever;
  return timers_.empty() ? stages_.end() : std::min(stages_.end(), timers_.top().due);
}

void ClosedJourneys::idle(Connection& c, Instant) { users_[c.user].backoff = Nanoseconds(0); }

void ClosedJourneys::closed(Connection& c, Instant now, bool refused) {
  User& user = users_[c.user];
  user.backoff = refused ? next_backoff(user.backoff) : Nanoseconds(0);
  if (refused) user.not_before = now + user.backoff;
}

}  // namespace loadstone::engine

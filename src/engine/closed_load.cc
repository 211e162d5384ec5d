#include "engine/closed_load.h"

#include <algorithm>

#include "engine/backoff.h"

namespace loadstone::engine {

ClosedLoad::ClosedLoad(const Plan& plan, const Group& group, Connections& connections, Budget& budget,
                       const std::vector<std::uint32_t>& users, Random random)
    : plan_(plan),
      group_(group),
      load_(std::get<scenario::ClosedLoad>(group.load)),
      stages_(load_.stages, &scenario::ClosedLoad::Stage::users),
      connections_(connections),
      budget_(budget),
      users_(users.size()),
      random_(random) {
  // As many neighbours share a connection as it has streams; its number is that of the first of them.
  const auto streams = static_cast<std::uint32_t>(plan.streams);
  for (std::uint32_t i = 0; i < users_.size(); ++i) {
    User& user = users_[i];
    user.number = users[i];
    const bool is_next = i > 0 && users[i] / streams == users[i - 1] / streams;
    user.connection = is_next ? users_[i - 1].connection : &connections_.add(*this, i, plan.streams);
    user.place = i - user.connection->user;
  }
}

void ClosedLoad::prepare(Instant now) {
  if (!plan_.keep_alive) return;
  // Those of the first stage only: later users connect when they arrive.
  for (const User& user : users_)
    if (stages_.wants(user.number) && user.place == 0) connections_.open(*user.connection, now);
}

void ClosedLoad::begin(Instant begin, Instant measured_from) {
  begun_ = true;
  measured_from_ = measured_from;
  stages_.begin(measured_from);
  enter_stage(begin);
}

void ClosedLoad::enter_stage(Instant now) {
  for (std::uint32_t i = 0; i < users_.size(); ++i) {
    if (!stages_.wants(users_[i].number) || !users_[i].parked) continue;
    users_[i].parked = false;
    next(i, now, now);
  }
}

void ClosedLoad::dispatch(Instant now) {
  if (!begun_ || stopped_) return;
  while (stages_.advance(now)) enter_stage(now);
  while (!timers_.empty() && timers_.top().due <= now) {
    const Timer timer = timers_.top();
    timers_.pop();
    users_[timer.user].waiting = false;
    next(timer.user, timer.due, now);
  }
}

// Lets a user send the next request, which became due at `due`.
void ClosedLoad::next(std::uint32_t user, Instant due, Instant now) {
  if (stopped_) return;
  const bool measured = due >= measured_from_;
  if (!stages_.wants(users_[user].number) || (measured && !budget_.take())) {
    users_[user].parked = true;
    return;
  }
  Exchange exchange;
  exchange.due = due;
  exchange.step = group_.steps.size() == 1 ? group_.steps[0] : group_.pick(random_.uniform());
  exchange.measured = measured;
  exchange.number = budget_.next_number();
  connections_.scheduled(measured);
  connections_.start(*users_[user].connection, users_[user].place, exchange, now);
}

Instant ClosedLoad::next_due() const {
  if (stopped_) return kNever;
  return timers_.empty() ? stages_.end() : std::min(stages_.end(), timers_.top().due);
}

void ClosedLoad::idle(Connection& c, Instant now) {
  if (c.streams == 1) {
    answered(c.user, now);
    return;
  }
  // Those who have ended are in the row of the free, and the others need not be looked at.
  for (Flight *f = c.free.first(), *later = nullptr; f != nullptr; f = later) {
    later = f->later;
    const std::uint32_t i = c.user + f->place;
    if (i < users_.size() && users_[i].connection == &c) answered(i, now);
  }
}

void ClosedLoad::answered(std::uint32_t i, Instant now) {
  User& user = users_[i];
  user.backoff = Nanoseconds(0);
  if (begun_ && !user.parked && !user.waiting && !user.is_busy()) next_after(i, load_.think, now);
}

void ClosedLoad::next_after(std::uint32_t user, Nanoseconds pause, Instant now) {
  if (pause <= Nanoseconds(0)) {
    next(user, now, now);
    return;
  }
  users_[user].waiting = true;
  timers_.push({now + pause, user});
}

void ClosedLoad::closed(Connection& c, Instant now, bool refused) {
  if (!begun_ || stopped_) return;
  for (std::uint32_t i = c.user; i < users_.size() && users_[i].connection == &c; ++i) {
    User& user = users_[i];
    // Those who wait were thinking when the peer closed; those who are busy are tried again.
    if (user.parked || user.waiting || user.is_busy()) continue;
    Nanoseconds pause = load_.think;
    if (refused) {
      user.backoff = next_backoff(user.backoff);
      pause = std::max(pause, user.backoff);
    } else {
      user.backoff = Nanoseconds(0);
    }
    next_after(i, pause, now);
  }
}

}  // namespace loadstone::engine

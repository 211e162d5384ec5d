#include "engine/closed_load.h"

#include <algorithm>

#include "engine/backoff.h"

namespace loadstone::engine {

ClosedLoad::ClosedLoad(const Plan& plan, const Group& group, Connections& connections, Budget& budget,
                       std::vector<std::uint32_t> users, Random random)
    : plan_(plan),
      group_(group),
      load_(std::get<scenario::ClosedLoad>(group.load)),
      stages_(load_.stages, &scenario::ClosedLoad::Stage::users),
      connections_(connections),
      budget_(budget),
      users_(users.size()),
      numbers_(std::move(users)),
      random_(random),
      parked_(users_.size(), true) {
  // As many neighbours share a connection as it has streams; its number is that of the first of them.
  const auto streams = static_cast<std::uint32_t>(plan.streams);
  for (std::uint32_t i = 0; i < users_.size(); ++i) {
    const bool is_next = i > 0 && numbers_[i] / streams == numbers_[i - 1] / streams;
    users_[i].connection = is_next ? users_[i - 1].connection : &connections_.add(*this, i, plan.streams);
    users_[i].place = i - users_[i].connection->user;
  }
}

void ClosedLoad::prepare(Instant now) {
  if (!plan_.keep_alive) return;
  // Those of the first stage only: later users connect when they arrive.
  for (std::size_t i = 0; i < users_.size(); ++i)
    if (stages_.wants(numbers_[i]) && users_[i].place == 0) connections_.open(*users_[i].connection, now);
}

void ClosedLoad::begin(Instant begin, Instant measured_from) {
  begun_ = true;
  measured_from_ = measured_from;
  stages_.begin(measured_from);
  enter_stage(begin);
}

void ClosedLoad::enter_stage(Instant now) {
  for (std::uint32_t i = 0; i < users_.size(); ++i) {
    if (!stages_.wants(numbers_[i]) || !parked_[i]) continue;
    parked_[i] = false;
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
  if (!stages_.wants(numbers_[user]) || (measured && !budget_.take())) {
    parked_[user] = true;
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

template <class F>
void ClosedLoad::each_user_of(const Connection& c, F f) {
  for (std::uint32_t i = c.user; i < users_.size() && users_[i].connection == &c; ++i) f(i);
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
  if (begun_ && !parked_[i] && !user.waiting && !user.is_busy()) next_after(i, load_.think, now);
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
  each_user_of(c, [&](std::uint32_t i) {
    User& user = users_[i];
    // Those who wait were thinking when the peer closed; those who are busy are tried again.
    if (parked_[i] || user.waiting || user.is_busy()) return;
    Nanoseconds pause = load_.think;
    if (refused) {
      user.backoff = next_backoff(user.backoff);
      pause = std::max(pause, user.backoff);
    } else {
      user.backoff = Nanoseconds(0);
    }
    next_after(i, pause, now);
  });
}

}  // namespace loadstone::engine

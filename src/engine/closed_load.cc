#include "engine/closed_load.h"

#include <algorithm>

#include "engine/backoff.h"

namespace loadstone::engine {

ClosedLoad::ClosedLoad(const Plan& plan, const Group& group, Connections& connections, Budget& budget,
                       std::vector<std::uint32_t> users, Random random)
    : plan_(plan),
      group_(group),
      load_(std::get<scenario::ClosedLoad>(group.load)),
      connections_(connections),
      budget_(budget),
      users_(users.size()),
      numbers_(std::move(users)),
      random_(random),
      parked_(users_.size(), true) {
  for (std::uint32_t i = 0; i < users_.size(); ++i) users_[i].connection = &connections_.add(*this, i);
}

void ClosedLoad::prepare(Instant now) {
  if (!plan_.keep_alive) return;
  // Those of the first stage only: later users connect when they arrive.
  for (std::size_t i = 0; i < users_.size(); ++i)
    if (numbers_[i] < static_cast<std::uint32_t>(load_.stages.front().users))
      connections_.open(*users_[i].connection, now);
}

void ClosedLoad::begin(Instant begin, Instant measured_from) {
  begun_ = true;
  measured_from_ = measured_from;
  stage_ = 0;
  stage_ends_ = load_.stages.size() > 1 ? measured_from + load_.stages[0].duration : kNever;
  enter_stage(begin);
}

int ClosedLoad::active_users() const { return load_.stages[stage_].users; }

void ClosedLoad::enter_stage(Instant now) {
  for (std::size_t i = 0; i < users_.size(); ++i) {
    if (numbers_[i] >= static_cast<std::uint32_t>(active_users()) || !parked_[i]) continue;
    parked_[i] = false;
    next(*users_[i].connection, now, now);
  }
}

void ClosedLoad::dispatch(Instant now) {
  if (!begun_ || stopped_) return;
  while (stage_ends_ <= now) {
    if (stage_ + 1 == load_.stages.size()) {
      stage_ends_ = kNever;
      break;
    }
    ++stage_;
    const Instant began = stage_ends_;
    stage_ends_ = stage_ + 1 < load_.stages.size() ? began + load_.stages[stage_].duration : kNever;
    enter_stage(now);
  }
  while (!timers_.empty() && timers_.top().due <= now) {
    const Timer timer = timers_.top();
    timers_.pop();
    users_[timer.user].waiting = false;
    next(*users_[timer.user].connection, timer.due, now);
  }
}

// Lets a user send the next request, which became due at `due`.
void ClosedLoad::next(Connection& c, Instant due, Instant now) {
  if (stopped_) return;
  if (numbers_[c.user] >= static_cast<std::uint32_t>(active_users())) {
    parked_[c.user] = true;
    return;
  }
  const bool measured = due >= measured_from_;
  if (measured && !budget_.take()) {
    parked_[c.user] = true;
    return;
  }
  Exchange exchange;
  exchange.due = due;
  exchange.step = group_.steps.size() == 1 ? group_.steps[0] : group_.pick(random_.uniform());
  exchange.measured = measured;
  exchange.number = budget_.next_number();
  connections_.scheduled(measured);
  connections_.start(c, exchange, now);
}

Instant ClosedLoad::next_due() const {
  if (stopped_) return kNever;
  return timers_.empty() ? stage_ends_ : std::min(stage_ends_, timers_.top().due);
}

void ClosedLoad::idle(Connection& c, Instant now) {
  users_[c.user].backoff = Nanoseconds(0);
  if (!begun_ || parked_[c.user]) return;
  if (!users_[c.user].waiting) next_after(c, load_.think, now);
}

void ClosedLoad::next_after(Connection& c, Nanoseconds pause, Instant now) {
  if (pause <= Nanoseconds(0)) {
    next(c, now, now);
    return;
  }
  users_[c.user].waiting = true;
  timers_.push({now + pause, c.user});
}

void ClosedLoad::closed(Connection& c, Instant now, bool refused) {
  if (!begun_ || parked_[c.user] || stopped_) return;
  User& user = users_[c.user];
  if (user.waiting) return;  // the peer closed while the user was thinking
  Nanoseconds pause = load_.think;
  if (refused) {
    user.backoff = next_backoff(user.backoff);
    pause = std::max(pause, user.backoff);
  } else {
    user.backoff = Nanoseconds(0);
  }
  next_after(c, pause, now);
}

}  // namespace loadstone::engine

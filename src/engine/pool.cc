#include "engine/pool.h"

#include "base/check.h"
#include "engine/backoff.h"

namespace loadstone::engine {

Pool::Pool(const Plan& plan, Connections& connections, Load& owner, int count)
    : plan_(plan),
      connections_(connections),
      is_free_(static_cast<std::size_t>(count)),
      alive_(static_cast<std::size_t>(count)),
      backoff_(static_cast<std::size_t>(count)) {
  for (int i = 0; i < count; ++i) own_.push_back(&connections_.add(owner, static_cast<std::uint32_t>(i), plan.streams));
}

void Pool::prepare(Instant now) {
  for (Connection* c : own_) {
    if (plan_.keep_alive)
      connections_.open(*c, now);
    else
      list(*c);
  }
}

void Pool::list(Connection& c) {
  if (is_free_[c.user]) return;
  is_free_[c.user] = true;
  free_.push_back(&c);
}

void Pool::reopen(Instant now) {
  while (!retries_.empty() && retries_.top().due <= now) {
    Connection* c = retries_.top().connection;
    retries_.pop();
    if (c->state == Connection::State::kClosed) connections_.open(*c, now);
  }
}

Connection* Pool::free() {
  // One that the peer closed while it was free, and that is being opened again, is still in the queue.
  while (!free_.empty() && !free_.front()->can_take()) {
    is_free_[free_.front()->user] = false;
    free_.pop_front();
  }
  return free_.empty() ? nullptr : free_.front();
}

void Pool::start(Connection& c, const Exchange& exchange, Instant now) {
  DCHECK(&c == free_.front());
  free_.pop_front();
  is_free_[c.user] = false;
  connections_.start(c, exchange, now);
  // With streams left it goes to the end: arrivals are spread over the connections.
  if (plan_.streams > 1 && c.can_take()) list(c);
}

void Pool::idle(Connection& c) {
  Nanoseconds& backoff = backoff_[c.user];
  if (backoff > Nanoseconds(0)) {
    backoff = Nanoseconds(0);
    ++alive_;
  }
  if (c.can_take()) list(c);  // dispatch() follows in the same turn
}

void Pool::closed(Connection& c, Instant now, bool refused) {
  Nanoseconds& backoff = backoff_[c.user];
  if (refused) {
    if (backoff == Nanoseconds(0)) --alive_;
    backoff = next_backoff(backoff);
    retries_.push({now + backoff, &c});
    return;
  }
  // One that was closed before it served anything is opened again when it is needed: a server that takes connections
  // only to close them would be asked again and again.
  if (plan_.keep_alive && !c.fresh)
    connections_.open(c, now);
  else
    list(c);
}

}  // namespace loadstone::engine

#include "engine/open_load.h"

#include <algorithm>

#include "engine/backoff.h"

namespace loadstone::engine {

OpenLoad::OpenLoad(const Plan& plan, const Group& group, Connections& connections, Budget& budget,
                   int connections_count, schedule::Timetable timetable, std::uint64_t seed)
    : plan_(plan),
      group_(group),
      connections_(connections),
      budget_(budget),
      timetable_(std::move(timetable)),
      seed_(seed),
      is_free_(static_cast<std::size_t>(connections_count)),
      backoff_(static_cast<std::size_t>(connections_count)) {
  for (int i = 0; i < connections_count; ++i)
    own_.push_back(&connections_.add(*this, static_cast<std::uint32_t>(i), plan.streams));
  alive_ = own_.size();
}

void OpenLoad::prepare(Instant now) {
  for (Connection* c : own_) {
    if (plan_.keep_alive)
      connections_.open(*c, now);
    else
      list(*c);
  }
}

void OpenLoad::list(Connection& c) {
  if (is_free_[c.user]) return;
  is_free_[c.user] = true;
  free_.push_back(&c);
}

void OpenLoad::begin(Instant begin, Instant measured_from) {
  begun_ = true;
  timetable_.begin(begin, measured_from);
  finish_stream_at_end();
}

void OpenLoad::finish_stream_at_end() {
  if (!timetable_.front() && stream() != nullptr) stream()->finish();
}

Exchange OpenLoad::take() {
  const schedule::Timetable::Entry arrival = *timetable_.front();
  Exchange exchange;
  exchange.due = arrival.due;
  exchange.measured = arrival.measured;
  // Which request an arrival is depends on its place in the global sequence alone, not on the shard that sends it.
  if (group_.steps.size() == 1)
    exchange.step = group_.steps[0];
  else
    exchange.step = group_.pick(Random(seed_).stream(arrival.index * 2 + (arrival.measured ? 1 : 0)).uniform());
  if (auto* messages = stream())
    exchange.number = plan_.audience->broadcasts->id({group_.publishing->stream, messages->publish(exchange.due)});
  else
    exchange.number = budget_.next_number();
  connections_.scheduled(arrival.measured);
  timetable_.pop();
  finish_stream_at_end();
  return exchange;
}

void OpenLoad::dispatch(Instant now) {
  while (!retries_.empty() && retries_.top().due <= now) {
    Connection* c = retries_.top().connection;
    retries_.pop();
    if (c->state == Connection::State::kClosed) connections_.open(*c, now);
  }
  while (is_due(now)) {
    if (!free_.empty()) {
      Connection* c = free_.front();
      free_.pop_front();
      is_free_[c->user] = false;
      // One that the peer closed while it was free, and that is being opened again, is still in the queue.
      if (!c->can_take()) continue;
      connections_.start(*c, take(), now);
      // With streams left it goes to the end: arrivals are spread over the connections.
      if (plan_.streams > 1 && c->can_take()) list(*c);
    } else if (alive_ == 0) {
      connections_.refuse(*this, take(), now);  // nothing is open, and the last attempt of every connection failed
    } else {
      return;
    }
  }
}

Instant OpenLoad::next_due() const {
  Instant next = retries_.empty() ? kNever : retries_.top().due;
  // With no connection free, an arrival that is due waits for a completion, not for a time.
  if (timetable_.front() && (!free_.empty() || alive_ == 0)) next = std::min(next, timetable_.front()->due);
  return next;
}

std::uint64_t OpenLoad::waiting(Instant now) {
  if (!is_due(now)) {
    not_yet_due_.reset();
    return 0;
  }
  if (!not_yet_due_ || not_yet_due_->position() < timetable_.position()) not_yet_due_ = timetable_;
  while (not_yet_due_->front() && not_yet_due_->front()->due <= now) not_yet_due_->pop();
  return not_yet_due_->position() - timetable_.position();
}

void OpenLoad::idle(Connection& c, Instant) {
  Nanoseconds& backoff = backoff_[c.user];
  if (backoff > Nanoseconds(0)) {
    backoff = Nanoseconds(0);
    ++alive_;
  }
  if (c.can_take()) list(c);  // dispatch() follows in the same turn
}

void OpenLoad::closed(Connection& c, Instant now, bool refused) {
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

void OpenLoad::failed(const Exchange& exchange, Instant) {
  ledger::Message message;
  if (stream() != nullptr && plan_.audience->broadcasts->message_of(exchange.number, message))
    stream()->cancel(message.sequence);
}

// A schedule ends by itself; only who publishes for as long as others have something to do goes on until told.
void OpenLoad::last_call() {
  if (stream() == nullptr || plan_.duration) return;
  timetable_.end();
  stream()->finish();
}

void OpenLoad::stop(Instant now) {
  while (is_due(now)) {
    const Exchange exchange = take();
    failed(exchange, now);
    if (exchange.measured) connections_.dropped();
  }
  timetable_.end();
  if (stream() != nullptr) stream()->finish();
}

}  // namespace loadstone::engine

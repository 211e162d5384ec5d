#include "engine/open_load.h"

#include <algorithm>

namespace loadstone::engine {

OpenLoad::OpenLoad(const Plan& plan, const Group& group, Connections& connections, Budget& budget,
                   int connections_count, schedule::Timetable timetable, std::uint64_t seed)
    : plan_(plan),
      group_(group),
      connections_(connections),
      budget_(budget),
      pool_(plan, connections, *this, connections_count),
      timetable_(std::move(timetable)),
      seed_(seed) {}

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
  pool_.reopen(now);
  while (is_due(now)) {
    if (Connection* c = pool_.free())
      pool_.start(*c, take(), now);
    else if (pool_.is_hopeless())
      connections_.refuse(*this, take(), now);
    else
      return;
  }
}

Instant OpenLoad::next_due() const {
  const Instant next = pool_.next_reopening();
  // With no connection free, an arrival that is due waits for a completion, not for a time.
  if (!timetable_.front() || (!pool_.may_have_free() && !pool_.is_hopeless())) return next;
  return std::min(next, timetable_.front()->due);
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

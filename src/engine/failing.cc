// How exchanges end that get no answer: the connection is lost, time is up, the run is over.
#include <algorithm>
#include <cerrno>
#include <string>

#include "engine/connections.h"
#include "engine/load.h"

namespace loadstone::engine {
namespace {

// A connection idle for this long may be closed by the server just when the next request is on its way.
constexpr Nanoseconds kStale = 1s;

}  // namespace

// A server closes a connection that it finds idle for too long, or after its last answer without saying so, and the
// request crosses that on the wire; or it says that it goes away and that it has not looked at the request. That is
// nobody's error, so the request is sent once more, and its latency goes on from when it was due.
bool Connections::try_again(Flight& f, Outcome outcome, protocol::Event::Reason reason, Instant now) {
  const Exchange& exchange = f.exchange;
  const bool is_stale = outcome == Outcome::kReset && reason == protocol::Event::Reason::kClosed &&
                        !f.connection->fresh && exchange.first_byte == Instant{} &&
                        plan_.steps[exchange.step].idempotent && (f.idle_for >= kStale || exchange.sent > now);
  if (exchange.retried || (!is_stale && reason != protocol::Event::Reason::kUntouched)) return false;
  ++tally_->retries;
  f.exchange.retried = true;
  f.state = Flight::State::kWaiting;
  f.connection->waiting.push_back(f);
  return true;
}

// An exchange that the codec had fails, or is tried again.
void Connections::fail(Flight& f, Outcome outcome, protocol::Event::Reason reason, const std::string& detail,
                       Instant now) {
  leave(f, now);
  if (!try_again(f, outcome, reason, now)) end(f, outcome, detail, now);
}

// The socket is of no further use; what was in flight on it ends with `outcome`, unless it may be tried again.
void Connections::lost(Connection& c, Outcome outcome, const std::string& detail, Instant now) {
  if (c.state == Connection::State::kGreeting) {
    could_not_open(c, detail, now);
    return;
  }
  for (std::uint32_t i = 0; i < c.streams && c.busy > 0; ++i)
    if (Flight& f = c.flight(i); f.state == Flight::State::kBusy)
      fail(f, outcome, protocol::Event::Reason::kClosed, detail, now);
  disconnect(c);
  closed(c, false, now);
}

void Connections::out_of_time(Flight& f, Instant now) {
  Connection& c = *f.connection;
  if (shares_ && c.codec->room() == 0) c.has_room = now;
  if (!c.codec->cancel(f.place)) {
    lost(c, Outcome::kTimeout, {}, now);
    return;
  }
  leave(f, now);
  end(f, Outcome::kTimeout, {}, now);
  if (!c.has_output) to_send_.push_back(&c);
  c.has_output = true;
  go_on(c, true, false, now);
}

Instant Connections::next_deadline() const {
  Instant first = kNever;
  if (const Flight* f = requests_.first()) first = f->since + plan_.request_timeout;
  if (const Connection* c = connects_.first()) first = std::min(first, c->begun + plan_.connect_timeout);
  return first;
}

void Connections::expire(Instant now) {
  while (Flight* f = requests_.first()) {
    if (f->since + plan_.request_timeout > now) break;
    if (f->connection->unsent > 0) flush_at_once();
    out_of_time(*f, now);
  }
  while (Connection* c = connects_.first()) {
    if (c->begun + plan_.connect_timeout > now) break;
    could_not_open(*c, ETIMEDOUT, now);
  }
  close_lingering(now);
}

void Connections::abandon(Instant now) {
  flush_at_once();
  queued_.clear();
  for (Connection& c : all_) {
    for (std::uint32_t i = 0; i < c.streams; ++i) {
      Flight& f = c.flight(i);
      if (f.state == Flight::State::kFree) continue;
      if (f.state == Flight::State::kBusy) {
        leave(f, now);
      } else {
        c.waiting.remove(f);
        f.exchange.free = f.exchange.sent = now;
      }
      end(f, Outcome::kUnfinished, {}, now);
    }
    disconnect(c);
  }
  close_lingering(kNever);
}

}  // namespace loadstone::engine

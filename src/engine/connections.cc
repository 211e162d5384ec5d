#include "engine/connections.h"

#include <cerrno>
#include <cstring>

#include "base/check.h"
#include "base/format.h"
#include "engine/load.h"
#include "ledger/header.h"
#include "protocol/http1/codec.h"
#include "protocol/http2/codec.h"

namespace loadstone::engine {
namespace {

// Exchanges are stamped and flushed in groups of this size, so that `sent` is not much before the bytes really go.
constexpr std::size_t kFlushSize = 32;
// With HTTP/2 those of one connection go out in one send, and in two they would cost twice as much.
constexpr std::size_t kSharedFlushSize = 64;

}  // namespace

Connections::Connections(const Plan& plan, net::Reactor& reactor, const Clock& clock)
    : plan_(plan), shares_(plan.version == scenario::HttpVersion::k2), reactor_(reactor), clock_(clock) {}

Connection& Connections::add(Load& load, std::uint32_t user, int streams) {
  Connection& c = all_.emplace_back();
  c.load = &load;
  c.user = user;
  c.streams = static_cast<std::uint32_t>(streams);
  c.only.connection = &c;
  if (shares_) {
    c.codec = std::make_unique<http2::Codec>(c.streams);
    if (c.streams > 1) c.others = std::make_unique<Flight[]>(c.streams - 1);
  } else {
    DCHECK(streams == 1);
    c.codec = std::make_unique<http1::Codec>(heads_);
  }
  for (std::uint32_t i = 0; i < c.streams && c.streams > 1; ++i) {
    Flight& f = c.flight(i);
    f.place = i;
    f.connection = &c;
    c.free.push_back(f);
  }
  return c;
}

void Connections::start(Connection& c, const Exchange& exchange, Instant now) {
  Flight* free = c.free_flight();
  CHECK(free != nullptr);
  start(c, free->place, exchange, now);
}

void Connections::start(Connection& c, std::uint32_t place, const Exchange& exchange, Instant now) {
  Flight& f = c.flight(place);
  DCHECK(f.state == Flight::State::kFree);
  if (c.streams > 1) c.free.remove(f);
  f.exchange = exchange;
  ++in_flight_;
  if (c.state == Connection::State::kOpen && c.can_take()) {
    // Free since it had room, or since it was due, whichever was later.
    begin_exchange(f, std::max(exchange.due, c.has_room));
    return;
  }
  f.state = Flight::State::kWaiting;
  c.waiting.push_back(f);
  if (c.state == Connection::State::kClosed) open(c, now);
}

void Connections::refuse(Load& load, const Exchange& exchange, Instant now) {
  record(load, exchange, Outcome::kConnect, 0, "no connection could be opened", now);
}

void Connections::begin_exchange(Flight& f, Instant free) {
  Connection& c = *f.connection;
  f.idle_for = c.busy == 0 ? free - c.idle_since : Nanoseconds(0);
  f.state = Flight::State::kBusy;
  ++c.busy;
  f.exchange.free = free;
  f.exchange.sent = Instant{};
  f.exchange.first_byte = Instant{};
  start_in(f);
  ++tally_->sent;
  ++c.unsent;
  unsent_.push_back(&f);
  if (shares_) {
    if (!c.has_output) to_send_.push_back(&c);
    c.has_output = true;
    // What one completion lets start on its connection goes out together.
    if (unsent_.size() >= kFlushSize && !is_completing_) flush_at_once();
    return;
  }
  const std::string_view bytes = c.codec->output();
  reactor_.send(c.socket, bytes);
  c.codec->sent(bytes.size());
  tally_->bytes_sent += bytes.size();
  if (unsent_.size() >= kFlushSize) flush_at_once();
}

// Gives it to the codec, as its load writes it, or with the header of a message where it is for one: which one it is,
// and when it was due.
void Connections::start_in(Flight& f) {
  if (plan_.script) [[unlikely]] {
    const Writing writing = f.connection->load->write(f.exchange, clock_.now());
    f.connection->codec->start(f.place, writing.request, writing.filling);
    return;
  }
  const protocol::PreparedRequest& request = plan_.steps[f.exchange.step].request;
  if (!request.has_header) [[likely]] {
    f.connection->codec->start(f.place, request, f.exchange.number);
    return;
  }
  const ledger::Broadcasts& broadcasts = *plan_.audience->broadcasts;
  ledger::Message message;
  const bool is_known = broadcasts.message_of(f.exchange.number, message);
  CHECK(is_known);
  char header[ledger::kHeaderBytes];
  ledger::encode({broadcasts.run(), static_cast<std::uint16_t>(message.stream), message.sequence, f.exchange.due},
                 header);
  f.connection->codec->start(f.place, request, {f.exchange.number, {header, sizeof header}});
}

void Connections::flush() {
  // Before anything more is sent on a connection its kSent comes with what made it send.
  hand_over(net::Reactor::Tell::kWithNext);
}

void Connections::flush_at_once() {
  hand_over(net::Reactor::Tell::kAlways);
  reactor_.flush();
}

void Connections::hand_over(net::Reactor::Tell tell) {
  if (unsent_.empty() && to_send_.empty()) return;
  const Instant sent = clock_.now();
  for (Flight* f : unsent_) {
    f->exchange.sent = sent;
    f->since = sent;
    f->connection->unsent = 0;
    requests_.push_back(*f);
  }
  unsent_.clear();
  for (Connection* c : to_send_) {
    c->has_output = false;
    send_output(*c, tell);
  }
  to_send_.clear();
}

// One send at a time: what comes behind it waits in the codec, and counts as sent. It is the peer that does not read.
void Connections::send_output(Connection& c, net::Reactor::Tell tell) {
  if (c.is_sending || (c.state != Connection::State::kOpen && c.state != Connection::State::kGreeting)) return;
  const std::string_view bytes = c.codec->output();
  if (bytes.empty()) return;
  reactor_.send(c.socket, bytes, tell);
  c.is_sending = true;
  tally_->bytes_sent += bytes.size();
}

bool Connections::complete(const net::Completion& completion, Instant now) {
  Connection* c = completion.socket < by_socket_.size() ? by_socket_[completion.socket] : nullptr;
  if (c == nullptr) return false;  // another's, or closed earlier in this batch
  if (c == &lingerer_) {
    if (completion.result > 0) return true;
    reactor_.close(completion.socket, net::Reactor::How::kGraceful);
    by_socket_[completion.socket] = nullptr;
    return true;
  }
  // The peer closed, or spoke, in the same batch that ended the last exchange and so started the next one.
  if (shares_ ? unsent_.size() >= kSharedFlushSize : c->unsent > 0) flush_at_once();
  is_completing_ = true;
  switch (completion.kind) {
    case net::Completion::Kind::kConnected:
      if (completion.result < 0)
        could_not_open(*c, -completion.result, now);
      else
        socket_opened(*c, now);
      break;
    case net::Completion::Kind::kReceived:
      if (completion.result > 0) {
        received(*c, {completion.bytes, static_cast<std::size_t>(completion.result)}, now);
      } else if (completion.result == 0) {
        events_.clear();
        c->codec->end_of_input(events_);
        interpret(*c, now);
      } else {
        // What was received but makes no sense (TLS alone can tell) is another thing than an end.
        lost(*c, completion.result == -EPROTO ? Outcome::kProtocol : Outcome::kReset,
             reactor_.reason(c->socket, -completion.result), now);
      }
      break;
    case net::Completion::Kind::kSent:
      if (completion.result < 0) {
        lost(*c, Outcome::kReset, reactor_.reason(c->socket, -completion.result), now);
      } else if (shares_) {
        c->codec->sent(static_cast<std::size_t>(completion.result));
        c->is_sending = false;
        if (!c->has_output) send_output(*c, net::Reactor::Tell::kAlways);  // else with the flush
      }
      break;
  }
  is_completing_ = false;
  return true;
}

void Connections::received(Connection& c, std::string_view bytes, Instant now) {
  tally_->bytes_received += bytes.size();
  if (!shares_ && c.busy > 0 && c.only.exchange.first_byte == Instant{}) c.only.exchange.first_byte = now;
  if (shares_ && c.codec->room() == 0) c.has_room = now;  // if it gets any
  events_.clear();
  c.codec->receive(bytes, events_);
  interpret(c, now);
  if (!shares_ || c.has_output) return;
  // The codec may have something to say by itself: that it has read the peer's settings, more of a body.
  c.has_output = true;
  to_send_.push_back(&c);
}

// Acts on what the codec said, once: starting the next exchange from within would reuse the connection under the loop.
void Connections::interpret(Connection& c, Instant now) {
  bool is_done = false;
  bool has_ended = false;
  std::string_view unsolicited;
  for (const protocol::Event& event : events_) {
    Flight& f = c.flight(event.exchange);
    switch (event.kind) {
      case protocol::Event::Kind::kHead:
        f.status = event.status;
        if (f.exchange.first_byte == Instant{}) f.exchange.first_byte = now;
        if (f.fields) f.fields->clear();
        if (!event.bytes.empty()) [[unlikely]] {
          if (!f.fields) f.fields = std::make_unique<std::string>();
          f.fields->assign(event.bytes);
        }
        if (const Step& step = plan_.steps[f.exchange.step]; step.wants_body()) {
          if (!f.body) f.body = std::make_unique<encoding::Body>();
          f.body->begin(event.coding, step.kept_body);
        } else if (f.body) {
          f.body->begin(encoding::Coding::kNone);  // what is left of another request's answer is not this one's
        }
        break;
      case protocol::Event::Kind::kBody:
        f.body->add(event.bytes);
        break;
      case protocol::Event::Kind::kDone:
        is_done = has_ended = true;
        leave(f, now);
        if (f.body && f.body->is_encoded()) tally_->bytes_decoded += f.body->text().size();
        if (plan_.script) [[unlikely]]
          end_scripted(f, now);
        else
          end(f, judge(f), f.body ? f.body->problem() : std::string(), now);
        c.fresh = false;
        break;
      case protocol::Event::Kind::kFailed: {
        has_ended = true;
        const bool is_reset = event.reason == protocol::Event::Reason::kClosed ||
                              event.reason == protocol::Event::Reason::kReset ||
                              event.reason == protocol::Event::Reason::kUntouched;
        fail(f, is_reset ? Outcome::kReset : Outcome::kProtocol, event.reason, std::string(event.bytes), now);
        break;
      }
      case protocol::Event::Kind::kUnsolicited:
        unsolicited = event.bytes;
        break;
      default:  // of WebSocket
        break;
    }
  }
  if (c.state == Connection::State::kGreeting) {
    if (c.codec->room() > 0)
      opened(c, now);
    else if (!c.codec->reusable())
      could_not_open(c, std::string(unsolicited.empty() ? "closed before HTTP/2 was agreed on" : unsolicited), now);
    return;
  }
  if (!unsolicited.empty()) ++tally_->unsolicited;
  go_on(c, has_ended, is_done, now);
}

// What becomes of the connection after what came.
void Connections::go_on(Connection& c, bool has_ended, bool is_done, Instant now) {
  if (c.codec->reusable()) {
    start_waiting(c, now);
    if (has_ended || (shares_ && c.has_room == now)) c.load->idle(c, now);
    return;
  }
  if (c.busy > 0) {
    // An answer that ends with the connection or after which it will be closed; or those that a server which goes away
    // has still to give.
    if (has_ended) c.load->idle(c, now);
    return;
  }
  if (is_done)
    linger(c, now);
  else
    disconnect(c);
  closed(c, false, now);
}

void Connections::start_waiting(Connection& c, Instant now) {
  while (Flight* f = c.waiting.first()) {
    if (c.codec->room() == 0) return;
    c.waiting.remove(*f);
    begin_exchange(*f, now);
  }
}

Outcome Connections::judge(const Flight& f) const {
  const scenario::Check& check = plan_.steps[f.exchange.step].check;
  if (!check.accepts(f.status)) return Outcome::kStatus;
  for (const std::string& text : check.body_contains)
    if (!f.body || !f.body->problem().empty() || f.body->text().find(text) == std::string::npos) return Outcome::kCheck;
  return Outcome::kOk;
}

// The codec has nothing more to do with it.
void Connections::leave(Flight& f, Instant now) {
  Connection& c = *f.connection;
  if (f.exchange.sent == Instant{}) flush_at_once();  // the connection broke before it went out
  requests_.remove(f);
  if (!shares_) c.has_room = now;
  if (--c.busy == 0) c.idle_since = now;
}

void Connections::end_scripted(Flight& f, Instant now) {
  const Step& step = plan_.steps[f.exchange.step];
  journey::Answer answer;
  answer.status = f.status;
  if (f.fields) answer.fields = *f.fields;
  if (f.body) answer.body = f.body->text();
  Outcome outcome = judge(f);
  const std::string problem = f.body && step.needs_body() ? f.body->problem() : std::string();
  if (outcome == Outcome::kOk && !problem.empty()) outcome = Outcome::kCheck;
  answer.body_problem = problem;
  const Judgement judgement = f.connection->load->judge(f.exchange, answer, outcome, now);
  if (judgement.outcome != Outcome::kOk)
    tally_->problem(format("{}: {}", step.name, judgement.expected), judgement.example);
  end(f, judgement.outcome, {}, now);
}

void Connections::end(Flight& f, Outcome outcome, const std::string& detail, Instant now) {
  --in_flight_;
  f.state = Flight::State::kFree;
  if (f.connection->streams > 1) f.connection->free.push_back(f);
  // The batch that ended it was stamped before the exchange was sent: see complete().
  record(*f.connection->load, f.exchange, outcome, f.status, detail, std::max(now, f.exchange.sent));
}

void Connections::record(Load& load, const Exchange& exchange, Outcome outcome, std::uint16_t status,
                         const std::string& detail, Instant now, std::string_view example) {
  if (outcome != Outcome::kOk && outcome != Outcome::kUnfinished) [[unlikely]] {
    load.failed(exchange, now);
    const std::string& step = plan_.steps[exchange.step].name;
    switch (outcome) {
      case Outcome::kStatus:
        if (plan_.script) break;  // said with what was expected
        tally_->problem(format("{}: status {}", step, status));
        break;
      case Outcome::kCheck:
        if (plan_.script) {
          if (!detail.empty()) tally_->problem(format("{}: {}", step, detail), std::string(example));
          break;
        }
        tally_->problem(format("{}: the body failed a check{}{}", step, detail.empty() ? "" : ": ", detail));
        break;
      case Outcome::kTimeout:
        if (detail.empty())
          tally_->problem(format("{}: no full answer within {}", step, show_duration(plan_.request_timeout)));
        else
          tally_->problem(format("{}: {}", step, detail), std::string(example));
        break;
      default:
        tally_->problem(format("{}: {}", step, detail));
        break;
    }
  }
  if (!exchange.measured) {
    ++tally_->unmeasured;
    return;
  }
  tally_->ended(exchange, outcome, status, now, now <= measured_until_);
}

}  // namespace loadstone::engine

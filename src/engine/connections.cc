#include "engine/connections.h"

#include <cerrno>
#include <cstring>

#include "base/check.h"
#include "base/format.h"
#include "engine/load.h"
#include "ledger/header.h"
#include "protocol/http1/codec.h"

namespace loadstone::engine {
namespace {

// Opening more at once would overflow the accept queue of an ordinary server, and measure the kernel's retry after a
// second.
constexpr std::uint64_t kMaxOpening = 128;
// Exchanges are stamped and flushed in groups of this size, so that `sent` is not much before the bytes really go.
constexpr std::size_t kFlushSize = 32;
// A connection idle for this long may be closed by the server just when the next request is on its way.
constexpr Nanoseconds kStale = 1s;
// How long a socket may wait for the peer to close.
constexpr Nanoseconds kLinger = 1s;

}  // namespace

Connections::Connections(const Plan& plan, net::Reactor& reactor, const Clock& clock)
    : plan_(plan), reactor_(reactor), clock_(clock) {}

Connection& Connections::add(Load& load, std::uint32_t user) {
  Connection& c = all_.emplace_back();
  c.load = &load;
  c.user = user;
  c.codec = std::make_unique<http1::Codec>(heads_);
  return c;
}

void Connections::open(Connection& c, Instant now) {
  DCHECK(c.state == Connection::State::kClosed);
  if (opening_ >= kMaxOpening) {
    c.state = Connection::State::kQueued;
    queued_.push_back(&c);
    return;
  }
  c.state = Connection::State::kConnecting;
  c.since = now;
  ++opening_;
  ++tally_->connect_attempted;
  const net::Address* from = plan_.local.empty() ? nullptr : &plan_.local[next_local_++ % plan_.local.size()];
  const auto socket = reactor_.connect(plan_.peer, from);
  if (!socket) {
    could_not_open(c, -socket.error(), now);
    return;
  }
  c.socket = *socket;
  c.fresh = true;
  if (by_socket_.size() <= c.socket) by_socket_.resize(c.socket + 1);
  by_socket_[c.socket] = &c;
  c.codec->reset();
  connects_.push_back(c);
}

void Connections::start(Connection& c, const Exchange& exchange, Instant now) {
  c.exchange = exchange;
  ++in_flight_;
  if (c.state == Connection::State::kIdle) {
    // Free since it became idle, or since it was due, whichever was later.
    begin_exchange(c, std::max(exchange.due, c.since));
    return;
  }
  c.claimed = true;
  if (c.state == Connection::State::kClosed) open(c, now);
}

void Connections::refuse(Load& load, const Exchange& exchange, Instant now) {
  record(load, exchange, Outcome::kConnect, 0, "no connection could be opened", now);
}

void Connections::begin_exchange(Connection& c, Instant free) {
  c.idle_for = free - c.since;
  c.state = Connection::State::kBusy;
  c.claimed = false;
  c.exchange.free = free;
  c.exchange.sent = Instant{};
  c.exchange.first_byte = Instant{};
  const protocol::PreparedRequest& request = plan_.steps[c.exchange.step].request;
  if (request.has_header) [[unlikely]]
    start_with_header(c, request);
  else
    c.codec->start(request, c.exchange.number);
  const std::string_view bytes = c.codec->output();
  reactor_.send(c.socket, bytes);
  c.codec->sent(bytes.size());
  tally_->bytes_sent += bytes.size();
  ++tally_->sent;
  unsent_.push_back(&c);
  if (unsent_.size() >= kFlushSize) flush();
}

// The header of a message says which one it is, and when it was due.
void Connections::start_with_header(Connection& c, const protocol::PreparedRequest& request) {
  const ledger::Broadcasts& broadcasts = *plan_.audience->broadcasts;
  ledger::Message message;
  const bool is_known = broadcasts.message_of(c.exchange.number, message);
  CHECK(is_known);
  char header[ledger::kHeaderBytes];
  ledger::encode({broadcasts.run(), static_cast<std::uint16_t>(message.stream), message.sequence, c.exchange.due},
                 header);
  c.codec->start(request, {c.exchange.number, {header, sizeof header}});
}

void Connections::flush() {
  if (unsent_.empty()) return;
  const Instant sent = clock_.now();
  for (Connection* c : unsent_) {
    c->exchange.sent = sent;
    c->since = sent;
    requests_.push_back(*c);
  }
  unsent_.clear();
  reactor_.flush();
}

void Connections::complete(const net::Completion& completion, Instant now) {
  Connection* c = completion.socket < by_socket_.size() ? by_socket_[completion.socket] : nullptr;
  if (c == nullptr) return;  // closed earlier in this batch
  if (c == &lingerer_) {
    if (completion.result > 0) return;
    reactor_.close(completion.socket, net::Reactor::How::kGraceful);
    by_socket_[completion.socket] = nullptr;
    return;
  }
  // The peer closed, or spoke, in the same batch that ended the last exchange and so started the next one.
  if (c->state == Connection::State::kBusy && c->exchange.sent == Instant{}) flush();
  switch (completion.kind) {
    case net::Completion::Kind::kConnected:
      if (completion.result < 0) {
        connects_.remove(*c);
        could_not_open(*c, -completion.result, now);
        return;
      }
      connects_.remove(*c);
      --opening_;
      ++open_;
      tally_->connected(c->since, reactor_.handshake(c->socket), now);
      c->state = Connection::State::kIdle;
      c->since = now;
      if (c->claimed)
        begin_exchange(*c, now);
      else
        c->load->idle(*c, now);
      open_queued(now);
      return;
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
      return;
    case net::Completion::Kind::kSent:
      if (completion.result < 0) lost(*c, Outcome::kReset, reactor_.reason(c->socket, -completion.result), now);
      return;
  }
}

void Connections::received(Connection& c, std::string_view bytes, Instant now) {
  tally_->bytes_received += bytes.size();
  if (c.state == Connection::State::kBusy && c.exchange.first_byte == Instant{}) c.exchange.first_byte = now;
  events_.clear();
  c.codec->receive(bytes, events_);
  interpret(c, now);
}

// Acts on what the codec said, once: starting the next exchange from within would reuse the connection under the loop.
void Connections::interpret(Connection& c, Instant now) {
  bool done = false;
  for (const protocol::Event& event : events_) {
    switch (event.kind) {
      case protocol::Event::Kind::kHead:
        c.status = event.status;
        if (plan_.steps[c.exchange.step].request.wants_body) {
          if (!c.body) c.body = std::make_unique<encoding::Body>();
          c.body->begin(event.coding);
        }
        break;
      case protocol::Event::Kind::kBody:
        c.body->add(event.bytes);
        break;
      case protocol::Event::Kind::kDone:
        done = true;
        break;
      case protocol::Event::Kind::kFailed:
        lost(c, event.reason == protocol::Event::Reason::kClosed ? Outcome::kReset : Outcome::kProtocol,
             std::string(event.bytes), now);
        return;
      case protocol::Event::Kind::kUnsolicited:
        ++tally_->unsolicited;
        break;
      default:  // of WebSocket
        break;
    }
  }
  if (done) {
    if (c.body && c.body->is_encoded()) tally_->bytes_decoded += c.body->text().size();
    end(c, judge(c), c.body ? c.body->problem() : std::string(), now);
    c.fresh = false;
    c.since = now;
    if (c.codec->reusable()) {
      c.state = Connection::State::kIdle;
      c.load->idle(c, now);
      return;
    }
  } else if (c.codec->reusable()) {
    return;  // more is to come
  } else if (c.state == Connection::State::kBusy) {
    return;  // an answer that ends with the connection, or after which it will be closed
  }
  if (done)
    linger(c, now);
  else
    disconnect(c);
  c.load->closed(c, now, false);
}

Outcome Connections::judge(const Connection& c) const {
  const scenario::Check& check = plan_.steps[c.exchange.step].check;
  if (check.status.empty()) {
    if (c.status < 200 || c.status >= 400) return Outcome::kStatus;
  } else {
    bool accepted = false;
    for (const auto& range : check.status) accepted = accepted || (c.status >= range.low && c.status <= range.high);
    if (!accepted) return Outcome::kStatus;
  }
  for (const std::string& text : check.body_contains)
    if (!c.body || !c.body->problem().empty() || c.body->text().find(text) == std::string::npos) return Outcome::kCheck;
  return Outcome::kOk;
}

void Connections::end(Connection& c, Outcome outcome, const std::string& detail, Instant now) {
  requests_.remove(c);
  --in_flight_;
  // The batch that ended it was stamped before the exchange was sent: see complete().
  record(*c.load, c.exchange, outcome, c.status, detail, std::max(now, c.exchange.sent));
}

void Connections::record(Load& load, const Exchange& exchange, Outcome outcome, std::uint16_t status,
                         const std::string& detail, Instant now) {
  if (outcome != Outcome::kOk && outcome != Outcome::kUnfinished) [[unlikely]] {
    load.failed(exchange);
    const std::string& step = plan_.steps[exchange.step].name;
    switch (outcome) {
      case Outcome::kStatus:
        tally_->problem(format("{}: status {}", step, status));
        break;
      case Outcome::kCheck:
        tally_->problem(format("{}: the body failed a check{}{}", step, detail.empty() ? "" : ": ", detail));
        break;
      case Outcome::kTimeout:
        tally_->problem(format("{}: no full answer within {}", step, show_duration(plan_.request_timeout)));
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

// The socket is of no further use; what was in flight on it ends with `outcome`, unless it may be tried again.
void Connections::lost(Connection& c, Outcome outcome, const std::string& detail, Instant now) {
  const bool was_busy = c.state == Connection::State::kBusy;
  const Exchange exchange = c.exchange;
  // A server closes a connection that it finds idle for too long, or after its last answer without saying so, and the
  // request crosses that on the wire: nobody's error, so it is sent once more, and its latency goes on from when it was
  // due.
  const bool stale = was_busy && outcome == Outcome::kReset && !c.fresh && exchange.first_byte == Instant{} &&
                     !exchange.retried && plan_.steps[exchange.step].idempotent &&
                     (c.idle_for >= kStale || exchange.sent > now);
  disconnect(c);
  if (stale) {
    requests_.remove(c);
    --in_flight_;
    ++tally_->retries;
    Exchange again = exchange;
    again.retried = true;
    start(c, again, now);
    return;
  }
  if (was_busy) end(c, outcome, detail, now);
  c.load->closed(c, now, false);
}

void Connections::could_not_open(Connection& c, int error, Instant now) {
  ++tally_->connect_failed;
  if (error == EADDRNOTAVAIL || error == EADDRINUSE) ++tally_->no_ports;
  if (error == EMFILE || error == ENFILE) ++tally_->no_descriptors;
  const bool claimed = c.claimed;
  c.claimed = false;
  const std::string why = format("connect {}: {}", plan_.peer.text(), reactor_.reason(c.socket, error));
  disconnect(c);
  if (claimed) {
    c.exchange.free = c.exchange.sent = now;
    end(c, Outcome::kConnect, why, now);
  } else {
    tally_->problem(why);
  }
  c.load->closed(c, now, true);
  open_queued(now);
}

void Connections::disconnect(Connection& c) {
  if (c.state == Connection::State::kConnecting) --opening_;
  if (c.state == Connection::State::kIdle || c.state == Connection::State::kBusy) --open_;
  if (c.socket != net::kNoSocket) {
    reactor_.close(c.socket, net::Reactor::How::kGraceful);
    by_socket_[c.socket] = nullptr;
    c.socket = net::kNoSocket;
  }
  c.state = Connection::State::kClosed;
}

void Connections::linger(Connection& c, Instant now) {
  reactor_.retire(c.socket);
  by_socket_[c.socket] = &lingerer_;
  lingering_.push_back({c.socket, now + kLinger});
  c.socket = net::kNoSocket;
  disconnect(c);
}

void Connections::open_queued(Instant now) {
  if (opening_queued_) return;  // a connect that failed at once
  opening_queued_ = true;
  while (opening_ < kMaxOpening && !queued_.empty()) {
    Connection& c = *queued_.front();
    queued_.pop_front();
    c.state = Connection::State::kClosed;
    open(c, now);
  }
  opening_queued_ = false;
}

Instant Connections::next_deadline() const {
  Instant first = kNever;
  if (const Connection* c = requests_.first()) first = c->since + plan_.request_timeout;
  if (const Connection* c = connects_.first()) first = std::min(first, c->since + plan_.connect_timeout);
  return first;
}

void Connections::expire(Instant now) {
  while (Connection* c = requests_.first()) {
    if (c->since + plan_.request_timeout > now) break;
    lost(*c, Outcome::kTimeout, {}, now);
  }
  while (Connection* c = connects_.first()) {
    if (c->since + plan_.connect_timeout > now) break;
    connects_.remove(*c);
    could_not_open(*c, ETIMEDOUT, now);
  }
  while (!lingering_.empty() && (lingering_.front().until <= now || lingering_.size() > kMaxLingering)) {
    const net::SocketId socket = lingering_.front().socket;
    lingering_.pop_front();
    if (by_socket_[socket] != &lingerer_) continue;  // the peer has closed it long since
    reactor_.close(socket, net::Reactor::How::kGraceful);
    by_socket_[socket] = nullptr;
  }
}

void Connections::abandon(Instant now) {
  flush();
  queued_.clear();
  for (Connection& c : all_) {
    connects_.remove(c);
    if (c.claimed) c.exchange.free = c.exchange.sent = now;
    if (c.claimed || c.state == Connection::State::kBusy) end(c, Outcome::kUnfinished, {}, now);
    c.claimed = false;
    disconnect(c);
  }
  for (const Lingering& l : lingering_) {
    if (by_socket_[l.socket] != &lingerer_) continue;
    reactor_.close(l.socket, net::Reactor::How::kGraceful);
    by_socket_[l.socket] = nullptr;
  }
  lingering_.clear();
}

}  // namespace loadstone::engine

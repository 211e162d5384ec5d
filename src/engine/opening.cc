// How the connections of a shard are opened and closed.
#include <cerrno>

#include "base/check.h"
#include "base/format.h"
#include "engine/connections.h"
#include "engine/load.h"

namespace loadstone::engine {
namespace {

// Opening more at once would overflow the accept queue of an ordinary server, and measure the kernel's retry after a
// second.
constexpr std::uint64_t kMaxOpening = 128;
// How long a socket may wait for the peer to close.
constexpr Nanoseconds kLinger = 1s;

}  // namespace

void Connections::open(Connection& c, Instant now) {
  DCHECK(c.state == Connection::State::kClosed);
  if (opening_ >= kMaxOpening) {
    c.state = Connection::State::kQueued;
    queued_.push_back(&c);
    return;
  }
  c.state = Connection::State::kConnecting;
  c.begun = now;
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

void Connections::socket_opened(Connection& c, Instant now) {
  c.connected = now;
  if (!shares_) {
    opened(c, now);
    return;
  }
  // HTTP/2: both sides greet each other, and how many exchanges there may be at once follows from what the peer says.
  c.state = Connection::State::kGreeting;
  send_output(c, net::Reactor::Tell::kAlways);
}

void Connections::opened(Connection& c, Instant now) {
  connects_.remove(c);
  --opening_;
  ++open_;
  tally_->connected(c.begun, reactor_.handshake(c.socket), c.connected, now);
  c.state = Connection::State::kOpen;
  c.has_room = c.idle_since = now;
  start_waiting(c, now);
  if (c.can_take()) c.load->idle(c, now);
  open_queued(now);
}

void Connections::could_not_open(Connection& c, int error, Instant now) {
  if (net::lacks_ports(error)) ++tally_->no_ports;
  if (net::lacks_descriptors(error)) ++tally_->no_descriptors;
  const bool is_silent = error == ETIMEDOUT && c.state == Connection::State::kGreeting;
  could_not_open(
      c, is_silent ? "timed out before the server allowed a stream of HTTP/2" : reactor_.reason(c.socket, error), now);
}

void Connections::could_not_open(Connection& c, const std::string& why, Instant now) {
  ++tally_->connect_failed;
  const std::string text = format("connect {}: {}", plan_.peer.text(), why);
  disconnect(c);
  if (c.waiting.empty()) tally_->problem(text);
  while (Flight* f = c.waiting.first()) {
    c.waiting.remove(*f);
    f->exchange.free = f->exchange.sent = now;
    end(*f, Outcome::kConnect, text, now);
  }
  closed(c, true, now);
  open_queued(now);
}

void Connections::disconnect(Connection& c) {
  connects_.remove(c);
  if (c.state == Connection::State::kConnecting || c.state == Connection::State::kGreeting) --opening_;
  if (c.state == Connection::State::kOpen) --open_;
  if (c.socket != net::kNoSocket) {
    reactor_.close(c.socket, net::Reactor::How::kGraceful);
    by_socket_[c.socket] = nullptr;
    c.socket = net::kNoSocket;
  }
  c.is_sending = false;
  c.state = Connection::State::kClosed;
}

// Tells its load, and opens it again where exchanges wait for it.
void Connections::closed(Connection& c, bool refused, Instant now) {
  c.load->closed(c, now, refused);
  if (c.state == Connection::State::kClosed && !c.waiting.empty()) open(c, now);
}

void Connections::linger(Connection& c, Instant now) {
  reactor_.retire(c.socket);
  by_socket_[c.socket] = &lingerer_;
  lingering_.push_back({c.socket, now + kLinger});
  c.socket = net::kNoSocket;
  disconnect(c);
}

// Those whose time is up, and the oldest of too many.
void Connections::close_lingering(Instant now) {
  while (!lingering_.empty() && (lingering_.front().until <= now || lingering_.size() > kMaxLingering)) {
    const net::SocketId socket = lingering_.front().socket;
    lingering_.pop_front();
    if (by_socket_[socket] != &lingerer_) continue;  // the peer has closed it long since
    reactor_.close(socket, net::Reactor::How::kGraceful);
    by_socket_[socket] = nullptr;
  }
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

}  // namespace loadstone::engine

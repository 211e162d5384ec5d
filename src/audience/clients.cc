#include "audience/clients.h"

#include <algorithm>
#include <cstring>

#include "base/check.h"
#include "base/format.h"
#include "base/units.h"
#include "protocol/event_stream/session.h"
#include "protocol/websocket/session.h"

namespace loadstone::audience {
namespace {

// More at once would overflow the accept queue of an ordinary server, and measure the kernel's retry after a second.
constexpr std::uint64_t kMostOpening = 128;
// How often time-outs are looked for, and so how late they may be noticed: seldom where a look takes long.
constexpr Nanoseconds kLook = 20ms;
constexpr Nanoseconds kLookPerClient = 5us;
// The status of an answer that opens a WebSocket; any other opens a stream that the answer itself carries.
constexpr std::uint16_t kUpgraded = 101;
// How long the peer may take to answer a close frame.
constexpr Nanoseconds kCloseTimeout = 2s;

using State = Client::State;
using EventKind = protocol::Event::Kind;

}  // namespace

Clients::Clients(const Plan& plan, std::uint32_t index, std::uint32_t count, net::Reactor& reactor,
                 Happenings& happenings)
    : plan_(plan), reactor_(reactor), happenings_(happenings) {
  for (std::uint32_t number = index; number < plan.all_clients(); number += count) {
    auto client = std::make_unique<Client>(make_session(plan.kind_of(number)));
    client->index = static_cast<std::uint32_t>(all_.size());
    client->number = number;
    client->is_slow = number >= plan.clients;
    all_.push_back(std::move(client));
  }
}

// The one place where the protocols differ.
std::unique_ptr<protocol::Session> Clients::make_session(const Kind& kind) {
  if (const auto* stream = std::get_if<event_stream::SessionPlan>(&kind.session))
    return std::make_unique<event_stream::Session>(*stream);
  return std::make_unique<websocket::Session>(std::get<websocket::SessionPlan>(kind.session), randomness_);
}

void Clients::open(Client& c, Instant now) {
  DCHECK(c.state == State::kAway);
  ++c.use;
  if (opening_ >= kMostOpening) {
    c.state = State::kQueued;
    queued_.push_back(&c);
    return;
  }
  c.state = State::kConnecting;
  c.since = now;
  c.waits_for_pong = kNever;
  ++opening_;
  ++tally_->attempted;
  const net::Address* from = plan_.local.empty() ? nullptr : &plan_.local[next_local_++ % plan_.local.size()];
  const auto socket = reactor_.connect(plan_.peer, from);
  if (!socket) {
    const int error = -socket.error();
    if (net::lacks_ports(error)) ++tally_->no_ports;
    if (net::lacks_descriptors(error)) ++tally_->no_descriptors;
    could_not_open(c, std::strerror(error), now);
    return;
  }
  c.socket = *socket;
  if (by_socket_.size() <= c.socket) by_socket_.resize(c.socket + 1);
  by_socket_[c.socket] = &c;
  c.session->reset();
}

void Clients::close(Client& c, How how, Instant now) {
  switch (c.state) {
    case State::kAway:
    case State::kClosing:
      return;
    case State::kQueued:
      std::erase(queued_, &c);
      c.state = State::kAway;
      return;
    case State::kConnecting:
    case State::kAsking:
      disconnect(c, net::Reactor::How::kReset);
      happenings_.ended(c, Happenings::End::kLeft, now);
      open_queued(now);
      return;
    case State::kOpen:
      break;
  }
  if (how == How::kClose && !c.session->is_over() && c.session->take_leave()) {
    want_to_send(c);
    c.state = State::kClosing;
    c.since = now;
    --open_;
    ++closing_;
    return;
  }
  if (how == How::kForget) {
    reactor_.set_receiving(c.socket, false);
    forgotten_.push_back(c.socket);
    by_socket_[c.socket] = nullptr;
    c.socket = net::kNoSocket;
  }
  disconnect(c, how == How::kClose ? net::Reactor::How::kGraceful : net::Reactor::How::kReset);
  happenings_.ended(c, Happenings::End::kLeft, now);
}

void Clients::say(Client& c, std::string_view text) {
  DCHECK(c.is_open());
  if (c.session->is_over()) return;  // its end came with what is answered here, and is about to be heard
  c.session->send_text(text);
  ++tally_->messages_sent;
  want_to_send(c);
}

void Clients::ping(Client& c, Instant now) {
  if (!c.is_open() || c.session->is_over() || c.waits_for_pong != kNever) return;
  c.session->send_ping({});
  c.waits_for_pong = now;
  want_to_send(c);
}

void Clients::set_reading(Client& c, bool reads) {
  if (c.socket != net::kNoSocket) reactor_.set_receiving(c.socket, reads);
}

bool Clients::complete(const net::Completion& completion, Instant now) {
  Client* c = completion.socket < by_socket_.size() ? by_socket_[completion.socket] : nullptr;
  if (c == nullptr) return false;
  switch (completion.kind) {
    case net::Completion::Kind::kConnected:
      if (completion.result < 0) {
        could_not_open(*c, reactor_.reason(c->socket, -completion.result), now);
        return true;
      }
      c->state = State::kAsking;
      c->connected = now;
      tally_->connects.connected(c->since, reactor_.handshake(c->socket), now);
      if (!plan_.quick_ack) reactor_.delay_acknowledgements(c->socket);
      c->session->start();
      want_to_send(*c);
      return true;
    case net::Completion::Kind::kReceived:
      if (completion.result > 0) {
        received(*c, {completion.bytes, static_cast<std::size_t>(completion.result)}, now);
      } else if (completion.result == 0) {
        events_.clear();
        c->session->end_of_input(events_);
        interpret(*c, now);
      } else {
        lost(*c, reactor_.reason(c->socket, -completion.result), now);
      }
      return true;
    case net::Completion::Kind::kSent:
      if (completion.result < 0) {
        lost(*c, reactor_.reason(c->socket, -completion.result), now);
        return true;
      }
      c->is_sending = false;
      c->outgoing = {};
      if (!c->session->output().empty()) want_to_send(*c);
      return true;
  }
  return true;
}

void Clients::received(Client& c, std::string_view bytes, Instant now) {
  tally_->bytes_received += bytes.size();
  events_.clear();
  c.session->receive(bytes, events_);
  if (!c.session->output().empty()) want_to_send(c);  // pongs and close frames
  interpret(c, now);
  c.session->release();
}

void Clients::interpret(Client& c, Instant now) {
  const std::uint32_t use = c.use;
  for (const protocol::Event& event : events_) {
    switch (event.kind) {
      case EventKind::kOpen:
        (event.status == kUpgraded ? tally_->connect_upgrade : tally_->connect_answer).record(now - c.connected);
        tally_->connect_time.record(now - c.since);
        ++tally_->succeeded;
        --opening_;
        ++open_;
        c.state = State::kOpen;
        happenings_.opened(c, now);
        break;
      case EventKind::kText:
      case EventKind::kBinary:
        ++tally_->messages_received;
        if (c.is_open()) happenings_.said(c, event.bytes, now);
        break;
      case EventKind::kPong:
        c.waits_for_pong = kNever;
        break;
      case EventKind::kFailed:
        if (event.status != 0 && c.state == State::kAsking) ++tally_->refusals[event.status];
        lost(c, event.status != 0 ? format("{} (status {})", event.bytes, event.status) : std::string(event.bytes),
             now);
        return;
      case EventKind::kClose:
        if (c.state != State::kClosing) {
          if (!c.session->output().empty()) send(c);
          lost(c,
               event.bytes.empty() ? format("closed by the service with {}", event.status)
                                   : format("closed by the service with {} ({})", event.status, event.bytes),
               now);
          return;
        }
        disconnect(c, net::Reactor::How::kGraceful);
        happenings_.ended(c, Happenings::End::kLeft, now);
        return;
      default:
        break;
    }
    // Who was told may have closed it, and even opened it again.
    if (c.use != use || c.state == State::kAway) return;
  }
  if (c.session->is_over()) lost(c, "closed without a word", now);
}

void Clients::want_to_send(Client& c) {
  if (c.has_output || c.is_sending) return;
  c.has_output = true;
  to_send_.push_back(&c);
}

void Clients::send(Client& c) {
  if (c.socket == net::kNoSocket || c.is_sending) return;
  if (c.session->output().empty()) return;
  c.outgoing = c.session->take_output();  // the session's own memory moves when it has more to say
  tally_->bytes_sent += c.outgoing.size();
  c.is_sending = true;
  reactor_.send(c.socket, c.outgoing, net::Reactor::Tell::kAlways);
}

void Clients::flush() {
  if (to_send_.empty()) return;
  for (Client* c : to_send_) {
    c->has_output = false;
    send(*c);
  }
  to_send_.clear();
  reactor_.flush();
}

// What happened to a client that did not ask for it, whatever state it was in.
void Clients::lost(Client& c, const std::string& why, Instant now) {
  switch (c.state) {
    case State::kAway:
    case State::kQueued:
      return;
    case State::kConnecting:
    case State::kAsking:
      could_not_open(c, why, now);
      return;
    case State::kClosing:
      disconnect(c, net::Reactor::How::kGraceful);
      happenings_.ended(c, Happenings::End::kLeft, now);
      return;
    case State::kOpen:
      break;
  }
  ++tally_->lost;
  tally_->problem("lost: " + why);
  disconnect(c, net::Reactor::How::kGraceful);
  happenings_.ended(c, Happenings::End::kLost, now);
}

void Clients::could_not_open(Client& c, const std::string& why, Instant now) {
  ++tally_->failed;
  tally_->problem(format("connect {}: {}", plan_.peer.text(), why));
  disconnect(c, net::Reactor::How::kGraceful);
  happenings_.ended(c, Happenings::End::kRefused, now);
  open_queued(now);
}

void Clients::disconnect(Client& c, net::Reactor::How how) {
  if (c.state == State::kConnecting || c.state == State::kAsking) --opening_;
  if (c.state == State::kOpen) --open_;
  if (c.state == State::kClosing) --closing_;
  if (c.socket != net::kNoSocket) {
    reactor_.close(c.socket, how);
    by_socket_[c.socket] = nullptr;
    c.socket = net::kNoSocket;
  }
  c.is_sending = false;
  c.is_subscribed = false;
  c.waits_for_pong = kNever;
  c.state = State::kAway;
}

void Clients::open_queued(Instant now) {
  if (is_opening_queued_) return;  // a connect that failed at once
  is_opening_queued_ = true;
  while (opening_ < kMostOpening && !queued_.empty()) {
    Client& c = *queued_.front();
    queued_.pop_front();
    c.state = State::kAway;
    open(c, now);
  }
  is_opening_queued_ = false;
}

void Clients::expire(Instant now) {
  if (!queued_.empty()) open_queued(now);
  if (now < next_look_) return;
  next_look_ = now + kLook + kLookPerClient * static_cast<std::int64_t>(all_.size());
  if (!deadlines_matter()) return;
  for (const auto& each : all_) {
    Client& c = *each;
    switch (c.state) {
      case State::kConnecting:
      case State::kAsking:
        if (c.since + plan_.connect_timeout <= now)
          could_not_open(c, format("not open within {}", show_duration(plan_.connect_timeout)), now);
        break;
      case State::kClosing:
        if (c.since + kCloseTimeout <= now) lost(c, {}, now);
        break;
      case State::kOpen:
        if (c.waits_for_pong != kNever && c.waits_for_pong + plan_.pong_timeout <= now)
          lost(c, format("no pong within {}", show_duration(plan_.pong_timeout)), now);
        break;
      case State::kAway:
      case State::kQueued:
        break;
    }
  }
}

void Clients::abandon() {
  queued_.clear();
  for (const auto& c : all_) disconnect(*c, net::Reactor::How::kGraceful);
  for (const net::SocketId socket : forgotten_) reactor_.close(socket, net::Reactor::How::kReset);
  forgotten_.clear();
}

}  // namespace loadstone::audience

// How the WebSockets of users on journeys are opened and closed, and how bytes get to them.
#include <algorithm>
#include <cerrno>
#include <utility>

#include "base/check.h"
#include "base/format.h"
#include "engine/dialogues.h"
#include "engine/load.h"
#include "engine/travellers.h"
#include "journey/excerpt.h"

namespace loadstone::engine {
namespace {

using State = Dialogue::State;
using EventKind = protocol::Event::Kind;

// As of the connections that carry requests: more at once would overflow the accept queue of an ordinary server.
constexpr std::uint64_t kMaxOpening = 128;
// How long a peer may take to answer a close frame and to close the socket.
constexpr Nanoseconds kFarewell = 2s;
constexpr std::uint16_t kNormalClosure = 1000;

bool is_opening(const Dialogue& d) { return d.state == State::kConnecting || d.state == State::kAsking; }

}  // namespace

void Dialogues::open(Dialogue& d, Instant now) {
  if (opening_ >= kMaxOpening) {
    d.state = State::kQueued;
    queued_.push_back(&d);
    watch(d);
    return;
  }
  d.state = State::kConnecting;
  d.begun = now;
  watch(d);
  ++opening_;
  ++tally_->connect_attempted;
  const net::Address* from = plan_.local.empty() ? nullptr : &plan_.local[next_local_++ % plan_.local.size()];
  const auto socket = reactor_.connect(plan_.peer, from);
  if (!socket) {
    const int error = -socket.error();
    if (net::lacks_ports(error)) ++tally_->no_ports;
    if (net::lacks_descriptors(error)) ++tally_->no_descriptors;
    lost(d, Outcome::kConnect, reactor_.reason(net::kNoSocket, error), now);
    return;
  }
  // WebSocket over HTTP/2 (RFC 8441) is another handshake, which loadstone does not speak.
  reactor_.offer(*socket, "http/1.1");
  d.socket = *socket;
  if (by_socket_.size() <= d.socket) by_socket_.resize(d.socket + 1);
  by_socket_[d.socket] = &d;
}

void Dialogues::open_queued(Instant now) {
  if (is_opening_queued_) return;  // a connect that failed at once
  is_opening_queued_ = true;
  while (opening_ < kMaxOpening && !queued_.empty()) {
    Dialogue& d = *queued_.front();
    queued_.pop_front();
    open(d, now);
  }
  is_opening_queued_ = false;
}

bool Dialogues::complete(const net::Completion& completion, Instant now) {
  Dialogue* d = completion.socket < by_socket_.size() ? by_socket_[completion.socket] : nullptr;
  if (d == nullptr) return false;
  switch (completion.kind) {
    case net::Completion::Kind::kConnected:
      if (completion.result < 0) {
        lost(*d, Outcome::kConnect, reactor_.reason(d->socket, -completion.result), now);
        break;
      }
      d->state = State::kAsking;
      d->connected = now;
      d->session.start();
      speak(*d);
      break;
    case net::Completion::Kind::kReceived:
      if (completion.result > 0) {
        received(*d, {completion.bytes, static_cast<std::size_t>(completion.result)}, now);
      } else if (completion.result == 0) {
        events_.clear();
        d->session.end_of_input(events_);
        interpret(*d, now);
      } else {
        lost(*d, completion.result == -EPROTO ? Outcome::kProtocol : Outcome::kReset,
             reactor_.reason(d->socket, -completion.result), now);
      }
      break;
    case net::Completion::Kind::kSent:
      if (completion.result < 0)
        lost(*d, Outcome::kReset, reactor_.reason(d->socket, -completion.result), now);
      else
        sent(*d, now);
      break;
  }
  return true;
}

void Dialogues::received(Dialogue& d, std::string_view bytes, Instant now) {
  tally_->bytes_received += bytes.size();
  if (d.message_began == Instant{}) d.message_began = now;
  events_.clear();
  d.session.receive(bytes, events_);
  if (!d.session.output().empty()) want_to_send(d);  // pongs and close frames
  interpret(d, now);
  d.session.release();
  if (!events_.empty()) d.message_began = Instant{};
}

void Dialogues::interpret(Dialogue& d, Instant now) {
  for (const protocol::Event& event : events_) {
    switch (event.kind) {
      case EventKind::kOpen:
        opened(d, now);
        break;
      case EventKind::kText:
      case EventKind::kBinary:
        hear(d, event.bytes, now);
        break;
      case EventKind::kFailed:
        if (event.status != 0)
          refused(d, event.status, now);
        else
          lost(d, event.reason == protocol::Event::Reason::kProtocol ? Outcome::kProtocol : Outcome::kReset,
               std::string(event.bytes), now);
        break;
      case EventKind::kClose:
        parted(d, event, now);
        break;
      default:
        break;
    }
    if (d.state == State::kGone) return;
  }
  if (d.state == State::kLeft && d.session.is_over() && events_.empty()) disconnect(d);  // the socket's end
}

// What was to go has gone.
void Dialogues::sent(Dialogue& d, Instant now) {
  d.is_sending = false;
  d.outgoing = {};
  if (!d.session.output().empty()) {
    want_to_send(d);
    return;
  }
  if (d.state == State::kOpen && d.is_busy && !d.is_speaking && speech(d).says &&
      speech(d).waits == journey::Speech::Waits::kForNothing)
    answered(d, 0, {}, now);
}

void Dialogues::opened(Dialogue& d, Instant now) {
  --opening_;
  ++open_;
  d.state = State::kOpen;
  tally_->connected(d.begun, reactor_.handshake(d.socket), d.connected, now);
  watch(d);
  const journey::Speech& s = speech(d);
  const bool is_welcome = plan_.steps[d.exchange.step].check.accepts(kUpgraded);
  if (is_welcome && (s.says || s.waits != journey::Speech::Waits::kForNothing))
    begin(d, now, now);
  else
    answered_opening(d, kUpgraded, now);
  open_queued(now);
}

// The exchange was to open it, or came to its end with that.
void Dialogues::answered_opening(Dialogue& d, std::uint16_t status, Instant now) {
  d.exchange.free = d.connected;
  d.exchange.sent = std::max(d.asked, d.connected);
  d.exchange.first_byte = d.message_began;
  ++tally_->sent;
  answered(d, status, {}, now);
}

// Answered by another status than the one that opens it.
void Dialogues::refused(Dialogue& d, std::uint16_t status, Instant now) {
  d.why = format("the handshake was answered with status {}", status);
  disconnect(d);
  answered_opening(d, status, now);
  if (!d.is_detached) detach(d, now);  // where that was expected, a later step may try again
  open_queued(now);
}

// The connection is of no use any more, or was never there.
void Dialogues::lost(Dialogue& d, Outcome outcome, const std::string& why, Instant now) {
  const bool was_opening = is_opening(d);
  d.why = outcome == Outcome::kConnect ? format("connect {}: {}", plan_.peer.text(), why) : why;
  disconnect(d);
  if (d.is_busy) {
    if (was_opening) d.party.load->turned_away(d.exchange, now);
    end(d, {outcome, 0, d.why}, now);
  }
  if (was_opening) open_queued(now);
}

// The peer has said that it closes the connection, be it in answer to us.
void Dialogues::parted(Dialogue& d, const protocol::Event& farewell, Instant now) {
  if (d.state == State::kClosing) {
    --closing_;
    d.state = State::kLeft;
    if (!d.is_busy) return;
    d.exchange.first_byte = d.message_began;
    answered(d, 0, {}, now);
    if (!d.is_detached) detach(d, now);
    return;
  }
  send(d);  // the answer
  reactor_.flush();
  d.took_leave = true;
  lost(d, Outcome::kReset,
       farewell.bytes.empty() ? format("closed by the service with {}", farewell.status)
                              : format("closed by the service with {} ({})", farewell.status,
                                       journey::excerpt(farewell.bytes, plan_.secrets)),
       now);
}

void Dialogues::take_leave(Dialogue& d) {
  // A peer that has closed it with its last message is about to be heard.
  if (d.session.state() == websocket::Session::State::kOpen) d.session.close(kNormalClosure, {});
  d.state = State::kClosing;
  --open_;
  ++closing_;
  want_to_send(d);
}

// Its user has done with it: it is closed in good manners, and forgotten.
void Dialogues::detach(Dialogue& d, Instant now) {
  switch (d.state) {
    case State::kQueued:
      std::erase(queued_, &d);
      d.state = State::kGone;
      break;
    case State::kConnecting:
    case State::kAsking:
      disconnect(d);
      break;
    case State::kOpen:
      take_leave(d);
      break;
    case State::kClosing:
    case State::kLeft:
    case State::kGone:
      break;
  }
  d.is_detached = true;
  d.closes_by = now + kFarewell;
  d.inbox.clear();
  auto& own = by_user_[d.user];
  const auto at = std::find_if(own.begin(), own.end(), [&](const auto& each) { return each.get() == &d; });
  CHECK(at != own.end());
  detached_.push_back(std::move(*at));
  own.erase(at);
}

void Dialogues::disconnect(Dialogue& d) {
  if (is_opening(d)) {
    --opening_;
    ++tally_->connect_failed;
  }
  if (d.state == State::kOpen) --open_;
  if (d.state == State::kClosing) --closing_;
  if (d.socket != net::kNoSocket) {
    reactor_.close(d.socket, net::Reactor::How::kGraceful);
    by_socket_[d.socket] = nullptr;
    d.socket = net::kNoSocket;
  }
  if (d.has_output) std::erase(to_send_, &d);
  if (d.is_speaking) std::erase(speaking_, &d);
  d.has_output = d.is_speaking = d.is_sending = false;
  d.state = State::kGone;
  watch(d);
}

// What is to be stamped with the instant at which it goes out.
void Dialogues::speak(Dialogue& d) {
  if (!d.is_speaking) speaking_.push_back(&d);
  d.is_speaking = true;
  want_to_send(d);
}

void Dialogues::want_to_send(Dialogue& d) {
  if (d.has_output || d.is_sending) return;
  d.has_output = true;
  to_send_.push_back(&d);
}

void Dialogues::send(Dialogue& d) {
  if (d.socket == net::kNoSocket || d.is_sending || d.session.output().empty()) return;
  d.outgoing = d.session.take_output();  // the session's own memory moves when it has more to say
  tally_->bytes_sent += d.outgoing.size();
  d.is_sending = true;
  reactor_.send(d.socket, d.outgoing, net::Reactor::Tell::kAlways);
}

void Dialogues::flush() {
  if (speaking_.empty() && to_send_.empty()) return;
  const Instant sent = clock_.now();
  for (Dialogue* d : speaking_) {
    (d->state == State::kAsking ? d->asked : d->exchange.sent) = sent;
    d->is_speaking = false;
  }
  speaking_.clear();
  for (Dialogue* d : to_send_) {
    d->has_output = false;
    send(*d);
  }
  to_send_.clear();
  reactor_.flush();
}

}  // namespace loadstone::engine

#include "net/sim_reactor.h"

#include <algorithm>
#include <cerrno>

namespace loadstone::net {

SimReactor::SimReactor(ManualClock& clock, SimPeer& peer, std::uint64_t seed, Faults faults)
    : clock_(clock), peer_(peer), random_(seed), faults_(faults) {}

tl::expected<SocketId, int> SimReactor::connect(const Address&, const Address*) {
  SocketId id;
  if (free_.empty()) {
    id = static_cast<SocketId>(sockets_.size());
    sockets_.emplace_back();
  } else {
    id = free_.back();
    free_.pop_back();
  }
  Socket& s = sockets_[id];
  s.open = true;
  s.ended = false;
  s.receives = true;
  s.waits.clear();
  s.last = clock_.now();
  ++open_;
  const bool refused = fails_now() || random_.uniform() < faults_.refuse;
  push(id, Completion::Kind::kConnected, refused ? -ECONNREFUSED : 0, {}, clock_.now());
  return id;
}

void SimReactor::send(SocketId id, std::string_view bytes, Tell tell) {
  sending_.push_back({id, sockets_[id].use, std::string(bytes), tell != Tell::kFailure || bytes.size() > kLargeSend});
}

void SimReactor::set_receiving(SocketId id, bool receives) {
  Socket& s = sockets_[id];
  s.receives = receives;
  if (!receives) return;
  for (Event& event : s.waits) {
    event.at = clock_.now();
    events_.push(std::move(event));
  }
  s.waits.clear();
}

void SimReactor::close(SocketId id, How) {
  Socket& s = sockets_[id];
  if (!s.open) return;
  s.open = false;
  ++s.use;
  --open_;
  closed_.push_back(id);
  peer_.closed(id);
}

void SimReactor::flush() {
  // The peer may answer at once, and what it answers must not be sent within this loop: take the sends out first.
  std::vector<Send> sends;
  std::swap(sends, sending_);
  for (const Send& send : sends) {
    const Socket& s = sockets_[send.socket];
    if (!s.open || s.use != send.use) continue;
    if (fails_now()) {
      push(send.socket, Completion::Kind::kSent, -EPIPE, {}, clock_.now());
      continue;
    }
    if (send.tells)
      push(send.socket, Completion::Kind::kSent, static_cast<std::int32_t>(send.bytes.size()), {}, clock_.now());
    peer_.received(*this, send.socket, send.bytes);
  }
}

std::span<const Completion> SimReactor::wait(Instant deadline) {
  free_.insert(free_.end(), closed_.begin(), closed_.end());
  closed_.clear();
  flush();
  delivered_.clear();
  completions_.clear();
  const Instant next = events_.empty() ? kNever : events_.top().at;
  clock_.advance_to(std::min(next, deadline));
  while (!events_.empty() && events_.top().at <= clock_.now()) {
    Event event = events_.top();
    events_.pop();
    Socket& s = sockets_[event.socket];
    if (!s.open || s.use != event.use || s.ended) continue;
    if (event.kind == Completion::Kind::kConnected && event.result == 0) peer_.connected(*this, event.socket);
    if (event.kind == Completion::Kind::kReceived && !s.receives) {
      s.waits.push_back(std::move(event));
      continue;
    }
    if (event.kind == Completion::Kind::kReceived && event.result <= 0) s.ended = true;
    delivered_.push_back(std::move(event));
  }
  for (const Event& event : delivered_)
    completions_.push_back({event.socket, event.kind, event.result, event.bytes.data()});
  return completions_;
}

void SimReactor::answer(SocketId id, std::string bytes, Instant at) {
  if (!faults_.cut_receives) {
    const auto size = static_cast<std::int32_t>(bytes.size());
    push(id, Completion::Kind::kReceived, size, std::move(bytes), at);
    return;
  }
  std::size_t from = 0;
  for (int piece = 0; from < bytes.size(); ++piece) {
    const std::size_t n = std::min<std::size_t>(bytes.size() - from, 1 + random_.below(40));
    push(id, Completion::Kind::kReceived, static_cast<std::int32_t>(n), bytes.substr(from, n), at + Nanoseconds(piece));
    from += n;
  }
}

void SimReactor::close_by_peer(SocketId id, Instant at) { push(id, Completion::Kind::kReceived, 0, {}, at); }
void SimReactor::reset_by_peer(SocketId id, Instant at) { push(id, Completion::Kind::kReceived, -ECONNRESET, {}, at); }

void SimReactor::push(SocketId id, Completion::Kind kind, std::int32_t result, std::string bytes, Instant at) {
  Socket& s = sockets_[id];
  if (kind == Completion::Kind::kSent && result >= 0) {  // does not wait for what comes the other way
    events_.push({clock_.now(), ++order_, id, s.use, kind, result, {}});
    return;
  }
  s.last = std::max({s.last, at, clock_.now()});
  events_.push({s.last, ++order_, id, s.use, kind, result, std::move(bytes)});
}

}  // namespace loadstone::net

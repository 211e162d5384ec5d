#include "net/tls_reactor.h"

#include <algorithm>
#include <cerrno>
#include <utility>

#include "base/check.h"
#include "net/tls_failure.h"

namespace loadstone::net {
namespace {

constexpr std::size_t kChunkBytes = 64 * 1024;
// Less room than this at the end of a chunk is left unused.
constexpr std::size_t kLeastRoom = 2 * 1024;
// A record is at most so long before it is encrypted (RFC 8446, 5.1), and grows by less than this.
constexpr std::size_t kRecordBytes = 16 * 1024;
constexpr std::size_t kRecordOverhead = 64;

}  // namespace

TlsReactor::TlsReactor(Reactor& inner, TlsTerms& terms, const Clock& clock)
    : inner_(inner), terms_(terms), clock_(clock) {}

std::span<char> TlsReactor::Arena::room() {
  if (chunk_ < chunks_.size() && kChunkBytes - used_ < kLeastRoom) {
    ++chunk_;
    used_ = 0;
  }
  if (chunk_ == chunks_.size()) chunks_.emplace_back(new char[kChunkBytes]);
  return {chunks_[chunk_].get() + used_, kChunkBytes - used_};
}

TlsReactor::Buffer& TlsReactor::pending(SocketId id) {
  Buffer*& buffer = sockets_[id].pending;
  if (buffer != nullptr) return *buffer;
  if (free_buffers_.empty()) {
    buffers_.push_back(std::make_unique<Buffer>());
    free_buffers_.push_back(buffers_.back().get());
  }
  buffer = free_buffers_.back();
  free_buffers_.pop_back();
  return *buffer;
}

void TlsReactor::give_back(Buffer*& buffer) {
  if (buffer == nullptr) return;
  buffer->clear();
  free_buffers_.push_back(buffer);
  buffer = nullptr;
}

tl::expected<SocketId, int> TlsReactor::connect(const Address& to, const Address* from) {
  const auto id = inner_.connect(to, from);
  if (!id) return id;
  if (sockets_.size() <= *id) sockets_.resize(*id + 1);
  sockets_[*id] = Socket{};
  sockets_[*id].state = State::kConnecting;
  return id;
}

void TlsReactor::send(SocketId id, std::string_view bytes, Tell tell) {
  Socket& s = sockets_[id];
  if (s.state != State::kOpen) return;
  // There is one send at a time, so the last one has ended: with a completion, or with an answer.
  if (!s.is_told_inside) give_back(s.flying);
  s.tell = bytes.size() > kLargeSend ? Tell::kAlways : tell;
  s.sent = static_cast<std::int32_t>(bytes.size());
  s.rest = bytes;
  encrypt_rest(id);
}

void TlsReactor::encrypt_rest(SocketId id) {
  Socket& s = sockets_[id];
  const std::string_view slice = s.rest.substr(0, kSlice);
  if (slice.empty()) return;
  if (!s.is_warm) warm(id);
  Buffer& out = pending(id);
  out.reserve(out.size() + slice.size() + (slice.size() / kRecordBytes + 1) * kRecordOverhead);
  const auto step = s.tls->write(slice, out);
  list(id);
  if (step == TlsStream::Step::kFailed) {
    s.problem = s.tls->problem();
    s.state = State::kEnded;
    done_.push_back({id, Completion::Kind::kSent, -EPROTO, nullptr});
    return;
  }
  s.rest.remove_prefix(slice.size());
  // Of a large send even a small last slice must tell.
  s.tell_inside = std::max(s.tell_inside, s.tell);
}

// A socket is about to speak or to listen: another one gives its buffers up for it.
void TlsReactor::warm(SocketId id) {
  sockets_[id].is_warm = true;
  if (warm_.size() < kMostWarm) {
    warm_.push_back(id);
    return;
  }
  Socket& oldest = sockets_[std::exchange(warm_[next_warm_], id)];
  next_warm_ = (next_warm_ + 1) % kMostWarm;
  if (!oldest.is_warm || &oldest == &sockets_[id]) return;
  oldest.is_warm = false;
  oldest.tls->shrink();
}

void TlsReactor::list(SocketId id) {
  Socket& s = sockets_[id];
  if (s.is_listed || s.pending == nullptr) return;
  s.is_listed = true;
  to_send_.push_back(id);
}

// One send at a time goes to the inner reactor too; what comes meanwhile is pending until that one has ended.
void TlsReactor::hand_on(SocketId id) {
  Socket& s = sockets_[id];
  if (s.pending == nullptr || s.flying != nullptr) return;
  if (s.pending->empty()) {
    give_back(s.pending);
    return;
  }
  std::swap(s.pending, s.flying);
  const Tell asked = std::exchange(s.tell_inside, Tell::kFailure);
  const Tell tell = s.flying->size() > kLargeSend ? Tell::kAlways : asked;
  s.is_told_inside = tell != Tell::kFailure;
  inner_.send(id, *s.flying, tell);
}

void TlsReactor::hand_on_all() {
  for (const SocketId id : to_send_) {
    if (!sockets_[id].is_listed) continue;  // closed meanwhile
    sockets_[id].is_listed = false;
    hand_on(id);
  }
  to_send_.clear();
}

void TlsReactor::flush() {
  hand_on_all();
  inner_.flush();
}

std::span<const Completion> TlsReactor::wait(Instant deadline) {
  hand_on_all();
  arena_.rewind();
  completions_.clear();
  std::swap(completions_, done_);
  for (const Completion& c : inner_.wait(completions_.empty() ? deadline : clock_.now())) take(c);
  return completions_;
}

void TlsReactor::take(const Completion& c) {
  Socket& s = sockets_[c.socket];
  switch (c.kind) {
    case Completion::Kind::kConnected:
      if (c.result == 0)
        begin_handshake(c.socket);
      else
        fail(c.socket, Completion::Kind::kConnected, -c.result, {});
      return;
    case Completion::Kind::kSent:
      sent_inside(c.socket, c.result);
      return;
    case Completion::Kind::kReceived:
      if (c.result <= 0) {
        ended_inside(c.socket, c.result);
      } else if (s.state == State::kShaking) {
        go_on_shaking(c.socket, {c.bytes, static_cast<std::size_t>(c.result)});
      } else if (s.state == State::kOpen) {
        decrypt(c.socket, {c.bytes, static_cast<std::size_t>(c.result)});
      }
      return;
  }
}

void TlsReactor::begin_handshake(SocketId id) {
  Socket& s = sockets_[id];
  s.state = State::kShaking;
  s.handshake.tcp_open = clock_.now();
  s.tls = std::make_unique<TlsStream>(terms_, s.offer);
  warm(id);
  go_on_shaking(id, {});
}

void TlsReactor::go_on_shaking(SocketId id, std::string_view incoming) {
  Socket& s = sockets_[id];
  // The server has answered, so what was sent to it has gone.
  if (!s.is_told_inside) give_back(s.flying);
  const auto step = s.tls->shake_hands(incoming, pending(id));
  list(id);
  switch (step) {
    case TlsStream::Step::kDone:
      if (terms_.options().needs_protocol && s.offer.empty() && s.tls->protocol().empty()) {
        fail(id, Completion::Kind::kConnected, EPROTO, refused_protocols(terms_.options()));
        return;
      }
      s.state = State::kOpen;
      s.handshake.is_resumed = s.tls->is_resumed();
      s.handshake.protocol = s.tls->protocol();
      // No answer will tell that the end of the handshake has gone, where we have the last word (TLS 1.3).
      if (!pending(id).empty()) s.tell_inside = Tell::kAlways;
      completions_.push_back({id, Completion::Kind::kConnected, 0, nullptr});
      if (!incoming.empty() || s.tls->has_more()) decrypt(id, incoming);
      return;
    case TlsStream::Step::kFailed:
    case TlsStream::Step::kClosed:
      fail(id, Completion::Kind::kConnected, EPROTO, s.tls->problem());
      return;
    case TlsStream::Step::kWaits:
      return;
  }
}

void TlsReactor::decrypt(SocketId id, std::string_view incoming) {
  Socket& s = sockets_[id];
  if (!s.is_warm) warm(id);
  bool has_more = true;
  while (has_more) {
    const std::span<char> room = arena_.room();
    std::size_t got = 0;
    // OpenSSL may want to say something by itself, such as the answer to a change of keys.
    switch (s.tls->read(incoming, pending(id), room.data(), room.size(), got)) {
      case TlsStream::Step::kDone:
        arena_.take(got);
        received(id, room.first(got));
        if (!s.is_told_inside) give_back(s.flying);  // this is the answer to it
        has_more = !incoming.empty() || s.tls->has_more();
        break;
      case TlsStream::Step::kWaits:
        CHECK(incoming.empty(), "TLS has left bytes unread");
        has_more = false;
        break;
      case TlsStream::Step::kClosed:
        s.state = State::kEnded;
        completions_.push_back({id, Completion::Kind::kReceived, 0, nullptr});
        has_more = false;
        break;
      case TlsStream::Step::kFailed:
        fail(id, Completion::Kind::kReceived, EPROTO, s.tls->problem());
        has_more = false;
        break;
    }
  }
  if (s.pending->empty())
    give_back(s.pending);
  else
    list(id);
}

// A server that answers several requests puts each answer into a record; they are one piece for those above.
void TlsReactor::received(SocketId id, std::span<const char> bytes) {
  const auto size = static_cast<std::int32_t>(bytes.size());
  if (!completions_.empty()) {
    Completion& last = completions_.back();
    if (last.socket == id && last.kind == Completion::Kind::kReceived && last.result > 0 &&
        last.bytes + last.result == bytes.data()) {
      last.result += size;
      return;
    }
  }
  completions_.push_back({id, Completion::Kind::kReceived, size, bytes.data()});
}

void TlsReactor::sent_inside(SocketId id, std::int32_t result) {
  Socket& s = sockets_[id];
  if (result < 0) {
    if (s.state == State::kShaking)
      fail(id, Completion::Kind::kConnected, -result, {});
    else if (s.state == State::kOpen)
      fail(id, Completion::Kind::kSent, -result, {});
    return;
  }
  s.is_told_inside = false;
  give_back(s.flying);
  if (!s.rest.empty()) {
    encrypt_rest(id);
  } else if (s.tell != Tell::kFailure && s.pending != nullptr) {
    s.tell_inside = Tell::kAlways;  // some of it may still be pending
  } else if (s.tell != Tell::kFailure) {
    s.tell = Tell::kFailure;
    completions_.push_back({id, Completion::Kind::kSent, s.sent, nullptr});
  }
  list(id);
}

void TlsReactor::ended_inside(SocketId id, std::int32_t result) {
  Socket& s = sockets_[id];
  if (s.state == State::kShaking) {
    fail(id, Completion::Kind::kConnected, result == 0 ? ECONNRESET : -result,
         result == 0 ? "the server closed the connection in the TLS handshake" : "");
  } else if (s.state == State::kOpen) {
    fail(id, Completion::Kind::kReceived, result == 0 ? ECONNRESET : -result,
         result == 0 ? "the connection was closed without TLS's goodbye (close_notify)" : "");
  }
}

void TlsReactor::fail(SocketId id, Completion::Kind kind, int error, std::string problem) {
  Socket& s = sockets_[id];
  s.state = State::kEnded;
  s.problem = std::move(problem);
  completions_.push_back({id, kind, -error, nullptr});
}

void TlsReactor::close(SocketId id, How how) {
  Socket& s = sockets_[id];
  if (s.state == State::kClosed) return;
  if (!done_.empty()) std::erase_if(done_, [&](const Completion& c) { return c.socket == id; });
  // Amid another send a goodbye would only garble it.
  if (how == How::kGraceful && s.tls && s.flying == nullptr && s.rest.empty()) {
    if (s.state != State::kShaking) s.tls->say_goodbye(pending(id));
    hand_on(id);
    inner_.flush();
  }
  inner_.close(id, how);
  give_back(s.pending);
  give_back(s.flying);
  s = Socket{};
}

const Handshake* TlsReactor::handshake(SocketId id) const {
  const Socket& s = sockets_[id];
  return s.tls && s.state != State::kShaking ? &s.handshake : nullptr;
}

std::string TlsReactor::reason(SocketId id, int error) const {
  if (id >= sockets_.size()) return Reactor::reason(id, error);
  const Socket& s = sockets_[id];
  if (!s.problem.empty()) return s.problem;
  if (s.state == State::kShaking && error == ETIMEDOUT) return "timed out in the TLS handshake";
  return Reactor::reason(id, error);
}

}  // namespace loadstone::net

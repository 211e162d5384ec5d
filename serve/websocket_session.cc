#include "serve/websocket_session.h"

#include <sys/socket.h>

#include <algorithm>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/websocket/stream.hpp>

#include "serve/wire.h"

namespace serve {
namespace beast = boost::beast;
namespace websocket = beast::websocket;

namespace {

constexpr std::size_t kKeepBytes = 2048;  // of a receive buffer, while a client is idle
constexpr Nanoseconds kLinger = std::chrono::seconds(1);

// The code Beast told the peer when it failed the connection.
std::uint16_t code_for(const Failure& failure) {
  if (failure == websocket::error::message_too_big || failure == websocket::error::buffer_overflow) return 1009;
  if (failure == websocket::error::bad_frame_payload) return 1007;
  if (failure == websocket::condition::protocol_violation) return 1002;
  return 1006;
}

}  // namespace

struct WebSocketSession::BeastStream {
  explicit BeastStream(Socket socket) : ws(std::move(socket)) {}
  websocket::stream<Wire, true> ws;
  beast::flat_buffer buffer;
};

WebSocketSession::WebSocketSession(std::shared_ptr<Loop> loop, std::string peer, WebSocketOptions options,
                                   WebSocketEvents events)
    : loop_(std::move(loop)),
      peer_(std::move(peer)),
      options_(std::make_unique<const WebSocketOptions>(std::move(options))),
      events_(std::move(events)),
      paused_(options_->start_paused) {}

WebSocketSession::~WebSocketSession() = default;

template <class F>
void WebSocketSession::on_loop(F f) {
  if (loop_->is_current())
    f(*this);
  else
    loop_->post([me = self(), f = std::move(f)]() mutable { f(*me); });
}

// Calls back to the owner. Nothing it throws goes further.
template <class F>
void WebSocketSession::call(F f) {
  ++calls_;
  try {
    f();
  } catch (...) {
    close_now(1011, "internal error");
  }
  if (--calls_ == 0 && finished_) events_ = {};
}

// ---- opening

void WebSocketSession::open(Socket socket, const Request& request) {
  if (state_ == State::kGone) return;
  stream_ = std::make_unique<BeastStream>(std::move(socket));
  auto& ws = stream_->ws;
  if (!options_->answer_pings) ws.next_layer().drop_pongs();
  websocket::permessage_deflate deflate;
  deflate.server_enable = options_->deflate;
  deflate.server_max_window_bits = 12;
  deflate.client_max_window_bits = 12;
  deflate.memLevel = 4;
  deflate.server_no_context_takeover = deflate.client_no_context_takeover = !options_->context_takeover;
  ws.set_option(deflate);
  ws.auto_fragment(false);
  ws.read_message_max(options_->message_bytes);
  ws.set_option(websocket::stream_base::decorator([options = options_.get()](websocket::response_type& response) {
    if (!options->subprotocol.empty()) response.set("Sec-WebSocket-Protocol", options->subprotocol);
    for (const auto& [name, value] : options->headers) response.insert(name, value);
  }));
  ws.control_callback([this](websocket::frame_type kind, beast::string_view payload) {
    heard_ = SteadyClock::read();
    const bool is_ping = kind == websocket::frame_type::ping;
    if (kind == websocket::frame_type::close || !(is_ping ? events_.on_ping : events_.on_pong)) return;
    // Not from within Beast: the owner may close or reset.
    loop_->post([me = self(), is_ping, text = std::string(payload)] {
      const auto& event = is_ping ? me->events_.on_ping : me->events_.on_pong;
      if (event) me->call([&] { event(*me, text); });
    });
  });
  beast::http::request<beast::http::empty_body> upgrade(beast::http::verb::get, std::string(request.target()), 11);
  for (std::size_t i = 0; i < request.header_count(); ++i) {
    const auto [name, value] = request.header_at(i);
    upgrade.insert(name, value);
  }
  counted_ = true;
  loop_->shared().tally.websockets.fetch_add(1, std::memory_order_relaxed);
  const auto me = self();
  loop_->add(me);
  if (state_ == State::kGone) return;  // the server is stopping
  if (events_.on_open) call([&] { events_.on_open(*this); });
  if (state_ == State::kGone) return;
  heard_ = SteadyClock::read();
  deadline_ = heard_ + options_->write_timeout;
  ws.async_accept(upgrade, [me](Failure failure) {
    if (me->state_ == State::kGone) return;
    me->deadline_ = loadstone::kNever;
    if (failure) {
      me->finish(1006, {}, true, false);
      return;
    }
    me->state_ = State::kOpen;
    me->write_next();
    me->read();
  });
}

void WebSocketSession::fail_open() { finish(1006, {}, true, false); }

bool WebSocketSession::is_open() const {
  const State s = state_;
  return s == State::kOpening || s == State::kOpen;
}

// ---- sending

Sent WebSocketSession::put(Item item) {
  {
    const std::lock_guard lock(mutex_);
    if (!is_open() || close_code_ != 0) return Sent::kClosed;
    const std::size_t count = queue_.size() - queue_head_;
    if (count >= options_->queue_messages ||
        (count > 0 && queue_bytes_ + item.message->size() > options_->queue_bytes)) {
      was_full_ = true;
      return Sent::kFull;
    }
    queue_bytes_ += item.message->size();
    queue_.push_back(std::move(item));
    if (busy_) return Sent::kQueued;
    busy_ = true;
  }
  on_loop([](WebSocketSession& s) { s.write_next(); });
  return Sent::kQueued;
}

bool WebSocketSession::drop_oldest() {
  const std::lock_guard lock(mutex_);
  if (queue_.size() == queue_head_) return false;
  queue_bytes_ -= queue_[queue_head_].message->size();
  queue_[queue_head_++].message.reset();
  return true;
}

std::size_t WebSocketSession::queued() const {
  const std::lock_guard lock(mutex_);
  return queue_.size() - queue_head_;
}

// Hands the next message to the socket; the caller has set busy_.
void WebSocketSession::write_next() {
  if (state_ != State::kOpen) return;
  Kind kind{};
  bool room = false;
  {
    const std::lock_guard lock(mutex_);
    if (queue_.size() == queue_head_) {
      queue_.clear();
      queue_head_ = 0;
      if (queue_.capacity() > 16) queue_.shrink_to_fit();
      if (close_code_ == 0) {
        busy_ = false;
        return;
      }
    } else {
      Item& item = queue_[queue_head_];
      current_ = std::move(item.message);
      kind = item.kind;
      queue_bytes_ -= current_->size();
      if (++queue_head_ >= 64 && queue_head_ * 2 >= queue_.size()) {
        queue_.erase(queue_.begin(), queue_.begin() + static_cast<std::ptrdiff_t>(queue_head_));
        queue_head_ = 0;
      }
      if (was_full_ && (queue_.size() - queue_head_) * 2 <= options_->queue_messages) {
        was_full_ = false;
        room = true;
      }
    }
  }
  if (!current_) {
    start_close();
    return;
  }
  write_deadline_ = SteadyClock::read() + options_->write_timeout;
  if (kind == Kind::kRaw) {
    asio::async_write(stream_->ws.next_layer(), asio::buffer(*current_),
                      [me = self()](Failure failure, std::size_t) { me->on_written(failure); });
  } else {
    stream_->ws.text(kind == Kind::kText);
    write_fragment(0);
  }
  if (room && events_.on_room) call([&] { events_.on_room(*this); });
}

// With permessage-deflate a fragment that only feeds the compressor may make no frame.
void WebSocketSession::write_fragment(std::size_t index) {
  const std::size_t count = std::max<std::size_t>(options_->fragments, 1);
  if (index + 1 == count && index == 0) {
    stream_->ws.async_write(asio::buffer(*current_),
                            [me = self()](Failure failure, std::size_t) { me->on_written(failure); });
    return;
  }
  const std::size_t from = current_->size() * index / count;
  const std::size_t until = current_->size() * (index + 1) / count;
  stream_->ws.async_write_some(index + 1 == count, asio::buffer(current_->data() + from, until - from),
                               [me = self(), index, count](Failure failure, std::size_t) {
                                 if (failure || index + 1 == count || !me->stream_)
                                   me->on_written(failure);
                                 else
                                   me->write_fragment(index + 1);
                               });
}

void WebSocketSession::on_written(const Failure& failure) {
  current_.reset();
  write_deadline_ = loadstone::kNever;
  // A read that is outstanding, or the next one, finds out why.
  if (failure && state_ == State::kOpen && !reading_) finish(1006, {}, true, false);
  if (!failure) write_next();
}

void WebSocketSession::ping(std::string payload) {
  payload.resize(std::min<std::size_t>(payload.size(), 125));
  on_loop([payload = std::move(payload)](WebSocketSession& s) {
    if (s.state_ != State::kOpen || s.pinging_) return;
    s.pinging_ = true;
    s.stream_->ws.async_ping(websocket::ping_data(payload), [me = s.self()](Failure) { me->pinging_ = false; });
  });
}

void WebSocketSession::request_close(std::uint16_t code, std::string reason, bool now) {
  {
    const std::lock_guard lock(mutex_);
    if (!is_open()) return;
    if (now) {
      queue_.clear();
      queue_head_ = queue_bytes_ = 0;
    }
    if (close_code_ == 0) {
      close_code_ = code;
      reason.resize(std::min<std::size_t>(reason.size(), 123));
      close_reason_ = std::move(reason);
    }
    if (busy_) return;
    busy_ = true;
  }
  on_loop([](WebSocketSession& s) { s.write_next(); });
}

void WebSocketSession::start_close() {
  state_ = State::kClosing;
  deadline_ = SteadyClock::read() + options_->close_timeout;
  websocket::close_reason reason;
  {
    const std::lock_guard lock(mutex_);
    reason.code = close_code_;
    reason.reason.assign(close_reason_.data(), close_reason_.size());
  }
  stream_->ws.async_close(reason, [me = self()](Failure failure) {
    if (me->state_ == State::kClosing) me->finish(me->close_code_, me->close_reason_, bool(failure), !failure);
  });
}

// ---- receiving

void WebSocketSession::pause_reading() {
  on_loop([](WebSocketSession& s) { s.paused_ = true; });
}

void WebSocketSession::resume_reading() {
  on_loop([](WebSocketSession& s) {
    s.paused_ = false;
    s.heard_ = SteadyClock::read();
    s.read();
  });
}

void WebSocketSession::read() {
  if (state_ != State::kOpen || paused_ || reading_) return;
  reading_ = true;
  stream_->ws.async_read(stream_->buffer, [me = self()](Failure failure, std::size_t) {
    me->reading_ = false;
    if (me->state_ != State::kOpen && me->state_ != State::kClosing) return;
    if (failure)
      me->on_read_failed(failure);
    else
      me->on_message();
  });
}

void WebSocketSession::on_message() {
  heard_ = SteadyClock::read();
  if (state_ == State::kOpen) {
    const auto bytes = stream_->buffer.cdata();
    const std::string_view message(static_cast<const char*>(bytes.data()), bytes.size());
    const auto& event = stream_->ws.got_text() ? events_.on_text : events_.on_binary;
    if (event) call([&] { event(*this, message); });
  }
  if (!stream_) return;
  stream_->buffer.clear();
  if (stream_->buffer.capacity() > kKeepBytes) stream_->buffer.shrink_to_fit();
  read();
}

void WebSocketSession::on_read_failed(const Failure& failure) {
  if (failure == websocket::error::closed) {
    const auto& reason = stream_->ws.reason();
    finish(reason.code, std::string(reason.reason.data(), reason.reason.size()), false, true);
  } else if (state_ == State::kOpen) {
    const std::uint16_t code = code_for(failure);
    finish(code, code == 1006 ? std::string() : failure.message(), code == 1006, false);
  }  // else async_close reports
}

// ---- leaving

void WebSocketSession::finish(std::uint16_t code, const std::string& reason, bool lost, bool handshake_done) {
  const auto me = self();
  if (lost || handshake_done) {
    leave();  // after both close frames there is nothing left to read
  } else {
    state_ = State::kLingering;
    deadline_ = SteadyClock::read() + kLinger;
    write_deadline_ = loadstone::kNever;
    Failure ignored;
    stream_->ws.next_layer().shutdown(Socket::shutdown_send, ignored);
    discard();
  }
  if (finished_) return;
  finished_ = true;
  if (counted_) loop_->shared().tally.websockets.fetch_sub(1, std::memory_order_relaxed);
  counted_ = false;
  {
    const std::lock_guard lock(mutex_);
    queue_.clear();
    queue_head_ = queue_bytes_ = 0;
  }
  call([&] {
    if (events_.on_close) events_.on_close(*this, lost ? std::uint16_t{1006} : code, lost ? std::string() : reason);
  });
}

// Reads and forgets until the peer closes its side, so that what we sent last is not lost in a reset.
void WebSocketSession::discard() {
  stream_->ws.next_layer().async_wait(Socket::wait_read, [me = self()](Failure failure) {
    if (me->state_ != State::kLingering) return;
    char bytes[4096];
    const ssize_t n =
        failure ? -1 : ::recv(me->stream_->ws.next_layer().native_handle(), bytes, sizeof bytes, MSG_DONTWAIT);
    if (n > 0 || (n < 0 && !failure && (errno == EAGAIN || errno == EINTR)))
      me->discard();
    else
      me->leave();
  });
}

void WebSocketSession::leave() {
  if (state_ == State::kGone) return;
  const auto me = self();
  state_ = State::kGone;
  deadline_ = write_deadline_ = loadstone::kNever;
  stream_.reset();
  loop_->remove(*this);
}

void WebSocketSession::reset() {
  on_loop([](WebSocketSession& s) { s.abort(); });
}

void WebSocketSession::abort() {
  if (state_ == State::kGone) return;
  const auto me = self();
  if (stream_) {
    const struct ::linger now{1, 0};
    ::setsockopt(stream_->ws.next_layer().native_handle(), SOL_SOCKET, SO_LINGER, &now, sizeof now);
  }
  if (finished_)
    leave();
  else
    finish(1006, {}, true, false);
}

void WebSocketSession::begin_stop() { close(1001, "the server is stopping"); }

void WebSocketSession::sweep(Instant now) {
  if (state_ == State::kLingering && now >= deadline_) {
    leave();
    return;
  }
  if (now >= deadline_ || now >= write_deadline_) {
    loop_->shared().tally.timed_out.fetch_add(1, std::memory_order_relaxed);
    abort();
    return;
  }
  if (state_ != State::kOpen || paused_) return;
  if (options_->close_after_silence.count() > 0 && now - heard_ >= options_->close_after_silence) {
    loop_->shared().tally.timed_out.fetch_add(1, std::memory_order_relaxed);
    close_now(1001, "nothing heard for too long");
  } else if (options_->ping_after.count() > 0 && now - heard_ >= options_->ping_after) {
    ping({});
  }
}

}  // namespace serve

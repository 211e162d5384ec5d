#include "serve/http_connection.h"

#include <sys/socket.h>

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <utility>

#include "base/format.h"
#include "serve/websocket_session.h"

namespace serve {
namespace {

constexpr std::size_t kFirstBuffer = 2048;
constexpr std::size_t kLingerBytes = std::size_t{4} << 20;  // discarded while the peer finishes what we refused
constexpr Nanoseconds kLinger = std::chrono::seconds(1);

}  // namespace

HttpConnection::HttpConnection(std::shared_ptr<Loop> loop, Socket socket, std::string peer)
    : loop_(std::move(loop)), socket_(std::move(socket)), peer_(std::move(peer)) {}

void HttpConnection::start() {
  next_request();
  deadline_ = SteadyClock::read() + loop_->limits().header_timeout;  // a new connection is expected to ask at once
  read();
}

void HttpConnection::next_request() {
  next_ = std::make_shared<Exchange>(std::static_pointer_cast<HttpConnection>(shared_from_this()));
  parser_.emplace(next_->request, loop_->limits().header_bytes, loop_->limits().body_bytes);
  parser_->eager(false);
  head_done_ = false;
  state_ = State::kReading;
}

// ---- reading

void HttpConnection::make_room() {
  if (in_begin_ == in_end_) {
    in_begin_ = in_end_ = 0;
    // A large head is rare; do not keep its buffer for ever.
    if (in_.size() > 4 * kFirstBuffer && !head_done_) std::vector<char>().swap(in_);
  }
  if (in_.empty()) in_.resize(kFirstBuffer);
  if (in_end_ < in_.size()) return;
  if (in_begin_ > 0) {
    std::copy(in_.begin() + static_cast<std::ptrdiff_t>(in_begin_), in_.begin() + static_cast<std::ptrdiff_t>(in_end_),
              in_.begin());
    in_end_ -= in_begin_;
    in_begin_ = 0;
    return;
  }
  in_.resize(std::min(in_.size() * 2, loop_->limits().header_bytes + kFirstBuffer));
}

void HttpConnection::read() {
  if (reading_ || state_ == State::kGone) return;
  make_room();
  reading_ = true;
  socket_->async_read_some(
      asio::buffer(in_.data() + in_end_, in_.size() - in_end_),
      [self = shared_from_this(), this](const boost::system::error_code& error, std::size_t n) { on_read(error, n); });
}

void HttpConnection::on_read(const boost::system::error_code& error, std::size_t n) {
  reading_ = false;
  if (state_ == State::kGone) return;
  if (state_ == State::kLingering) {
    if (error || n >= linger_left_) {
      leave();
    } else {
      linger_left_ -= n;
      in_begin_ = in_end_ = 0;
      read();
    }
    return;
  }
  if (error) {
    leave();
    return;
  }
  in_end_ += n;
  process();
  // What comes before the answer has ended waits for its turn, as far as there is room.
  if (gone_ && in_end_ < in_.size()) read();
}

void HttpConnection::process() {
  if (processing_) return;
  processing_ = true;
  while (state_ == State::kReading && output_.size() < kBatchBytes)
    if (!parse()) break;
  processing_ = false;
  flush();
  if (state_ == State::kReading && output_.size() < kBatchBytes) read();
}

// One step; false when more bytes are needed or nothing more is to be read.
bool HttpConnection::parse() {
  if (in_begin_ == in_end_) return false;
  if (!parser_->got_some()) {
    // RFC 9112, 2.2: ignore empty lines before a request.
    while (in_begin_ < in_end_ && (in_[in_begin_] == '\r' || in_[in_begin_] == '\n')) ++in_begin_;
    if (in_begin_ == in_end_) return false;
  }
  const bool first = !parser_->got_some();
  HttpParser::Error error;
  const std::size_t used = parser_->put(asio::const_buffer(in_.data() + in_begin_, in_end_ - in_begin_), error);
  in_begin_ += used;
  if (error == boost::beast::http::error::need_more) {
    if (first) deadline_ = SteadyClock::read() + loop_->limits().header_timeout;
    if (in_begin_ == 0 && in_end_ == in_.size() && in_.size() >= loop_->limits().header_bytes + kFirstBuffer) {
      refuse_with(head_done_ ? 400 : 431);  // a line between chunks without end
      return false;
    }
    if (!head_done_ || used == 0) return false;
    return true;
  }
  if (error) {
    namespace http = boost::beast::http;
    refuse_with(error == http::error::header_limit  ? 431
                : error == http::error::body_limit  ? 413
                : error == http::error::bad_version ? 505
                                                    : 400);
    return false;
  }
  if (!head_done_ && parser_->is_header_done()) {
    head_done_ = true;
    const Instant now = SteadyClock::read();
    next_->request.set_received(now);
    next_->request.set_peer(peer_);
    if (const int status = parser_->refusal(); status != 0) {
      refuse_with(status);
      return false;
    }
    if (!parser_->is_done()) {
      deadline_ = now + loop_->limits().body_timeout;
      if (parser_->expects_continue() && next_->request.version() == 11 && in_begin_ == in_end_)
        output_.append("HTTP/1.1 100 Continue\r\n\r\n");
    }
  }
  if (parser_->is_done()) dispatch();
  return true;
}

void HttpConnection::dispatch() {
  deadline_ = loadstone::kNever;
  head_request_ = next_->request.method() == "HEAD";
  http10_ = next_->request.version() == 10;
  keep_alive_ = parser_->keep_alive();
  const auto exchange = std::exchange(next_, nullptr);
  parser_.reset();
  exchange->turn = ++turn_;
  open_turn_.store(turn_, std::memory_order_release);
  state_ = State::kAnswering;
  loop_->shared().tally.requests.fetch_add(1, std::memory_order_relaxed);
  try {
    loop_->shared().options.on_request(Responder(exchange));
  } catch (...) {
    abandon(exchange->turn);
  }
}

void HttpConnection::refuse_with(int status) {
  loop_->shared().tally.malformed.fetch_add(1, std::memory_order_relaxed);
  head_request_ = false;
  http10_ = false;
  keep_alive_ = false;
  next_.reset();
  parser_.reset();
  open_turn_.store(++turn_, std::memory_order_release);
  state_ = State::kAnswering;
  reply(turn_, json_response(status, loadstone::format("{{\"detail\":\"{}\"}}", reason_phrase(status))));
}

// ---- writing and leaving

void HttpConnection::flush() {
  if (state_ == State::kGone) return;
  while (!waiting_ && !output_.empty()) {
    iovec pieces[16];
    msghdr message{};
    message.msg_iov = pieces;
    message.msg_iovlen = output_.pieces(pieces);
    const ssize_t n = ::sendmsg(socket_->native_handle(), &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0 && errno != EAGAIN && errno != EWOULDBLOCK) {
      leave();
      return;
    }
    if (n > 0) {
      output_.consume(static_cast<std::size_t>(n));
      continue;
    }
    waiting_ = true;
    write_deadline_ = SteadyClock::read() + loop_->limits().write_timeout;
    socket_->async_wait(Socket::wait_write, [self = shared_from_this(), this](const boost::system::error_code& error) {
      waiting_ = false;
      write_deadline_ = loadstone::kNever;
      if (state_ == State::kGone) return;
      if (error) {
        leave();
        return;
      }
      flush();
      if (state_ == State::kReading) process();
    });
  }
  waiting_bytes_.store(output_.size(), std::memory_order_relaxed);
  if (output_.size() > loop_->limits().output_bytes) {
    abort();
    return;
  }
  if (output_.empty() && state_ == State::kClosing) linger();
}

void HttpConnection::linger() {
  state_ = State::kLingering;
  ::shutdown(socket_->native_handle(), SHUT_WR);
  deadline_ = SteadyClock::read() + kLinger;
  linger_left_ = kLingerBytes;
  in_begin_ = in_end_ = 0;
  read();
}

void HttpConnection::leave() {
  if (state_ == State::kGone) return;
  const auto self = shared_from_this();
  state_ = State::kGone;
  open_turn_.store(0, std::memory_order_release);
  tell_gone();
  next_.reset();  // it points back here
  parser_.reset();
  boost::system::error_code ignored;
  socket_->close(ignored);
  socket_.reset();
  loop_->remove(*this);
}

void HttpConnection::tell_gone() {
  if (const auto gone = std::exchange(gone_, nullptr)) gone();
}

void HttpConnection::abort() {
  if (state_ == State::kGone) return;
  const struct ::linger now{1, 0};
  ::setsockopt(socket_->native_handle(), SOL_SOCKET, SO_LINGER, &now, sizeof now);
  leave();
}

void HttpConnection::begin_stop() {
  stopping_ = true;
  if (gone_) {  // its answer would not end by itself
    keep_alive_ = false;
    const auto gone = std::exchange(gone_, nullptr);
    end(turn_);
    gone();
    return;
  }
  if (state_ == State::kSilent ||
      (state_ == State::kReading && (!parser_->got_some() && in_begin_ == in_end_) && output_.empty()))
    leave();
}

void HttpConnection::sweep(Instant now) {
  if (now >= write_deadline_) {
    loop_->shared().tally.timed_out.fetch_add(1, std::memory_order_relaxed);
    abort();
    return;
  }
  if (now < deadline_) return;
  if (state_ == State::kLingering) {
    leave();
  } else if (state_ == State::kReading) {
    loop_->shared().tally.timed_out.fetch_add(1, std::memory_order_relaxed);
    if (!parser_->got_some() && in_begin_ == in_end_) {
      leave();
      return;
    }
    next_.reset();
    parser_.reset();
    keep_alive_ = false;
    head_request_ = http10_ = false;
    open_turn_.store(++turn_, std::memory_order_release);
    state_ = State::kAnswering;
    reply(turn_, json_response(408, R"({"detail":"Request Timeout"})"));
  }
}

}  // namespace serve

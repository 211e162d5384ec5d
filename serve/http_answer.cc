// How HttpConnection writes its answers; reading and leaving are in http_connection.cc.
#include <algorithm>
#include <charconv>

#include "base/format.h"
#include "serve/http_connection.h"
#include "serve/websocket_session.h"

namespace serve {
namespace {

void append_number(Output& out, std::size_t n) {
  char digits[24];
  const auto end = std::to_chars(digits, digits + sizeof digits, n).ptr;
  out.append(std::string_view(digits, static_cast<std::size_t>(end - digits)));
}

// A header must stay one line whatever the owner put into it.
void append_clean(Output& out, std::string_view text) {
  const auto bad = [](char c) { return c == '\r' || c == '\n' || c == '\0'; };
  if (std::none_of(text.begin(), text.end(), bad)) {
    out.append(text);
    return;
  }
  std::string clean(text);
  std::replace_if(clean.begin(), clean.end(), bad, ' ');
  out.append(clean);
}

}  // namespace

void HttpConnection::refuse() {
  http10_ = false;
  const std::string_view text = "the server has as many connections as it may have";
  const std::string body = loadstone::format("{{\"detail\":\"{}\"}}", text);
  write_head(503, {{"Content-Type", "application/json"}, {"Retry-After", "1"}}, {}, true);
  output_.append("Content-Length: ");
  append_number(output_, body.size());
  output_.append("\r\n\r\n");
  output_.append(body);
  state_ = State::kClosing;
  flush();
}

void HttpConnection::write_head(int status, const std::vector<std::pair<std::string, std::string>>& headers,
                                std::string_view framing, bool close) {
  if (status == 200) {
    output_.append("HTTP/1.1 200 OK\r\n");
  } else {
    output_.append("HTTP/1.1 ");
    append_number(output_, static_cast<std::size_t>(std::clamp(status, 100, 999)));
    output_.append(" ");
    output_.append(reason_phrase(status));
    output_.append("\r\n");
  }
  output_.append(loop_->date_line(SteadyClock::read()));
  for (const auto& [name, value] : headers) {
    append_clean(output_, name);
    output_.append(": ");
    append_clean(output_, value);
    output_.append("\r\n");
  }
  if (close)
    output_.append("Connection: close\r\n");
  else if (http10_)
    output_.append("Connection: keep-alive\r\n");
  output_.append(framing);
}

void HttpConnection::reply(std::uint64_t turn, Response response) {
  if (!is_turn(turn, State::kAnswering)) return;
  if (response.close || stopping_) keep_alive_ = false;
  write_head(response.status, response.headers, {}, !keep_alive_);
  const bool no_body = response.status < 200 || response.status == 204 || response.status == 304;
  if (!no_body) {
    output_.append("Content-Length: ");
    append_number(output_, response.body.size());
    output_.append("\r\n");
  }
  output_.append("\r\n");
  if (!no_body && !head_request_) output_.take(std::move(response.body));
  end_turn();
}

void HttpConnection::begin(std::uint64_t turn, const ResponseHead& head, Framing framing, std::size_t length) {
  if (!is_turn(turn, State::kAnswering)) return;
  framing_ = framing == Framing::kChunked && http10_ ? Framing::kUntilClose : framing;
  if (framing_ == Framing::kUntilClose || stopping_) keep_alive_ = false;
  write_head(head.status, head.headers, framing_ == Framing::kChunked ? "Transfer-Encoding: chunked\r\n" : "",
             !keep_alive_);
  if (framing_ == Framing::kLength) {
    output_.append("Content-Length: ");
    append_number(output_, length);
    output_.append("\r\n");
  }
  output_.append("\r\n");
  body_left_ = length;
  state_ = State::kWriting;
  if (!processing_) flush();
}

void HttpConnection::write(std::uint64_t turn, std::string bytes) {
  if (!is_turn(turn, State::kWriting) || bytes.empty()) return;
  if (framing_ == Framing::kLength) {
    if (bytes.size() > body_left_) {  // the owner's mistake must not be read as the next reply
      abort();
      return;
    }
    body_left_ -= bytes.size();
  }
  if (!head_request_) {
    if (framing_ == Framing::kChunked) {
      char size[20];
      const auto end = std::to_chars(size, size + sizeof size, bytes.size(), 16).ptr;
      output_.append(std::string_view(size, static_cast<std::size_t>(end - size)));
      output_.append("\r\n");
      output_.take(std::move(bytes));
      output_.append("\r\n");
    } else {
      output_.take(std::move(bytes));
    }
  }
  if (!processing_) flush();
}

void HttpConnection::end(std::uint64_t turn) {
  if (!is_turn(turn, State::kWriting)) return;
  if (framing_ == Framing::kChunked && !head_request_) output_.append("0\r\n\r\n");
  if (framing_ == Framing::kLength && body_left_ > 0 && !head_request_) keep_alive_ = false;
  end_turn();
}

void HttpConnection::watch(std::uint64_t turn, std::function<void()> gone) {
  if (!is_turn(turn, State::kWriting)) {
    loop_->post(std::move(gone));
    return;
  }
  gone_ = std::move(gone);
  if (in_end_ < in_.size() || in_begin_ == in_end_) read();
}

void HttpConnection::write_raw(std::uint64_t turn, std::string bytes) {
  if (!is_turn(turn, State::kWriting) && !is_turn(turn, State::kAnswering)) return;
  state_ = State::kWriting;
  framing_ = Framing::kUntilClose;
  keep_alive_ = false;
  output_.take(std::move(bytes));
  if (!processing_) flush();
}

void HttpConnection::close(std::uint64_t turn) {
  if (!is_turn(turn, State::kWriting) && !is_turn(turn, State::kAnswering)) return;
  keep_alive_ = false;
  end_turn();
}

void HttpConnection::reset(std::uint64_t turn) {
  if (is_open(turn)) abort();
}

void HttpConnection::abandon(std::uint64_t turn) {
  if (is_turn(turn, State::kAnswering))
    reply(turn, json_response(500, R"({"detail":"Internal Server Error"})"));
  else if (is_turn(turn, State::kWriting))
    close(turn);
}

void HttpConnection::end_turn() {
  gone_ = nullptr;
  open_turn_.store(0, std::memory_order_release);
  if (keep_alive_) {
    next_request();
    deadline_ = SteadyClock::read() + loop_->limits().idle_timeout;
  } else {
    state_ = State::kClosing;
  }
  if (processing_) return;  // process() goes on
  if (in_begin_ < in_end_ && state_ == State::kReading) {
    process();
  } else {
    flush();
    if (state_ == State::kReading && output_.size() < kBatchBytes) read();
  }
}

void HttpConnection::upgrade(std::uint64_t turn, const Request& request,
                             const std::shared_ptr<WebSocketSession>& session) {
  const auto self = shared_from_this();
  // A client must wait for the 101 before it sends more (RFC 6455, 4.1), and earlier replies must have gone.
  if (is_turn(turn, State::kAnswering) && in_begin_ == in_end_) flush();
  if (!is_turn(turn, State::kAnswering) || in_begin_ != in_end_ || !output_.empty()) {
    if (is_turn(turn, State::kAnswering)) {
      keep_alive_ = false;
      reply(turn, json_response(400, R"({"detail":"bytes after the upgrade request"})"));
    }
    session->fail_open();
    return;
  }
  open_turn_.store(0, std::memory_order_release);
  state_ = State::kGone;
  Socket socket = std::move(*socket_);
  socket_.reset();
  loop_->remove(*this);
  session->open(std::move(socket), request);
}

}  // namespace serve

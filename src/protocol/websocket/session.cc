#include "protocol/websocket/session.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "protocol/websocket/handshake.h"

namespace loadstone::websocket {

using protocol::Event;
using protocol::Events;

namespace {

constexpr const char* kNotUtf8 = "text that is not UTF-8";
// Room that is made for a message on the word of its first frame. The rest must come first.
constexpr std::uint64_t kMaxReserved = std::uint64_t{64} << 10;
constexpr std::size_t kMaxCloseReason = kMaxControlPayload - 2;

Event::Kind kind_of(Opcode opcode) { return opcode == Opcode::kText ? Event::Kind::kText : Event::Kind::kBinary; }

// At most `most` bytes of UTF-8 text, not cut within a character.
std::string_view shortened(std::string_view text, std::size_t most) {
  if (text.size() <= most) return text;
  while (most > 0 && (static_cast<unsigned char>(text[most]) & 0xc0) == 0x80) --most;
  return text.substr(0, most);
}

// Frees a buffer that is empty and large.
void give_back(std::string& buffer) {
  if (buffer.empty() && buffer.capacity() > Session::kKeptBytes) std::string().swap(buffer);
}

}  // namespace

void Session::start() {
  CHECK(state_ == State::kFresh);
  opening_ = std::make_unique<Opening>();
  opening_->key = make_key(randomness_);
  output_.append(plan_.before_key).append(opening_->key).append(plan_.after_key);
  state_ = State::kConnecting;
}

void Session::receive(std::string_view bytes, Events& events) {
  release();
  if (state_ == State::kConnecting) bytes = receive_answer(bytes, events);
  while (!bytes.empty() && (state_ == State::kOpen || state_ == State::kClosing))
    bytes = in_frame_ ? receive_payload(bytes, events) : receive_header(bytes, events);
  if (bytes.empty() || deaf_ || state_ == State::kConnecting) return;
  deaf_ = true;
  events.push_back({.kind = Event::Kind::kUnsolicited, .bytes = "bytes outside of the connection's life"});
}

std::string_view Session::receive_answer(std::string_view bytes, Events& events) {
  const http1::HeadReader::Step step = opening_->head.read(bytes);
  if (step.result.state == http1::HeadResult::State::kMalformed)
    end(Event::Reason::kProtocol, step.result.problem, 0, events);
  if (step.result.state != http1::HeadResult::State::kComplete) return {};
  if (step.result.head.status == 101)
    open(step.head, events);
  else
    end(Event::Reason::kProtocol, "the handshake was refused", step.result.head.status, events);
  return bytes.substr(step.consumed);
}

void Session::open(std::string_view head, Events& events) {
  const HandshakeAnswer answer = read_handshake_answer(head, plan_, opening_->key);
  if (answer.problem != nullptr) return end(Event::Reason::kProtocol, answer.problem, 0, events);
  subprotocol_ = answer.subprotocol;
  if (answer.deflates) deflation_ = std::make_unique<Deflation>(answer.terms);
  opening_.reset();
  state_ = State::kOpen;
  events.push_back({.kind = Event::Kind::kOpen, .status = 101});
}

FrameHeader Session::read_header(std::string_view bytes) const {
  return read_frame_header(bytes, {.within_message = within_message_,
                                   .deflates = deflates(),
                                   .max_bytes = plan_.max_message_bytes - message_.size(),
                                   .message_is_compressed = compressed_});
}

std::string_view Session::receive_header(std::string_view bytes, Events& events) {
  if (header_size_ == 0) {
    const FrameHeader header = read_header(bytes);
    switch (header.state) {
      case FrameHeader::State::kComplete:
        return begin_frame(header, bytes.substr(header.size), events);
      case FrameHeader::State::kMalformed:
        fail(header.close_code, header.problem, events);
        return {};
      case FrameHeader::State::kIncomplete:
        break;
    }
  }
  header_[header_size_++] = bytes.front();
  bytes.remove_prefix(1);
  const FrameHeader header = read_header({header_.data(), header_size_});
  if (header.state == FrameHeader::State::kIncomplete) return bytes;
  header_size_ = 0;
  if (header.state == FrameHeader::State::kComplete) return begin_frame(header, bytes, events);
  fail(header.close_code, header.problem, events);
  return {};
}

std::string_view Session::begin_frame(const FrameHeader& header, std::string_view rest, Events& events) {
  const bool whole = rest.size() >= header.length;
  const std::string_view payload = whole ? rest.substr(0, static_cast<std::size_t>(header.length)) : rest;
  if (is_control(header.opcode)) {
    if (whole) {
      take_control(header.opcode, payload, events);
      return rest.substr(payload.size());
    }
  } else {
    if (header.opcode != Opcode::kContinuation) {
      if (whole && header.fin && !header.compressed) {
        take_whole_message(header.opcode, payload, events);
        return rest.substr(payload.size());
      }
      within_message_ = true;
      message_opcode_ = header.opcode;
      compressed_ = header.compressed;
    }
    if (!compressed_)
      message_.reserve(message_.size() + static_cast<std::size_t>(std::min(header.length, kMaxReserved)));
  }
  opcode_ = header.opcode;
  fin_ = header.fin;
  left_ = header.length;
  in_frame_ = true;
  // An empty payload must not wait for the next bytes.
  if (left_ == 0) receive_payload({}, events);
  return rest;
}

std::string_view Session::receive_payload(std::string_view bytes, Events& events) {
  const auto n = static_cast<std::size_t>(std::min<std::uint64_t>(left_, bytes.size()));
  const std::string_view piece = bytes.substr(0, n);
  left_ -= n;
  in_frame_ = left_ > 0;
  if (is_control(opcode_)) {
    control_.append(piece);
    if (!in_frame_) {
      kept_.push_front(std::exchange(control_, {}));
      take_control(opcode_, kept_.front(), events);
    }
  } else if (!piece.empty() && !take_piece(piece, events)) {
    return {};
  } else if (!in_frame_ && fin_) {
    end_message(events);
  }
  return bytes.substr(n);
}

void Session::take_whole_message(Opcode opcode, std::string_view payload, Events& events) {
  if (opcode == Opcode::kText && !is_utf8(payload)) return fail(kInvalidPayload, kNotUtf8, events);
  events.push_back({.kind = kind_of(opcode), .bytes = payload});
}

// Returns false when the message cannot be good any more; the session has failed then.
bool Session::take_piece(std::string_view piece, Events& events) {
  const std::size_t before = message_.size();
  if (compressed_) return take_inflated(deflation_->inflate(piece, plan_.max_message_bytes, message_), before, events);
  message_.append(piece);
  if (message_opcode_ != Opcode::kText || utf8_.add(piece)) return true;
  fail(kInvalidPayload, kNotUtf8, events);
  return false;
}

// What inflated to text comes first, then what was wrong after it.
bool Session::take_inflated(Deflation::Outcome outcome, std::size_t before, Events& events) {
  if (message_opcode_ == Opcode::kText && !utf8_.add(std::string_view(message_).substr(before)))
    fail(kInvalidPayload, kNotUtf8, events);
  else if (outcome == Deflation::Outcome::kTooLarge)
    fail(kTooBig, "a message larger than the limit", events);
  else if (outcome == Deflation::Outcome::kCorrupt)
    fail(kInvalidPayload, "a compressed message that cannot be inflated", events);
  else
    return true;
  return false;
}

void Session::end_message(Events& events) {
  const std::size_t before = message_.size();
  if (compressed_ && !take_inflated(deflation_->end_message(plan_.max_message_bytes, message_), before, events)) return;
  // From here on utf8_ is ready for the next message.
  if (message_opcode_ == Opcode::kText && !utf8_.is_complete()) return fail(kInvalidPayload, kNotUtf8, events);
  within_message_ = false;
  kept_.push_front(std::exchange(message_, {}));
  events.push_back({.kind = kind_of(message_opcode_), .bytes = kept_.front()});
}

void Session::take_control(Opcode opcode, std::string_view payload, Events& events) {
  if (opcode == Opcode::kClose) return take_close(payload, events);
  if (opcode == Opcode::kPing) {
    // After our close frame the peer discards what we send (section 1.4).
    if (state_ == State::kOpen && output().size() < kMaxUnsentForPong) queue(Opcode::kPong, payload);
    events.push_back({.kind = Event::Kind::kPing, .bytes = payload});
    return;
  }
  events.push_back({.kind = Event::Kind::kPong, .bytes = payload});
}

void Session::take_close(std::string_view payload, Events& events) {
  std::uint16_t code = kNoStatus;
  if (payload.size() == 1) return fail(kProtocolError, "a close frame with one byte", events);
  if (!payload.empty()) {
    code = static_cast<std::uint16_t>(static_cast<unsigned char>(payload[0]) << 8 |
                                      static_cast<unsigned char>(payload[1]));
    if (!may_be_sent(code)) return fail(kProtocolError, "a close code that may not be sent", events);
    if (!is_utf8(payload.substr(2))) return fail(kInvalidPayload, "a close reason that is not UTF-8", events);
  }
  if (state_ == State::kOpen) queue(Opcode::kClose, payload.substr(0, 2));
  state_ = State::kClosed;
  close_code_ = code;
  std::string().swap(message_);
  events.push_back({.kind = Event::Kind::kClose,
                    .status = code,
                    .bytes = payload.size() > 2 ? payload.substr(2) : std::string_view()});
}

void Session::fail(std::uint16_t close_code, const char* problem, Events& events) {
  if (state_ == State::kOpen) {
    const char code[] = {static_cast<char>(close_code >> 8), static_cast<char>(close_code & 0xff)};
    queue(Opcode::kClose, {code, sizeof code});
  }
  end(Event::Reason::kProtocol, problem, 0, events);
}

void Session::end(Event::Reason reason, const char* problem, std::uint16_t status, Events& events) {
  state_ = State::kClosed;
  deaf_ = true;
  opening_.reset();
  std::string().swap(message_);
  events.push_back({.kind = Event::Kind::kFailed, .reason = reason, .status = status, .bytes = problem});
}

void Session::end_of_input(Events& events) {
  release();
  switch (state_) {
    case State::kFresh:
    case State::kClosed:
      break;
    case State::kConnecting:
      return end(
          Event::Reason::kClosed,
          opening_->head.is_within() ? "closed within the head of the answer" : "closed before any byte of the answer",
          0, events);
    case State::kOpen:
      return end(Event::Reason::kClosed, "closed without a close frame", 0, events);
    case State::kClosing:
      return end(Event::Reason::kClosed, "closed without an answer to the close frame", 0, events);
  }
  state_ = State::kClosed;
  deaf_ = true;
}

void Session::send(Opcode opcode, std::string_view payload) {
  CHECK(state_ == State::kOpen);
  if (!deflation_) return queue(opcode, payload);
  const std::size_t payload_at = output_.size() + kMaxClientHeader;
  output_.resize(payload_at);
  deflation_->deflate(payload, output_);
  wrap_frame(output_, payload_at, opcode, true, randomness_.mask());
}

void Session::send_ping(std::string_view payload) {
  CHECK(state_ == State::kOpen && payload.size() <= kMaxControlPayload);
  queue(Opcode::kPing, payload);
}

void Session::close(std::uint16_t code, std::string_view reason) {
  CHECK(state_ == State::kOpen && (code == kNoStatus || may_be_sent(code)), "close code {}", code);
  std::string payload;
  if (code != kNoStatus) {
    payload = {static_cast<char>(code >> 8), static_cast<char>(code & 0xff)};
    payload += shortened(reason, kMaxCloseReason);
  }
  queue(Opcode::kClose, payload);
  state_ = State::kClosing;
}

void Session::queue(Opcode opcode, std::string_view payload) {
  append_frame(output_, opcode, payload, false, randomness_.mask());
}

void Session::sent(std::size_t bytes) {
  DCHECK(bytes <= output_.size() - sent_);
  sent_ += bytes;
  if (sent_ == output_.size()) {
    output_.clear();
    sent_ = 0;
    give_back(output_);
  } else if (sent_ > output_.size() / 2) {
    // So that a queue which never runs empty does not grow for ever.
    output_.erase(0, sent_);
    sent_ = 0;
  }
}

std::string Session::take_output() {
  std::string taken = std::exchange(output_, {});
  taken.erase(0, std::exchange(sent_, 0));
  return taken;
}

void Session::reset() {
  release();
  opening_.reset();
  deflation_.reset();
  output_.clear();
  give_back(output_);
  sent_ = 0;
  std::string().swap(message_);
  std::string().swap(control_);
  left_ = 0;
  header_size_ = 0;
  in_frame_ = fin_ = within_message_ = compressed_ = deaf_ = false;
  utf8_.reset();
  state_ = State::kFresh;
  subprotocol_ = 0;
  close_code_ = kAbnormal;
}

}  // namespace loadstone::websocket

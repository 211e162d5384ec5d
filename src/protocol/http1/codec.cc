#include "protocol/http1/codec.h"

#include <algorithm>

#include "base/check.h"

namespace loadstone::http1 {

using protocol::Event;
using protocol::Events;

void Codec::start(std::uint32_t exchange, const protocol::PreparedRequest& request, const protocol::Filling& filling) {
  DCHECK(room() > 0);
  exchange_ = exchange;
  state_ = State::kHead;
  wants_body_ = request.wants_body;
  wants_fields_ = request.wants_fields;
  no_body_ = request.answer_has_no_body;
  if (request.closes) reusable_ = false;
  if (request.holes.empty()) {
    output_ = request.bytes;
  } else {
    protocol::fill(request, filling, scratch_);
    output_ = scratch_;
  }
}

void Codec::receive(std::string_view bytes, Events& events) {
  while (!bytes.empty()) {
    switch (state_) {
      case State::kDead:
        return;
      case State::kIdle:
        // Nothing was asked. Some servers say 408 before they close an idle connection; whatever it is, it answers
        // nothing.
        reusable_ = false;
        state_ = State::kDead;
        events.push_back({.kind = Event::Kind::kUnsolicited, .bytes = "bytes that answer no request"});
        return;
      case State::kHead:
        bytes = receive_head(bytes, events);
        break;
      default:
        bytes = receive_body(bytes, events);
        break;
    }
  }
}

std::string_view Codec::receive_head(std::string_view bytes, Events& events) {
  // Nearly every head comes whole and is read where it lies.
  const bool in_pieces = !head_.empty();
  const std::size_t before = head_.size();
  if (in_pieces) {
    head_.append(bytes);
    // Nothing new can be known before another line has ended, its very beginning apart.
    if (before >= kStatusLineBegins.size() && bytes.find('\n') == std::string_view::npos && head_.size() <= kMaxHead)
      return {};
  }
  const HeadResult result = in_pieces ? read_head(head_, no_body_) : memory_.read(bytes, no_body_);
  switch (result.state) {
    case HeadResult::State::kIncomplete:
      if (!in_pieces) head_.assign(bytes);
      return {};
    case HeadResult::State::kMalformed:
      failed(Event::Reason::kProtocol, result.problem, events);
      return {};
    case HeadResult::State::kComplete:
      break;
  }
  std::string_view fields;
  if (wants_fields_) [[unlikely]] {
    fields_.assign(in_pieces ? head_ : bytes, 0, result.size);
    fields = fields_;
    fields.remove_prefix(fields.find('\n') + 1);
  }
  bytes.remove_prefix(result.size - before);
  head_.clear();
  const Head& head = result.head;
  if (head.is_interim()) return bytes;
  if (head.status == 101) {
    failed(Event::Reason::kProtocol, "the peer switched protocols without being asked", events);
    return {};
  }
  status_ = head.status;
  if (!head.keep_alive) reusable_ = false;
  events.push_back(
      {.kind = Event::Kind::kHead, .coding = head.coding, .status = status_, .exchange = exchange_, .bytes = fields});
  switch (head.framing) {
    case Framing::kNone:
      done(events);
      break;
    case Framing::kLength:
      state_ = State::kLength;
      left_ = head.length;
      break;
    case Framing::kChunked:
      state_ = State::kChunked;
      chunked_.reset();
      break;
    case Framing::kUntilClose:
      state_ = State::kUntilClose;
      break;
  }
  return bytes;
}

std::string_view Codec::receive_body(std::string_view bytes, Events& events) {
  if (state_ == State::kUntilClose) {
    body(bytes, events);
    return {};
  }
  if (state_ == State::kLength) {
    const auto n = static_cast<std::size_t>(std::min<std::uint64_t>(left_, bytes.size()));
    body(bytes.substr(0, n), events);
    left_ -= n;
    if (left_ == 0) done(events);
    return bytes.substr(n);
  }
  const ChunkedDecoder::Step step = chunked_.step(bytes);
  if (step.problem != nullptr) {
    failed(Event::Reason::kProtocol, step.problem, events);
    return {};
  }
  if (!step.body.empty()) body(step.body, events);
  if (step.done) done(events);
  return bytes.substr(step.consumed);
}

void Codec::body(std::string_view bytes, Events& events) const {
  if (wants_body_)
    events.push_back({.kind = Event::Kind::kBody, .status = status_, .exchange = exchange_, .bytes = bytes});
}

void Codec::done(Events& events) {
  state_ = reusable_ ? State::kIdle : State::kDead;
  events.push_back({.kind = Event::Kind::kDone, .status = status_, .exchange = exchange_});
}

void Codec::failed(Event::Reason reason, const char* problem, Events& events) {
  state_ = State::kDead;
  reusable_ = false;
  events.push_back({.kind = Event::Kind::kFailed, .reason = reason, .exchange = exchange_, .bytes = problem});
}

void Codec::end_of_input(Events& events) {
  switch (state_) {
    case State::kUntilClose:
      done(events);
      break;
    case State::kHead:
      failed(Event::Reason::kClosed,
             head_.empty() ? "closed before any byte of the answer" : "closed within the head of the answer", events);
      break;
    case State::kLength:
    case State::kChunked:
      failed(Event::Reason::kClosed, "closed within the body of the answer", events);
      break;
    case State::kIdle:
    case State::kDead:
      break;
  }
  state_ = State::kDead;
  reusable_ = false;
}

void Codec::reset() {
  state_ = State::kIdle;
  reusable_ = true;
  output_ = {};
  head_.clear();
}

}  // namespace loadstone::http1

#include "protocol/event_stream/session.h"

#include <algorithm>

#include "base/check.h"
#include "protocol/http1/field.h"

namespace loadstone::event_stream {

using protocol::Event;
using protocol::Events;

namespace {

constexpr const char* kEnded = "the service ended the stream";
constexpr const char* kBrokeOff = "the stream broke off";

// Why the fields of a 200 answer are not those of an event stream, or null.
const char* problem_of(std::string_view head) {
  const char* problem = "the answer is no event stream: it has no Content-Type";
  const char* encoded = nullptr;
  http1::each_field(head, [&](std::string_view name, std::string_view value) {
    if (equals_ignoring_case(name, "content-type")) {
      const std::string_view type = trim(value.substr(0, value.find(';')));
      problem = equals_ignoring_case(type, "text/event-stream")
                    ? nullptr
                    : "the answer is no event stream: its Content-Type is not text/event-stream";
    } else if (equals_ignoring_case(name, "content-encoding") && !equals_ignoring_case(value, "identity")) {
      encoded = "the stream is compressed, which was not asked for";
    }
  });
  return problem != nullptr ? problem : encoded;
}

}  // namespace

void Session::start() {
  CHECK(state_ == State::kFresh);
  output_ = plan_.request;
  if (plan_.resumes && !last_id().empty()) output_.append("Last-Event-ID: ").append(last_id()).append("\r\n");
  output_.append("\r\n");
  head_ = std::make_unique<http1::HeadReader>();
  state_ = State::kAsking;
}

void Session::receive(std::string_view bytes, Events& events) {
  release();
  if (state_ == State::kAsking) bytes = receive_head(bytes, events);
  if (state_ == State::kOpen && !bytes.empty()) receive_body(bytes, events);
}

std::string_view Session::receive_head(std::string_view bytes, Events& events) {
  const http1::HeadReader::Step step = head_->read(bytes);
  if (step.result.state == http1::HeadResult::State::kMalformed)
    end(Event::Reason::kProtocol, step.result.problem, 0, events);
  if (step.result.state != http1::HeadResult::State::kComplete) return {};
  open(step.result.head, step.head, events);
  return bytes.substr(step.consumed);
}

void Session::open(const http1::Head& head, std::string_view text, Events& events) {
  if (head.status != 200) return end(Event::Reason::kProtocol, "the stream was refused", head.status, events);
  if (const char* problem = problem_of(text); problem != nullptr)
    return end(Event::Reason::kProtocol, problem, 0, events);
  head_.reset();
  framing_ = head.framing;
  left_ = head.length;
  chunked_.reset();
  state_ = State::kOpen;
  events.push_back({.kind = Event::Kind::kOpen, .status = head.status});
  if (framing_ == http1::Framing::kNone || (framing_ == http1::Framing::kLength && left_ == 0))
    end(Event::Reason::kClosed, kEnded, 0, events);
}

void Session::receive_body(std::string_view bytes, Events& events) {
  if (framing_ == http1::Framing::kUntilClose) return receive_stream(bytes, events);
  if (framing_ == http1::Framing::kLength) {
    const auto n = static_cast<std::size_t>(std::min<std::uint64_t>(left_, bytes.size()));
    left_ -= n;
    receive_stream(bytes.substr(0, n), events);
    if (left_ == 0 && state_ == State::kOpen) end(Event::Reason::kClosed, kEnded, 0, events);
    return;
  }
  while (!bytes.empty() && state_ == State::kOpen) {
    const http1::ChunkedDecoder::Step step = chunked_.step(bytes);
    if (step.problem != nullptr) return end(Event::Reason::kProtocol, step.problem, 0, events);
    receive_stream(step.body, events);
    if (step.done && state_ == State::kOpen) end(Event::Reason::kClosed, kEnded, 0, events);
    bytes.remove_prefix(step.consumed);
  }
}

void Session::receive_stream(std::string_view bytes, Events& events) {
  while (!bytes.empty()) {
    const Parser::Step step = parser_.step(bytes);
    if (step.is_event) events.push_back({.kind = Event::Kind::kText, .bytes = step.data});
    if (step.problem != nullptr) return end(Event::Reason::kProtocol, step.problem, 0, events);
    bytes.remove_prefix(step.consumed);
  }
}

void Session::end_of_input(Events& events) {
  release();
  switch (state_) {
    case State::kFresh:
      state_ = State::kOver;
      break;
    case State::kAsking:
      end(Event::Reason::kClosed,
          head_->is_within() ? "closed within the head of the answer" : "closed before any byte of the answer", 0,
          events);
      break;
    case State::kOpen:
      end(Event::Reason::kClosed, framing_ == http1::Framing::kUntilClose ? kEnded : kBrokeOff, 0, events);
      break;
    case State::kOver:
      break;
  }
}

void Session::end(Event::Reason reason, const char* how, std::uint16_t status, Events& events) {
  state_ = State::kOver;
  head_.reset();
  events.push_back({.kind = Event::Kind::kFailed, .reason = reason, .status = status, .bytes = how});
}

void Session::send_text(std::string_view) { CHECK(false, "clients of an event stream say nothing"); }
void Session::send_ping(std::string_view) { CHECK(false, "clients of an event stream say nothing"); }

void Session::reset() {
  parser_.reset();
  head_.reset();
  output_.clear();
  state_ = State::kFresh;
}

void Session::forget() { parser_.forget(); }

}  // namespace loadstone::event_stream

// The client's side of one event stream (server-sent events): a GET whose answer of text/event-stream does not end.
// What it does as a session is said in protocol/session.h. Clients only listen.
//
// kOpen comes when the head of a 200 answer is there; each event that has data is a kText of its data, whatever its
// type. When the stream ends, however it does, kFailed follows.
//
// Memory of an idle session: its size, and its last id.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "protocol/event_stream/parser.h"
#include "protocol/event_stream/session_plan.h"
#include "protocol/http1/chunked.h"
#include "protocol/http1/head_reader.h"
#include "protocol/session.h"

namespace loadstone::event_stream {

class Session final : public protocol::Session {
 public:
  // The plan must outlive it.
  explicit Session(const SessionPlan& plan) : plan_(plan), parser_(plan.max_event_bytes) {}

  enum class State : std::uint8_t { kFresh, kAsking, kOpen, kOver };

  // With the id of the last event that was heard, if the plan says so.
  void start() override;
  void receive(std::string_view bytes, protocol::Events& events) override;
  void end_of_input(protocol::Events& events) override;
  void release() override { parser_.release(); }

  void send_text(std::string_view text) override;
  void send_ping(std::string_view payload) override;
  [[nodiscard]] bool take_leave() override { return false; }

  [[nodiscard]] std::string_view output() const override { return output_; }
  [[nodiscard]] std::string take_output() override { return std::exchange(output_, {}); }

  [[nodiscard]] State state() const { return state_; }
  [[nodiscard]] bool is_over() const override { return state_ == State::kOver; }
  [[nodiscard]] const std::string& last_id() const { return parser_.last_id(); }
  [[nodiscard]] std::optional<Nanoseconds> asked_pause() const override { return parser_.retry(); }
  // The last id and the pause are kept.
  void reset() override;
  void forget() override;

 private:
  std::string_view receive_head(std::string_view bytes, protocol::Events& events);
  void receive_body(std::string_view bytes, protocol::Events& events);
  void receive_stream(std::string_view bytes, protocol::Events& events);
  void open(const http1::Head& head, std::string_view text, protocol::Events& events);
  void end(protocol::Event::Reason reason, const char* how, std::uint16_t status, protocol::Events& events);

  const SessionPlan& plan_;
  std::unique_ptr<http1::HeadReader> head_;  // only until it is there
  std::string output_;
  Parser parser_;
  http1::ChunkedDecoder chunked_;
  http1::Framing framing_ = http1::Framing::kUntilClose;
  std::uint64_t left_ = 0;  // of an answer with a length
  State state_ = State::kFresh;
};

}  // namespace loadstone::event_stream

// The client's side of one WebSocket connection (RFC 6455), with permessage-deflate (RFC 7692) where it was offered and
// accepted. Bytes in, events out; messages in, bytes out; no sockets, no clock. One thread at a time.
//
// Events of protocol/event.h that it gives:
//   kOpen            the handshake is done
//   kText, kBinary   a message, whole, inflated, UTF-8 where it is text
//   kPing, kPong     a control frame's payload. A ping has been answered already, as long as the session is open
//   kClose           the peer's close frame: status is its code, 1005 when it has none, bytes the reason. It has been
//                    answered already; close the connection once output() is sent
//   kFailed          reason kProtocol: the peer broke a rule, bytes says which; the close frame for it is in output().
//                    Before kOpen there is none, and status is that of the HTTP answer if it was not 101.
//                    Reason kClosed: the connection ended without a close frame
//   kUnsolicited     once, for bytes that follow the peer's close frame, or come before start()
// After kClose and kFailed nothing more comes but kUnsolicited.
//
// Memory of an idle session without compression: its size and at most kKeptBytes.
#pragma once

#include <array>
#include <cstdint>
#include <forward_list>
#include <memory>
#include <string>
#include <string_view>

#include "protocol/event.h"
#include "protocol/http1/head_reader.h"
#include "protocol/session.h"
#include "protocol/websocket/deflation.h"
#include "protocol/websocket/frame.h"
#include "protocol/websocket/randomness.h"
#include "protocol/websocket/session_plan.h"
#include "protocol/websocket/utf8.h"

namespace loadstone::websocket {

class Session final : public protocol::Session {
 public:
  // What the output keeps when it is empty; other buffers keep nothing.
  static constexpr std::size_t kKeptBytes = 128;
  // With so many bytes unsent a ping is not answered: one that follows will be (section 5.5.3).
  static constexpr std::size_t kMaxUnsentForPong = std::size_t{64} << 10;

  // Both must outlive the session; the randomness belongs to its thread.
  Session(const SessionPlan& plan, Randomness& randomness) : plan_(plan), randomness_(randomness) {}

  enum class State : std::uint8_t { kFresh, kConnecting, kOpen, kClosing, kClosed };

  void start() override;
  // The events' bytes lie within `bytes` where a message came whole and uncompressed.
  void receive(std::string_view bytes, protocol::Events& events) override;
  void end_of_input(protocol::Events& events) override;
  void release() override {
    if (!kept_.empty()) kept_.clear();
  }

  // Queue a message, or a ping with a payload of at most 125 bytes. Only when open.
  void send_text(std::string_view text) override { send(Opcode::kText, text); }
  void send_binary(std::string_view bytes) { send(Opcode::kBinary, bytes); }
  void send_ping(std::string_view payload) override;
  // Begins the close handshake. Only when open. A code of 1005 sends none, and no reason; the reason is cut at 123
  // bytes. Messages may still come before the peer's close frame.
  void close(std::uint16_t code, std::string_view reason);
  [[nodiscard]] bool take_leave() override {
    close(kNormalClosure, {});
    return true;
  }

  [[nodiscard]] std::string_view output() const override { return std::string_view(output_).substr(sent_); }
  // Takes them off the front of output().
  void sent(std::size_t bytes);
  // They count as sent.
  [[nodiscard]] std::string take_output() override;

  [[nodiscard]] State state() const { return state_; }
  [[nodiscard]] bool is_over() const override { return state_ == State::kClosed; }
  // The one of the plan that the server chose; empty when it chose none.
  [[nodiscard]] std::string_view subprotocol() const {
    return subprotocol_ == 0 ? std::string_view() : std::string_view(plan_.subprotocols[subprotocol_ - 1]);
  }
  [[nodiscard]] bool deflates() const { return deflation_ != nullptr; }
  // What the peer said: 1005 a close frame without a code, 1006 none so far.
  [[nodiscard]] std::uint16_t close_code() const { return close_code_; }
  void reset() override;

 private:
  // What is needed only until the connection is open.
  struct Opening {
    std::string key;
    http1::HeadReader head;  // of the answer
  };

  std::string_view receive_answer(std::string_view bytes, protocol::Events& events);
  void open(std::string_view head, protocol::Events& events);
  std::string_view receive_header(std::string_view bytes, protocol::Events& events);
  std::string_view receive_payload(std::string_view bytes, protocol::Events& events);
  FrameHeader read_header(std::string_view bytes) const;
  std::string_view begin_frame(const FrameHeader& header, std::string_view rest, protocol::Events& events);
  void take_control(Opcode opcode, std::string_view payload, protocol::Events& events);
  void take_close(std::string_view payload, protocol::Events& events);
  void take_whole_message(Opcode opcode, std::string_view payload, protocol::Events& events);
  bool take_piece(std::string_view piece, protocol::Events& events);
  void end_message(protocol::Events& events);
  bool take_inflated(Deflation::Outcome outcome, std::size_t before, protocol::Events& events);

  void send(Opcode opcode, std::string_view payload);
  void queue(Opcode opcode, std::string_view payload);
  void fail(std::uint16_t close_code, const char* problem, protocol::Events& events);
  void end(protocol::Event::Reason reason, const char* problem, std::uint16_t status, protocol::Events& events);

  const SessionPlan& plan_;
  Randomness& randomness_;
  std::unique_ptr<Opening> opening_;
  std::unique_ptr<Deflation> deflation_;
  std::string output_;
  std::size_t sent_ = 0;                         // of output_
  std::string message_;                          // of a message that comes in pieces, inflated
  std::string control_;                          // of a control frame that comes in pieces
  std::forward_list<std::string> kept_;          // what events of the last receive() point to
  std::uint64_t left_ = 0;                       // of the payload of the frame that has begun
  std::array<char, kMaxServerHeader> header_{};  // of the next frame, when it came in pieces
  std::uint8_t header_size_ = 0;
  bool in_frame_ = false;
  bool fin_ = false;                       // the frame that has begun ends its message
  bool within_message_ = false;            // one has begun and not ended
  bool compressed_ = false;                // that message is
  bool deaf_ = false;                      // whatever comes means nothing any more
  Opcode opcode_ = Opcode::kText;          // of the frame that has begun
  Opcode message_opcode_ = Opcode::kText;  // of the message that has begun
  Utf8Check utf8_;
  State state_ = State::kFresh;
  std::uint8_t subprotocol_ = 0;
  std::uint16_t close_code_ = kAbnormal;
};

}  // namespace loadstone::websocket

// The client's side of HTTP/2 (RFC 9113) on one connection: many exchanges at once, each a stream. The one door to
// nghttp2.
//
// A fresh connection has no room until the server's SETTINGS have come: how many streams it takes is known then, and
// that it speaks HTTP/2 at all. After GOAWAY there is no room any more, the streams that the server has taken come to
// their end, and the others fail as kUntouched. A stream that the server resets fails as kReset, and one whose answer
// is not HTTP/2 as kProtocol; both leave the others alone. What breaks the connection fails every exchange in flight.
//
// Answers are never held back: the windows are as large as can be from the start, since a load tester wants to know how
// fast the service is and not how it fares against a window, and reads all that comes at once. Pushes are refused.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "protocol/codec.h"

struct nghttp2_session;

namespace loadstone::http2 {

class Codec final : public protocol::Codec {
 public:
  // At most so many exchanges at once. A connection begins with reset().
  explicit Codec(std::size_t streams);
  Codec(const Codec&) = delete;
  Codec& operator=(const Codec&) = delete;
  ~Codec() override;

  [[nodiscard]] std::size_t room() const override;
  void start(std::uint32_t exchange, const protocol::PreparedRequest& request,
             const protocol::Filling& filling) override;
  // RST_STREAM with CANCEL.
  [[nodiscard]] bool cancel(std::uint32_t exchange) override;
  [[nodiscard]] std::string_view output() override;
  void sent(std::size_t bytes) override;
  void receive(std::string_view bytes, protocol::Events& events) override;
  void end_of_input(protocol::Events& events) override;
  [[nodiscard]] bool reusable() const override { return !is_dead_ && !is_going_away_; }
  void reset() override;

 private:
  // One exchange's stream. What nghttp2 calls back gets here by the stream's user data.
  struct Stream {
    const protocol::PreparedRequest* request = nullptr;
    std::int32_t id = 0;
    bool is_in_flight = false;
    bool is_all_in_head = false;                        // the request has no body
    bool has_head = false;                              // of the final answer
    bool has_ended = false;                             // the peer has said all
    bool was_reset = false;                             // by the peer
    encoding::Coding coding = encoding::Coding::kNone;  // of the answer's body
    std::uint16_t status = 0;
    std::string filled;     // the request's bytes where it has holes
    std::string fields;     // of the answer's header, a line each, when they are wanted
    std::string_view body;  // what of the request's body has not gone out yet
  };
  struct Callbacks;  // from nghttp2
  friend struct Callbacks;
  struct DeleteSession {
    void operator()(nghttp2_session* session) const;
  };

  void submit(Stream& stream, const protocol::Filling& filling);
  void pump();
  void finish(Stream& stream);
  void done(Stream& stream);
  void failed(Stream& stream, protocol::Event::Reason reason, const char* problem);
  void break_off(protocol::Event::Reason reason, const char* problem);
  void compare_greeting(std::string_view bytes);
  [[nodiscard]] std::uint32_t number_of(const Stream& stream) const {
    return static_cast<std::uint32_t>(&stream - streams_.data());
  }

  std::unique_ptr<nghttp2_session, DeleteSession> session_;
  std::vector<Stream> streams_;
  Stream* recent_ = nullptr;  // the one that nghttp2 looked up last
  std::size_t in_flight_ = 0;
  std::size_t limit_ = 0;  // of streams at once, ours and the peer's; 0 until its SETTINGS have come
  std::uint64_t started_ = 0;
  bool is_going_away_ = false;
  bool reads_fields_ = false;  // some request so far wants to know of its answer's header or body
  bool is_dead_ = false;
  std::int32_t last_id_ = 0;            // GOAWAY: streams above it are untouched
  std::uint16_t status_ = 0;            // of the field section that is being read
  std::size_t greeted_ = 0;             // bytes of the greeting that look like HTTP/1
  const char* problem_ = nullptr;       // what nghttp2 found wrong last
  std::string flying_;                  // output() has shown it
  std::size_t flown_ = 0;               // of it
  std::string pending_;                 // comes after it
  protocol::Events* events_ = nullptr;  // of the receive() that goes on
  protocol::Events late_;               // came up outside receive()
};

}  // namespace loadstone::http2

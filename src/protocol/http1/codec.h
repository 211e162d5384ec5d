// The client's side of HTTP/1.1 (RFC 9112) on one connection, one exchange at a time.
#pragma once

#include <string>

#include "protocol/codec.h"
#include "protocol/http1/chunked.h"
#include "protocol/http1/head.h"
#include "protocol/http1/head_memory.h"

namespace loadstone::http1 {

class Codec final : public protocol::Codec {
 public:
  // `memory` may be shared by all codecs of a thread, and must outlive them.
  explicit Codec(HeadMemory& memory) : memory_(memory) {}

  [[nodiscard]] std::size_t room() const override { return state_ == State::kIdle && reusable_ ? 1 : 0; }
  void start(std::uint32_t exchange, const protocol::PreparedRequest& request,
             const protocol::Filling& filling) override;
  [[nodiscard]] bool cancel(std::uint32_t) override { return false; }
  [[nodiscard]] std::string_view output() override { return output_; }
  void sent(std::size_t bytes) override { output_.remove_prefix(bytes); }
  void receive(std::string_view bytes, protocol::Events& events) override;
  void end_of_input(protocol::Events& events) override;
  [[nodiscard]] bool reusable() const override { return reusable_; }
  void reset() override;

 private:
  enum class State : std::uint8_t { kIdle, kHead, kLength, kChunked, kUntilClose, kDead };

  std::string_view receive_head(std::string_view bytes, protocol::Events& events);
  std::string_view receive_body(std::string_view bytes, protocol::Events& events);
  void body(std::string_view bytes, protocol::Events& events) const;
  void done(protocol::Events& events);
  void failed(protocol::Event::Reason reason, const char* problem, protocol::Events& events);

  HeadMemory& memory_;
  State state_ = State::kIdle;
  bool reusable_ = true;
  bool wants_body_ = false;
  bool wants_fields_ = false;
  bool no_body_ = false;
  std::uint16_t status_ = 0;
  std::uint32_t exchange_ = 0;
  std::uint64_t left_ = 0;  // kLength: bytes of the body still to come
  std::string_view output_;
  std::string head_;     // a head that came in pieces
  std::string fields_;   // of a head, for requests that want them
  std::string scratch_;  // a request made from a template with holes
  ChunkedDecoder chunked_;
};

}  // namespace loadstone::http1

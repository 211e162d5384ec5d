// Frames of RFC 6455 section 5: the header a client reads, the header it writes, the mask.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "protocol/websocket/randomness.h"

namespace loadstone::websocket {

enum class Opcode : std::uint8_t { kContinuation = 0, kText = 1, kBinary = 2, kClose = 8, kPing = 9, kPong = 10 };

[[nodiscard]] constexpr bool is_control(Opcode opcode) { return static_cast<std::uint8_t>(opcode) >= 8; }

inline constexpr std::size_t kMaxControlPayload = 125;
inline constexpr std::size_t kMaxServerHeader = 10;  // a server does not mask
inline constexpr std::size_t kMaxClientHeader = 14;

// Close codes (section 7.4.1) that a client needs by name.
inline constexpr std::uint16_t kNormalClosure = 1000;
inline constexpr std::uint16_t kProtocolError = 1002;
inline constexpr std::uint16_t kNoStatus = 1005;  // never on the wire: the close frame was empty
inline constexpr std::uint16_t kAbnormal = 1006;  // never on the wire: there was no close frame
inline constexpr std::uint16_t kInvalidPayload = 1007;
inline constexpr std::uint16_t kTooBig = 1009;

// Whether a peer may put this code into a close frame: those of RFC 6455 and of the IANA registry (1012 to 1014), and
// those left to libraries and applications.
[[nodiscard]] constexpr bool may_be_sent(std::uint16_t code) {
  return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) || (code >= 3000 && code <= 4999);
}

// What a header must agree with.
struct FrameRules {
  bool within_message = false;  // a fragmented message has begun and not ended
  bool deflates = false;        // permessage-deflate was negotiated (RFC 7692): RSV1 has a meaning
  // What an uncompressed frame may add to its message, and a message's first frame may have.
  std::uint64_t max_bytes = 0;
  bool message_is_compressed = false;  // the one that has begun: its size is known only once inflated
};

struct FrameHeader {
  enum class State : std::uint8_t { kIncomplete, kComplete, kMalformed };
  State state = State::kIncomplete;
  Opcode opcode = Opcode::kContinuation;
  bool fin = false;
  bool compressed = false;        // RSV1: the message that begins here is
  std::uint8_t size = 0;          // bytes of the header
  std::uint16_t close_code = 0;   // kMalformed: what to close with
  std::uint64_t length = 0;       // bytes of the payload
  const char* problem = nullptr;  // kMalformed
};

// Reads a header from the front of `bytes`. A fault is found at the first byte that shows it, so the answer does not
// depend on how many bytes are there already.
[[nodiscard]] FrameHeader read_frame_header(std::string_view bytes, const FrameRules& rules);

// Appends a whole masked frame, unfragmented.
void append_frame(std::string& to, Opcode opcode, std::string_view payload, bool compressed, Randomness::Mask mask);
// The same around a payload that stands in `to` already, from `payload_at` to its end, with kMaxClientHeader bytes of
// room before it; what of the room is not needed is closed up.
void wrap_frame(std::string& to, std::size_t payload_at, Opcode opcode, bool compressed, Randomness::Mask mask);

}  // namespace loadstone::websocket

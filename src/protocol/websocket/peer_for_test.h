// The other end of a session in tests: masks that are known beforehand, and frames of a client read as a server does.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/check.h"
#include "base/random.h"
#include "protocol/transcript.h"
#include "protocol/websocket/frame.h"
#include "protocol/websocket/randomness.h"

namespace loadstone::websocket {

// Begins with the nonce of RFC 6455 section 1.3, to which "answer" in transcripts fits.
class FixedRandomness final : public Randomness {
 private:
  void refill(std::span<unsigned char> block) override {
    for (unsigned char& byte : block) byte = static_cast<unsigned char>(random_.next());
    if (first_) std::copy_n("the sample nonce", 16, block.begin());
    first_ = false;
  }
  Random random_{1};
  bool first_ = true;
};

// A frame as a server sends it, in its shortest form.
inline std::string server_frame(Opcode opcode, std::string_view payload, bool fin = true, bool compressed = false) {
  std::string frame = {static_cast<char>((fin ? 0x80 : 0) | (compressed ? 0x40 : 0) | static_cast<int>(opcode))};
  if (payload.size() < 126) {
    frame += static_cast<char>(payload.size());
  } else {
    const int bytes = payload.size() < 65536 ? 2 : 8;
    frame += static_cast<char>(bytes == 2 ? 126 : 127);
    for (int i = bytes - 1; i >= 0; --i) frame += static_cast<char>(payload.size() >> (8 * i));
  }
  return frame.append(payload);
}

struct ClientFrame {
  Opcode opcode;
  bool compressed;
  std::string mask;
  std::string payload;
};

// Takes a frame off the front; nothing when it is incomplete. Holds it to what a server must check (sections 5.1 and
// 5.2).
inline std::optional<ClientFrame> take_client_frame(std::string_view& bytes) {
  const auto at = [&](std::size_t i) { return static_cast<unsigned char>(bytes[i]); };
  if (bytes.size() < 2) return std::nullopt;
  CHECK((at(0) & 0xb0) == 0x80, "fin and no reserved bit");
  CHECK((at(1) & 0x80) != 0, "masked");
  ClientFrame frame{static_cast<Opcode>(at(0) & 0x0f), (at(0) & 0x40) != 0, {}, {}};
  std::uint64_t length = at(1) & 0x7f;
  const std::size_t extended = length == 126 ? 2 : length == 127 ? 8 : 0;
  if (bytes.size() < 2 + extended) return std::nullopt;
  if (extended > 0) {
    length = 0;
    for (std::size_t i = 0; i < extended; ++i) length = length << 8 | at(2 + i);
    CHECK(length > (extended == 2 ? 125U : 0xffffU), "the shortest form");
  }
  if (bytes.size() < 6 + extended + length) return std::nullopt;
  frame.mask = bytes.substr(2 + extended, 4);
  frame.payload = bytes.substr(6 + extended, length);
  for (std::size_t i = 0; i < frame.payload.size(); ++i)
    frame.payload[i] = static_cast<char>(frame.payload[i] ^ frame.mask[i % 4]);
  bytes.remove_prefix(6 + extended + length);
  return frame;
}

// As a line of a transcript.
inline std::string sends_line(const ClientFrame& frame) {
  const std::string compressed = frame.compressed ? "sends compressed " : "sends ";
  switch (frame.opcode) {
    case Opcode::kText:
      return protocol::line_of(compressed + "text", frame.payload);
    case Opcode::kBinary:
      return protocol::line_of(compressed + "binary", frame.payload);
    case Opcode::kPing:
      return protocol::line_of(compressed + "ping", frame.payload);
    case Opcode::kPong:
      return protocol::line_of(compressed + "pong", frame.payload);
    case Opcode::kClose: {
      if (frame.payload.size() < 2) return compressed + "close";
      const int code = static_cast<unsigned char>(frame.payload[0]) << 8 | static_cast<unsigned char>(frame.payload[1]);
      return protocol::line_of(compressed + "close " + std::to_string(code), frame.payload.substr(2));
    }
    default:
      return "sends a continuation";
  }
}

}  // namespace loadstone::websocket

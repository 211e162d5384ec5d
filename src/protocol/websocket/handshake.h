// The opening handshake (RFC 6455 section 4) on HTTP/1.1: the key, and what the answer must say. SHA-1 by OpenSSL.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "protocol/websocket/extension.h"
#include "protocol/websocket/randomness.h"
#include "protocol/websocket/session_plan.h"

namespace loadstone::websocket {

// A fresh Sec-WebSocket-Key: 16 random bytes in Base64.
[[nodiscard]] std::string make_key(Randomness& randomness);
// The Sec-WebSocket-Accept that proves that the server has read the key.
[[nodiscard]] std::string accept_of(std::string_view key);

struct HandshakeAnswer {
  const char* problem = nullptr;  // why the connection cannot be used, static
  std::uint8_t subprotocol = 0;   // which of the plan's, counted from 1; 0: none
  bool deflates = false;
  DeflateTerms terms;
};

// Checks a 101 answer's head, which read_head() has found complete.
[[nodiscard]] HandshakeAnswer read_handshake_answer(std::string_view head, const SessionPlan& plan,
                                                    std::string_view key);

}  // namespace loadstone::websocket

// What does not differ between the clients of a scenario: the upgrade request but for its key, what is offered, limits.
// Immutable; shared by all sessions of all threads.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace loadstone::websocket {

// permessage-deflate (RFC 7692). Without a context takeover each message is compressed by itself: larger, but no memory
// is kept between messages. client_max_window_bits is always offered, as browsers do.
struct Offer {
  bool deflate = false;
  bool client_context_takeover = true;
  bool server_context_takeover = true;
};

struct SessionPlan {
  std::string before_key;  // the request up to the value of Sec-WebSocket-Key
  std::string after_key;
  std::vector<std::string> subprotocols;
  Offer offer;
  std::size_t max_message_bytes = 0;
};

struct SessionPlanParts {
  std::string target;     // origin-form
  std::string authority;  // for the Host field
  std::vector<std::pair<std::string, std::string>> headers;
  std::vector<std::string> subprotocols;  // tokens, in order of preference, at most 255
  Offer offer;
  std::size_t max_message_bytes = std::size_t{16} << 20;  // of a received message, inflated
};

// Fills in Host and User-Agent where `headers` have none. The fields of the handshake itself (Connection, Upgrade,
// Sec-WebSocket-…) are always the session's own, and left out of `headers`.
[[nodiscard]] SessionPlan make_session_plan(const SessionPlanParts& parts);

}  // namespace loadstone::websocket

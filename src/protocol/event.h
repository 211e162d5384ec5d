// What bytes meant. A codec appends these; the connection that owns it acts on them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace loadstone::protocol {

struct Event {
  enum class Kind : std::uint8_t {
    kHead,         // a final answer's status is known; bytes: "Name: value" lines, for requests that want them
    kBody,         // bytes of its body; only for requests that want them
    kDone,         // the answer is complete
    kFailed,       // the exchange cannot end well; `reason` says why. The connection is of no further use
    kUnsolicited,  // bytes that answer nothing; the connection is of no further use
    // Of sessions alone; protocol/session.h says more, also of kFailed there, and protocol/websocket/session.h of the
    // last three, which are a WebSocket's.
    kOpen,    // the service has let the client in
    kText,    // a message: bytes
    kBinary,  // likewise
    kPing,    // a control frame: bytes
    kPong,    // likewise
    kClose,   // the peer's close frame: status is its code, bytes the reason
  };
  enum class Reason : std::uint8_t { kNone, kClosed, kProtocol };

  Kind kind = Kind::kHead;
  Reason reason = Reason::kNone;
  std::uint16_t status = 0;
  std::uint32_t exchange = 0;  // which exchange of the connection
  // kFailed, kUnsolicited: a phrase for a person, static. Else valid until the next call of the codec.
  std::string_view bytes = {};
};

using Events = std::vector<Event>;

}  // namespace loadstone::protocol

// What the simulator does to the messages of its streams, and how a person writes it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "simulate/rule.h"

namespace loadstone::simulate {

// Planted by count or by seed, so that a test knows exactly what was lost. "Every k-th" message counts those of one
// client from 1; 0 is never. At most one of disconnect, close, reset, drop, corrupt and swap befalls a delivery: the
// first in this order; a duplicate is made only of what nothing else befell.
struct StreamFaults {
  std::uint64_t drop = 0;           // every k-th message is not sent
  std::uint64_t duplicate = 0;      // every k-th is sent twice
  std::uint64_t swap = 0;           // every k-th is sent after the next one that is sent whole
  std::uint64_t corrupt = 0;        // in every k-th one bit is flipped,
  double corrupt_at = 0.5;          // at this share of its bytes
  std::uint64_t disconnect = 0;     // the connection is reset instead of sending every k-th
  double close = 0;                 // a seeded share of messages: the connection is closed instead, in order,
  std::uint16_t close_code = 1011;  // with this code
  double reset = 0;                 // a seeded share of messages: the connection is reset instead
  std::uint64_t clients = 1;        // only every k-th client is treated so
  Nanoseconds delay{0};             // client i (from 0) gets everything i times this later
  Stall stall;                      // nothing is sent during a stall; what was published meanwhile follows in order
  std::uint64_t fragments = 1;      // each message is sent in so many frames or chunks
  std::uint64_t silent = 0;         // every k-th client is accepted, and then neither read nor written
  bool pong = true;                 // false: pings are never answered
  std::uint64_t refuse = 0;         // every k-th upgrade is refused with 503,
  bool refuse_by_reset = false;     // or by a TCP reset
  std::uint64_t away = 0;           // after a disconnect, close or reset upgrades get 503 until so many more messages
                                    // were published: nobody comes back sooner
  bool ask = false;                 // a client hears nothing until it has sent {"type":"subscribe"}
  double own_rate = 0;   // messages per second that the service makes by itself, on /ws/events and /sse/events
  bool replay = true;    // false: who comes back to /sse/events gets nothing that was published meanwhile
  Nanoseconds retry{0};  // how long /sse/events asks clients to wait before they come back; 0: it does not
  std::string id = "/data/message_id";  // a JSON pointer to the id by which plants name a message
  static constexpr std::uint64_t kMostFragments = 1000;
  static constexpr double kMostOwn = 100'000;
};

// Keys are the names above but for refuse_with=503|reset, subscribe=open|ask and own=RATE. For example
// 'drop=7 duplicate=5 swap=11 clients=2 delay=1ms stall=200ms/2s close=0.1% own=20/s'.
[[nodiscard]] Result<StreamFaults> parse_stream_faults(std::string_view text);

}  // namespace loadstone::simulate

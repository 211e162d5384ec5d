// One request and what came of it, with its stamps.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/clock.h"

namespace loadstone::engine {

// latency = done - due = wait + lag + service time, exactly, where
//   wait = free - due: no connection could take it; the service's doing
//   lag = sent - free: the generator's own doing
//   service time = done - sent.
// In a closed load a request is due when its user is ready for it, so there is no waiting but for a new connection, and
// with HTTP/2 for a stream where the server allows fewer than there are users.
struct Exchange {
  Instant due{};
  Instant free{};        // when a connection could take it, never before due
  Instant sent{};        // taken just before the system call that sends
  Instant first_byte{};  // of the answer; the clock's zero until it comes
  std::uint64_t number = 0;
  std::uint32_t step = 0;
  std::uint32_t user = 0;  // of a load of journeys: who is on the way
  bool measured = false;   // due within the measured time
  bool retried = false;
};

enum class Outcome : std::uint8_t {
  kOk,
  kStatus,      // answered with a status that was not expected
  kCheck,       // answered with a body that failed a check
  kTimeout,     // no full answer in time
  kConnect,     // no connection for it
  kReset,       // connection reset or closed before the full answer
  kProtocol,    // an answer that is not the protocol
  kUnfinished,  // in flight when the run ended
};
inline constexpr std::size_t kOutcomes = 8;

// Answered: the whole answer came, whatever it said.
[[nodiscard]] constexpr bool is_answered(Outcome o) {
  return o == Outcome::kOk || o == Outcome::kStatus || o == Outcome::kCheck;
}

}  // namespace loadstone::engine

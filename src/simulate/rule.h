// What the simulator does to the requests of some paths, and how a person writes it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "simulate/latency.h"

namespace loadstone::simulate {

// Nothing is answered for `length`, after every `every` of service.
struct Stall {
  Nanoseconds length{0};
  Nanoseconds every{0};
  [[nodiscard]] bool is_set() const { return length.count() > 0; }
};

enum class BodyEnd { kLength, kChunked, kClose };

struct ErrorShare {
  double share = 0;
  int status = 500;
};

// The first rule whose glob matches the path of a request decides about it; state such as the queue of `at_once` is the
// rule's, over all its paths.
struct Rule {
  std::string paths = "*";  // a glob: '*' any characters, '?' one; the query is not looked at
  Latency latency;
  Stall stall;
  std::vector<ErrorShare> errors;         // answered with this status instead
  double reset = 0;                       // shares of requests ended by a TCP reset,
  double close = 0;                       // by a close without an answer,
  double half = 0;                        // by a close in the middle of the answer,
  double silent = 0;                      // or never
  std::optional<std::size_t> body_bytes;  // a JSON body of this size instead of the route's own
  double body_rate = 0;                   // bytes per second the body is written at; 0: at once
  BodyEnd body_end = BodyEnd::kLength;
  std::uint64_t at_once = 0;          // requests served at the same time; 0: any number
  std::uint64_t queue = kQueueBound;  // requests waiting for that; over it 503
  static constexpr std::uint64_t kQueueBound = 100'000;
};

// 'GLOB key=value ...', for example '/api/graph/* latency=exp:5ms error=1%:500,0.5%:503 reset=0.1%'. Keys: latency,
// stall (200ms/2s), error (SHARE[:STATUS], several by comma), reset, close, half, silent (shares), body (a size),
// body_rate (bytes per second), body_end (length, chunked, close), at_once, queue.
[[nodiscard]] Result<Rule> parse_rule(std::string_view text);
// '200ms/2s'.
[[nodiscard]] Result<Stall> parse_stall(std::string_view text);

// Whether a glob of '*' and '?' matches the whole text. Linear but for backtracking to the last '*'.
[[nodiscard]] bool glob_matches(std::string_view glob, std::string_view text);

// Faults of the event stream, planted by count, so that a test knows exactly what was lost. "Every k-th" counts the
// messages of one client from 1; 0 is never. Written 'drop=7 duplicate=5 swap=11 corrupt=13 clients=2 delay=1ms
// silent=10 disconnect=100 pong=no'.
struct StreamFaults {
  std::uint64_t drop = 0;        // every k-th message is not sent
  std::uint64_t duplicate = 0;   // every k-th is sent twice
  std::uint64_t swap = 0;        // every k-th is sent after the one that follows it
  std::uint64_t corrupt = 0;     // in every k-th one bit is flipped, in the middle
  std::uint64_t disconnect = 0;  // the connection is reset instead of sending every k-th
  std::uint64_t clients = 1;     // only every k-th client is treated so
  Nanoseconds delay{0};          // client i (from 0) gets everything i times this later
  std::uint64_t silent = 0;      // every k-th client is accepted, and then neither read nor written
  bool pong = true;              // false: pings are never answered
};
[[nodiscard]] Result<StreamFaults> parse_stream_faults(std::string_view text);

}  // namespace loadstone::simulate

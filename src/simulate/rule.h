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

enum class Deflate { kNo, kYes, kNoContext };  // kNoContext: no message leans on the one before

struct ErrorShare {
  double share = 0;
  int status = 500;
};

// The first rule whose glob matches the path of a request decides about it; state such as the queue of `at_once` is the
// rule's, over all its paths.
struct Rule {
  std::string paths = "*";  // a glob: '*' any characters, '?' one; the query is not looked at
  Latency latency;
  Latency busy;  // CPU time that an answer takes, on one of the server's threads
  Stall stall;
  std::vector<ErrorShare> errors;         // answered with this status instead
  double reset = 0;                       // shares of requests ended by a TCP reset,
  double close = 0;                       // by a close without an answer,
  double half = 0;                        // by a close in the middle of the answer,
  double silent = 0;                      // or never
  std::optional<std::size_t> body_bytes;  // a JSON body of this size instead of the route's own
  double body_rate = 0;                   // bytes per second the body is written at; 0: at once
  BodyEnd body_end = BodyEnd::kLength;
  Deflate deflate = Deflate::kNo;     // permessage-deflate on its WebSockets, if the client offers it
  std::uint64_t at_once = 0;          // requests served at the same time; 0: any number
  std::uint64_t queue = kQueueBound;  // requests waiting for that; over it 503
  static constexpr std::uint64_t kQueueBound = 100'000;
};

// 'GLOB key=value ...', for example '/api/graph/* latency=exp:5ms error=1%:500,0.5%:503 reset=0.1%'. Keys: latency,
// busy (as latency), stall (200ms/2s), error (SHARE[:STATUS], several by comma), reset, close, half, silent (shares),
// body (a size), body_rate (bytes per second), body_end (length, chunked, close), deflate (yes, no, no_context),
// at_once, queue.
[[nodiscard]] Result<Rule> parse_rule(std::string_view text);
// '200ms/2s'.
[[nodiscard]] Result<Stall> parse_stall(std::string_view text);

// Whether a glob of '*' and '?' matches the whole text. Linear but for backtracking to the last '*'.
[[nodiscard]] bool glob_matches(std::string_view glob, std::string_view text);

}  // namespace loadstone::simulate

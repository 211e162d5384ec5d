// What an HTTP scenario sends, and how much of it.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/clock.h"
#include "journey/script.h"

namespace loadstone::scenario {

struct Header {
  std::string name;
  std::string value;
};

// What an answer must be to count as a success.
struct Check {
  // Accepted status codes, inclusive ranges; empty means 200 to 399.
  struct Range {
    int low;
    int high;
  };
  std::vector<Range> status;
  std::vector<std::string> body_contains;  // each must be somewhere in the body

  [[nodiscard]] bool accepts(int code) const {
    if (status.empty()) return code >= 200 && code < 400;
    return std::any_of(status.begin(), status.end(), [&](const Range& r) { return code >= r.low && code <= r.high; });
  }
};

// One kind of request. {{request.id}} in target, header values and body becomes the request's number, unique in the
// run.
struct Request {
  std::string name;  // for step.NAME.*; unless given, "METHOD /path" without the query
  std::string method = "GET";
  std::string target = "/";     // origin-form
  std::vector<Header> headers;  // besides Host and Content-Length, which are filled in unless given
  std::string body;
  double weight = 1;               // share among the requests that draw from the same load
  std::optional<int> concurrency;  // a load of its own: that many users for this request alone (closed load only)
  Check check;
  // Basic authentication with words of a journey in it; without them it is a header like any other.
  struct Credentials {
    std::string user;
    std::string password;
  };
  std::optional<Credentials> credentials;
  // Of a step that speaks by WebSocket; `body` then is what it says.
  std::vector<std::string> subprotocols;
};

// Users who send the next request when the last one has ended and they have thought. `stages` hold a number of users
// each.
struct ClosedLoad {
  struct Stage {
    int users;
    Nanoseconds duration;
  };
  std::vector<Stage> stages;  // one for a constant load; durations are 0 when a number of requests ends the scenario
  Nanoseconds think{0};
};

enum class Arrivals : std::uint8_t { kPoisson, kUniform };

// Requests that are due at given times, whatever the service does. The rate runs linearly from `from` to `to` in each
// stage.
struct OpenLoad {
  struct Stage {
    double from;  // requests per second over all shards
    double to;
    Nanoseconds duration;
  };
  std::vector<Stage> stages;
  Arrivals arrivals = Arrivals::kPoisson;
  int connections = 50;  // over all shards; a request waits when all are busy
};

// How sends are timed in an open load. Coalesced wakes at most once a millisecond; precise sleeps to the nanosecond;
// spinning keeps a core busy.
enum class Pacing : std::uint8_t { kCoalesced, kPrecise, kSpinning };

enum class HttpVersion : std::uint8_t { k1_1, k2 };

struct HttpLoad {
  std::vector<Request> requests;  // at least one
  // Which request follows which; null when each is by itself. The load is then one of journeys: users who go on one
  // after the other, or a rate at which they begin.
  std::shared_ptr<const journey::Script> script;
  std::variant<ClosedLoad, OpenLoad> load;
  std::optional<std::uint64_t> request_count;  // of requests, or journeys, due: then the measured time ends
  Nanoseconds warmup{0};                       // the same load before the measured time, not counted
  Nanoseconds drain{10s};                      // how long the last requests may take after the measured time
  bool keep_alive = true;                      // false: a new connection for each request
  Nanoseconds connect_timeout{5s};
  Nanoseconds request_timeout{30s};
  std::optional<Nanoseconds> run_timeout;  // the scenario is stopped after this long, whatever is left
  Pacing pacing = Pacing::kPrecise;
  HttpVersion version = HttpVersion::k1_1;
  int streams = 1;  // requests at once on a connection; more than one with HTTP/2 alone
};

// How many connections so many users share.
[[nodiscard]] constexpr int connections_of(int users, int streams) { return (users + streams - 1) / streams; }

// "50 users in a closed loop for 5 s", "1000 requests/s (Poisson) over 50 connections for 10 s after 2 s of warm-up".
[[nodiscard]] std::string describe_load(const HttpLoad& load);
// How long the measured time is planned to be, or nothing when a number of requests ends it.
[[nodiscard]] std::optional<Nanoseconds> planned_duration(const HttpLoad& load);

}  // namespace loadstone::scenario

// The load as it was asked for, key by key or flag by flag, before it is known to make sense.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "scenario/scenario.h"
#include "scenario/values.h"

namespace loadstone::scenario {

inline constexpr int kDefaultUsers = 10;
inline constexpr Nanoseconds kDefaultDuration = 10s;

struct LoadShape {
  std::optional<int> users;
  std::optional<Ramp> rate;
  std::vector<Stage> stages;
  std::optional<int> connections;
  std::optional<Nanoseconds> duration;
  std::optional<std::uint64_t> count;
  std::optional<Nanoseconds> think;
  std::optional<Arrivals> arrivals;
  std::optional<Pacing> pacing;
  bool is_of_journeys = false;           // then think is between steps, whatever the load
  bool every_request_has_users = false;  // each of its own; then there is no load to share

  [[nodiscard]] bool is_open() const { return rate || (!stages.empty() && stages.front().rate); }
};

// What the parts are called where they were asked for; messages use these names.
struct LoadNames {
  std::string_view users = "concurrency";
  std::string_view rate = "rate";
  std::string_view stages = "stages";
  std::string_view connections = "connections";
  std::string_view duration = "duration";
  std::string_view count = "count";
  std::string_view think = "think";
  std::string_view arrivals = "arrivals";
  std::string_view pacing = "pacing";
};

struct Contradiction {
  std::string_view name;  // of LoadNames: the part to point at
  std::string message;
};
[[nodiscard]] std::vector<Contradiction> contradictions(const LoadShape& shape, const LoadNames& names);

// What the ways to choose a version of HTTP are called.
struct VersionNames {
  std::string_view version = "version";
  std::string_view http2 = "version: 2";
  std::string_view streams = "streams";
  std::string_view keep_alive = "keep_alive";
};
// Between the version of HTTP and the rest of a load.
[[nodiscard]] std::vector<Contradiction> contradictions(const HttpLoad& http, const VersionNames& names);

// Fills load, request_count and pacing of `http`, with the defaults where nothing was asked. The shape must be free of
// contradictions.
void apply(const LoadShape& shape, HttpLoad& http);

}  // namespace loadstone::scenario

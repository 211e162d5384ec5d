// How many clients and for how long, as it was asked for, key by key or flag by flag; and what of a WebSocket scenario
// does not go together.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "scenario/load_shape.h"
#include "scenario/scenario.h"

namespace loadstone::scenario {

inline constexpr int kDefaultClients = 10;

struct ClientsShape {
  std::optional<int> clients;
  std::vector<AudienceLoad::Stage> stages;
  std::optional<Nanoseconds> stagger;
  std::optional<double> connect_rate;
  std::optional<Nanoseconds> duration;
  std::optional<Nanoseconds> warmup;
};

// What the parts are called where they were asked for; messages use these names.
struct WebSocketNames {
  std::string_view clients = "clients";
  std::string_view stages = "stages";
  std::string_view stagger = "stagger";
  std::string_view connect_rate = "connect_rate";
  std::string_view duration = "duration";
  std::string_view warmup = "warmup";
  std::string_view echo = "echo";
  std::string_view echo_count = "count";
  std::string_view publish = "publish";
  std::string_view publish_count = "count";
  std::string_view match = "match";
  std::string_view recover = "recover";
  std::string_view churn = "churn";
  std::string_view filters = "filters";
};

// `load` is what was read so far: all but what shape() fills. Each contradiction names the part to point at.
[[nodiscard]] std::vector<Contradiction> contradictions(const ClientsShape& shape, const AudienceLoad& load,
                                                        const WebSocketNames& names);

// Fills stages, stagger, connect_rate and warmup of `load`, and its match where only one makes sense; with the defaults
// where nothing was asked. Shape and load must be free of contradictions.
void apply(const ClientsShape& shape, AudienceLoad& load);

// Whether loadstone's placeholder stands in what is published.
[[nodiscard]] bool says(const Publish& publish, std::string_view placeholder);

// How long the counts of echo and publish need, if they alone end the scenario and their times are known beforehand.
[[nodiscard]] std::optional<Nanoseconds> counts_need(const AudienceLoad& load);
// Whether the counts of echo and publish alone end the scenario, unless a duration is asked for.
[[nodiscard]] bool ends_by_counts(const AudienceLoad& load);

}  // namespace loadstone::scenario

#include "scenario/load_shape.h"

#include <algorithm>

#include "base/format.h"
#include "base/units.h"

namespace loadstone::scenario {
namespace {

// The stages asked for, or the one that rate, users and duration amount to. Its duration is 0 when only a number of
// requests ends it.
std::vector<Stage> stages_of(const LoadShape& shape) {
  if (!shape.stages.empty()) return shape.stages;
  Stage stage;
  if (shape.rate)
    stage.rate = shape.rate;
  else
    stage.users = shape.every_request_has_users ? 0 : shape.users.value_or(kDefaultUsers);
  stage.duration = shape.duration.value_or(shape.count ? Nanoseconds(0) : kDefaultDuration);
  return {stage};
}

}  // namespace

std::vector<Contradiction> contradictions(const LoadShape& shape, const LoadNames& names) {
  std::vector<Contradiction> found;
  const auto add = [&](std::string_view name, std::string message) { found.push_back({name, std::move(message)}); };
  if (shape.rate && shape.users)
    add(names.rate,
        format("{} and {} exclude each other: a rate is kept whatever the service does, {} waits for answers",
               names.rate, names.users, names.users));
  if (!shape.stages.empty()) {
    if (shape.rate)
      add(names.rate, format("{} and {} exclude each other: each stage has its own", names.rate, names.stages));
    if (shape.users)
      add(names.users, format("{} and {} exclude each other: each stage has its own", names.users, names.stages));
    if (shape.duration)
      add(names.duration, format("{} and {} exclude each other: each stage has its own", names.duration, names.stages));
    const auto is_open = [](const Stage& s) { return s.rate.has_value(); };
    if (!std::all_of(shape.stages.begin(), shape.stages.end(), is_open) &&
        std::any_of(shape.stages.begin(), shape.stages.end(), is_open))
      add(names.stages, "some stages have a rate and others a number of users; use one kind");
  }
  if (shape.every_request_has_users && !shape.is_open() && (shape.users || !shape.stages.empty())) {
    const std::string_view name = shape.users ? names.users : names.stages;
    add(name, format("every request has a {} of its own, so that no load is left to share", names.users));
  }
  if (shape.is_open()) {
    if (shape.think && !shape.is_of_journeys)
      add(names.think, format("{} and {} exclude each other: at a rate nobody waits for an answer", names.think,
                              shape.rate ? names.rate : names.stages));
    if (shape.rate && shape.rate->from != shape.rate->to && !shape.duration)
      add(names.rate, format("a ramp needs a {}, to know when its end is reached", names.duration));
  } else {
    if (shape.connections)
      add(names.connections,
          format("{} needs a {}; in a closed load every user has a connection", names.connections, names.rate));
    if (shape.arrivals)
      add(names.arrivals,
          format("{} needs a {}; in a closed load requests follow answers", names.arrivals, names.rate));
    if (shape.pacing)
      add(names.pacing, format("{} needs a {}; in a closed load requests follow answers", names.pacing, names.rate));
  }
  return found;
}

std::vector<Contradiction> contradictions(const HttpLoad& http, const VersionNames& names) {
  std::vector<Contradiction> found;
  if (http.version == HttpVersion::k1_1) {
    if (http.streams > 1)
      found.push_back({names.streams, format("{} needs {}: HTTP/1.1 has one request at a time on a connection",
                                             names.streams, names.http2)});
    return found;
  }
  if (!http.keep_alive)
    found.push_back({names.keep_alive, format("{} and {} exclude each other: HTTP/2 is for connections that stay",
                                              names.keep_alive, names.http2)});
  if (http.script && http.streams > 1)
    found.push_back({names.streams, format("{}: users who follow steps have a connection each", names.streams)});
  const auto* open = std::get_if<OpenLoad>(&http.load);
  if (open != nullptr && std::int64_t{open->connections} * http.streams > kMaxConnections)
    found.push_back(
        {names.streams, format("{}: more than {} over all connections", names.streams, show_count(kMaxConnections))});
  for (const Request& request : http.requests)
    for (const Header& h : request.headers)
      if (same_header_name(h.name, "Keep-Alive") || same_header_name(h.name, "Proxy-Connection"))
        found.push_back({names.version, format("HTTP/2 has no header {}", h.name)});
  return found;
}

void apply(const LoadShape& shape, HttpLoad& http) {
  http.request_count = shape.count;
  if (shape.pacing) http.pacing = *shape.pacing;
  if (shape.is_open()) {
    OpenLoad load;
    for (const Stage& s : stages_of(shape)) load.stages.push_back({s.rate->from, s.rate->to, s.duration});
    load.arrivals = shape.arrivals.value_or(load.arrivals);
    load.connections = shape.connections.value_or(load.connections);
    http.load = std::move(load);
  } else {
    ClosedLoad load;
    for (const Stage& s : stages_of(shape)) load.stages.push_back({s.users.value_or(0), s.duration});
    load.think = shape.think.value_or(load.think);
    http.load = std::move(load);
  }
}

}  // namespace loadstone::scenario

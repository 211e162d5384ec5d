#include <algorithm>

#include "base/format.h"
#include "base/units.h"
#include "scenario/load_parts.h"
#include "scenario/load_shape.h"

namespace loadstone::scenario {
namespace {

using config::Kind;

std::vector<Stage> read_stages(const config::Node& node, std::string_view users_key, config::Diagnostics& problems) {
  constexpr std::string_view kExpected = "stages: expected a list such as [{rate: 500/s, duration: 10s}]";
  std::vector<Stage> stages;
  if (node.kind != Kind::kSequence || node.items.empty()) {
    problems.error(node.span, std::string(kExpected));
    return stages;
  }
  if (node.items.size() > kMaxStages) problems.error(node.span, format("more than {} stages", kMaxStages));
  for (const config::Node& item : node.items) {
    Fields fields(item, "a stage", problems);
    Stage stage;
    const config::Entry* rate = fields.entry("rate");
    const config::Entry* users = fields.entry(users_key);
    stage.rate = fields.value<Ramp>("rate", parse_ramp);
    stage.users = fields.value<int>(users_key, parse_connections);
    stage.duration = fields.value<Nanoseconds>("duration", parse_positive_duration).value_or(Nanoseconds(0));
    fields.require("duration", "a stage needs a duration");
    if (item.kind == Kind::kMap && (rate == nullptr) == (users == nullptr))
      problems.error(item.span,
                     format("a stage needs either a rate or {}", users_key == "users" ? "users" : "a concurrency"));
    fields.finish();
    stages.push_back(stage);
  }
  return stages;
}

// `request:` alone or several `requests:`, with what `http:` says for all of them.
std::vector<Request> read_requests(Fields& fields, const config::Node& node, RequestPlace place, Reading& reading) {
  config::Diagnostics& problems = reading.problems;
  const config::Entry* one = fields.entry("request");
  const config::Entry* many = fields.entry("requests");
  if (one != nullptr && many != nullptr) {
    problems.error(one->key_span, "request and requests exclude each other");
    return {};
  }
  if (one == nullptr && many == nullptr) {
    fields.require("request", "which request? give `request: GET /path`, or a list of `requests:`");
    return {};
  }
  if (one != nullptr && one->value.kind != Kind::kMap) return {read_request_fields(fields, node, place, reading)};

  // What belongs to a single request may not stand beside several, or beside a mapping that can hold it.
  for (const std::string_view key : {"query", "body", "body_file", "json", "name", "method", "path"})
    if (const config::Entry* e = fields.find(key)) {
      static_cast<void>(fields.entry(key));
      problems.error(e->key_span, format("{} belongs inside the request", key));
    }
  if (one != nullptr) return {read_request(one->value, place, reading)};

  place.is_item = true;
  if (many->value.kind != Kind::kSequence || many->value.items.empty()) {
    problems.error(many->value.span, "requests: expected a list such as [GET /one, {request: GET /two, weight: 3}]");
    return {};
  }
  if (many->value.items.size() > kMaxRequests) {
    problems.error(many->key_span, format("more than {} requests", kMaxRequests));
    return {};
  }
  std::vector<Request> requests;
  for (const config::Node& item : many->value.items) {
    Request request = read_request(item, place, reading);
    const auto same = [&](const Request& r) { return r.name == request.name; };
    if (std::any_of(requests.begin(), requests.end(), same))
      problems.error(item.span, format("two requests are named {}", config::quoted(request.name)),
                     "give each a `name:` of its own");
    requests.push_back(std::move(request));
  }
  return requests;
}

// Users who go on journeys are `users`; those who send one request after the other, a `concurrency`.
LoadShape read_shape(Fields& fields, std::string_view users_key, config::Diagnostics& problems) {
  LoadShape shape;
  shape.is_of_journeys = users_key == "users";
  shape.users = fields.value<int>(users_key, parse_connections);
  shape.rate = fields.value<Ramp>("rate", parse_ramp);
  if (const auto* stages = fields.entry("stages")) shape.stages = read_stages(stages->value, users_key, problems);
  shape.count = fields.value<std::uint64_t>("count", parse_request_count);
  shape.think = fields.value<Nanoseconds>("think", parse_any_duration);
  return shape;
}

void check_request_loads(const Fields& fields, const LoadShape& shape, const std::vector<Request>& requests,
                         config::Diagnostics& problems) {
  std::int64_t users = 0;
  const config::Entry* many = fields.find("requests");
  for (std::size_t i = 0; i < requests.size(); ++i) {
    if (!requests[i].concurrency || many == nullptr) continue;
    users += *requests[i].concurrency;
    if (shape.is_open())
      problems.error(many->value.items[i].find("concurrency")->key_span,
                     "concurrency of a single request needs a closed load, not a rate");
  }
  for (const Stage& s : shape.stages) users = std::max<std::int64_t>(users, s.users.value_or(0));
  if (many != nullptr && users + shape.users.value_or(0) > kMaxConnections)
    problems.error(many->key_span, format("more than {} users together", show_count(kMaxConnections)));
}

// How many users there are at most; nothing at a rate.
std::optional<int> most_users(const LoadShape& shape) {
  if (shape.is_open()) return std::nullopt;
  int most = shape.users.value_or(shape.stages.empty() ? kDefaultUsers : 0);
  for (const Stage& s : shape.stages) most = std::max(most, s.users.value_or(0));
  return most;
}

// The part of the defaults that belongs to the load counts only where it fits.
void fill_shape(LoadShape& shape, const Settings& defaults) {
  if (!shape.duration && !shape.count && shape.stages.empty()) shape.duration = defaults.duration;
  if (!shape.is_open()) return;
  if (!shape.connections) shape.connections = defaults.connections;
  if (!shape.arrivals) shape.arrivals = defaults.arrivals;
  if (!shape.pacing) shape.pacing = defaults.pacing;
}

}  // namespace

HttpLoad read_http(const config::Node& node, const Settings& defaults, const std::string& base_path, Endpoint& endpoint,
                   Reading& reading) {
  config::Diagnostics& problems = reading.problems;
  Fields fields(node, "http", problems);
  HttpLoad http;
  if (node.kind != Kind::kMap) return http;
  const bool is_of_journeys = has_journeys(fields);
  const LoadNames names{.users = is_of_journeys ? "users" : "concurrency"};
  LoadShape shape = read_shape(fields, names.users, problems);
  const Settings own = read_settings(fields, reading, is_of_journeys ? Placeholders::kJourney : Placeholders::kRequest);
  shape.duration = own.duration;
  shape.connections = own.connections;
  shape.arrivals = own.arrivals;
  shape.pacing = own.pacing;
  const Settings settings = merge_settings(defaults, own);
  apply_endpoint(settings, endpoint);

  // Of a single request's own keys `headers` and `check` have been read into the settings already.
  RequestPlace place{.base_path = base_path, .headers = settings.headers, .check = settings.check};
  place.credentials = settings.credentials;
  if (is_of_journeys)
    read_journeys(fields, {place, shape.think.value_or(Nanoseconds(0)), most_users(shape)}, http, reading);
  else
    http.requests = read_requests(fields, node, place, reading);
  shape.every_request_has_users =
      !http.requests.empty() && std::all_of(http.requests.begin(), http.requests.end(),
                                            [](const Request& r) { return r.concurrency.has_value(); });
  // A key whose value could not be read would seem to be missing; its mistake has been reported.
  const auto unread = [&](std::string_view key, bool is_read) { return fields.find(key) != nullptr && !is_read; };
  const bool is_readable = !unread("rate", shape.rate.has_value()) && !unread("stages", !shape.stages.empty()) &&
                           !unread("duration", shape.duration.has_value()) && !unread("count", shape.count.has_value());
  if (is_readable) {
    for (const auto& [name, message] : contradictions(shape, names)) {
      const config::Entry* e = fields.find(name);
      problems.error(e != nullptr ? e->key_span : node.span, message);
    }
    check_request_loads(fields, shape, http.requests, problems);
  }
  fill_shape(shape, defaults);
  apply(shape, http);

  http.warmup = settings.warmup.value_or(http.warmup);
  http.drain = settings.drain.value_or(http.drain);
  http.keep_alive = settings.keep_alive.value_or(http.keep_alive);
  http.version = settings.version.value_or(http.version);
  http.streams = settings.streams.value_or(http.streams);
  for (const auto& [name, message] : contradictions(http, VersionNames{})) {
    const config::Entry* e = fields.find(name);
    problems.error(e != nullptr ? e->key_span : node.span, message);
  }
  http.connect_timeout = settings.connect_timeout.value_or(http.connect_timeout);
  http.request_timeout = settings.timeout.value_or(http.request_timeout);
  http.run_timeout = settings.run_timeout;
  const auto planned = planned_duration(http);
  if (fields.find("run_timeout") != nullptr && http.run_timeout && planned &&
      *http.run_timeout < http.warmup + *planned)
    problems.error(fields.find("run_timeout")->value.span,
                   format("run_timeout: the scenario is planned to last {} and would be cut off",
                          show_duration(http.warmup + *planned)));
  fields.finish();
  return http;
}

}  // namespace loadstone::scenario

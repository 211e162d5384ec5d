#include "scenario/load_websocket.h"

#include <algorithm>
#include <set>

#include "base/format.h"
#include "base/units.h"
#include "scenario/websocket_shape.h"
#include "scenario/websocket_values.h"

namespace loadstone::scenario {
namespace {

using config::Kind;

std::vector<AudienceLoad::Stage> read_client_stages(const config::Node& node, config::Diagnostics& problems) {
  std::vector<AudienceLoad::Stage> stages;
  if (node.kind != Kind::kSequence || node.items.empty()) {
    problems.error(node.span, "stages: expected a list such as [{clients: 50, duration: 10s}]");
    return stages;
  }
  if (node.items.size() > kMaxStages) problems.error(node.span, format("more than {} stages", kMaxStages));
  for (const config::Node& item : node.items) {
    Fields fields(item, "a stage", problems);
    AudienceLoad::Stage stage;
    stage.clients = fields.value<int>("clients", parse_connections).value_or(1);
    stage.duration = fields.value<Nanoseconds>("duration", parse_positive_duration).value_or(Nanoseconds(0));
    fields.require("clients", "a stage needs its number of clients");
    fields.require("duration", "a stage needs a duration");
    fields.finish();
    stages.push_back(stage);
  }
  return stages;
}

// What differs between the kinds of scenarios that have an audience.
struct Protocol {
  std::string_view key;   // of the scenario
  std::string_view name;  // in messages
  Status (*check_header_name)(std::string_view);
};
constexpr Protocol kWebSocket{"websocket", "a WebSocket", check_upgrade_header_name};
constexpr Protocol kEventStream{"event_stream", "an event stream", check_stream_header_name};

// Defaults that were written with HTTP requests in mind.
void check_default_headers(const Settings& defaults, const Settings& own, const Protocol& protocol, config::Span where,
                           config::Diagnostics& problems) {
  for (const Header& h : defaults.headers) {
    if (has_header(own.headers, h.name)) continue;
    auto ok = protocol.check_header_name(h.name);
    if (ok) ok = check_placeholders(h.value, Placeholders::kNone);
    if (!ok)
      problems.error(where, format("the header {} of `defaults:` does not fit {}: {}", config::quoted(h.name),
                                   protocol.name, ok.error().message));
  }
}

// WebSocket over HTTP/2 (RFC 8441) is another handshake, which loadstone does not speak; event streams come with the
// same sessions.
void refuse_version(Fields& fields, const Protocol& protocol) {
  for (const std::string_view key : {"version", "streams"})
    if (const config::Entry* e = fields.find(key)) {
      static_cast<void>(fields.entry(key));
      fields.problems().error(e->key_span, format("{}: {} runs over HTTP/1.1 here, not HTTP/2", key, protocol.name));
    }
}

struct Place {
  const Settings& defaults;
  const Settings& settings;  // the scenario's own over the defaults
  const std::string& base_path;
};

// What goes on between clients and service.
void read_exchange(Fields& fields, const Place& place, AudienceLoad& load, Reading& reading) {
  config::Diagnostics& problems = reading.problems;
  if (!load.event_stream)
    if (const auto* echo = fields.entry("echo")) load.echo = read_echo(echo->value, place.defaults, problems);
  if (const auto* publish = fields.entry("publish")) {
    const PublishPlace how{{.base_path = place.base_path,
                            .headers = place.defaults.headers,
                            .check = place.defaults.check,
                            .placeholders = Placeholders::kMessage},
                           place.defaults.arrivals};
    load.publish = read_publish(publish->value, how, reading);
  }
  if (const auto* match = fields.entry("match")) load.match = read_match(match->value, problems);
  if (const auto* recover = fields.entry("recover")) load.recover = read_recover(recover->value, problems);
  if (const auto* churn = fields.entry("churn")) load.churn = read_churn(churn->value, problems);
  if (const auto* filters = fields.entry("filters"))
    load.filters = read_filters(filters->value, place.base_path, load.publish, problems);
}

ClientsShape read_clients(Fields& fields, const Settings& own, config::Diagnostics& problems) {
  ClientsShape shape;
  shape.clients = fields.value<int>("clients", parse_connections);
  if (const auto* stages = fields.entry("stages")) shape.stages = read_client_stages(stages->value, problems);
  shape.stagger = fields.value<Nanoseconds>("stagger", parse_any_duration);
  shape.connect_rate = fields.value<double>("connect_rate", parse_steady_rate);
  shape.duration = own.duration;
  shape.warmup = own.warmup;
  return shape;
}

// The part of the defaults that belongs to the load counts only where it fits.
void fill_shape(ClientsShape& shape, const AudienceLoad& load, const Settings& defaults) {
  if (!shape.duration && shape.stages.empty() && !load.recover && !ends_by_counts(load))
    shape.duration = defaults.duration;
  if (!shape.warmup && (load.echo || !load.publish.empty())) shape.warmup = defaults.warmup;
}

// What only a WebSocket has.
void read_speech(Fields& fields, AudienceLoad& load) {
  load.subprotocols = read_subprotocols(fields);
  if (const auto* compression = fields.entry("compression"))
    load.compression = read_compression(compression->value, fields.problems());
  load.on_open = read_on_open(fields);
  load.ping = fields.value<Nanoseconds>("ping", parse_positive_duration).value_or(load.ping);
  load.pong_timeout = fields.value<Nanoseconds>("pong_timeout", parse_positive_duration).value_or(load.pong_timeout);
  if (const auto* e = fields.find("pong_timeout"); e != nullptr && fields.find("ping") == nullptr)
    fields.problems().error(e->key_span, "pong_timeout needs a ping: how often the clients shall ask");
}

// What only an event stream has; and what clients that do not speak cannot do.
void read_terms(Fields& fields, AudienceLoad& load) {
  EventStreamTerms& terms = load.event_stream.emplace();
  terms.resume = fields.boolean("resume").value_or(terms.resume);
  terms.reconnect = fields.boolean("reconnect").value_or(terms.reconnect);
  terms.retry = fields.value<Nanoseconds>("retry", parse_any_duration);
  const auto refuse = [&](const config::Entry* e) {
    if (e != nullptr)
      fields.problems().error(e->key_span,
                              format("{} is of a WebSocket: the clients of an event stream only listen", e->key));
  };
  for (const std::string_view key : {"subprotocols", "compression", "on_open", "ping", "pong_timeout", "echo"})
    if (fields.find(key) != nullptr) refuse(fields.entry(key));
  if (const auto* filters = fields.find("filters"))
    for (const config::Node& filter : filters->value.items) refuse(filter.find("on_open"));
}

// What keeps a connection open, and how it is opened.
void read_connection(Fields& fields, AudienceLoad& load) {
  load.ready = fields.value<std::string>("ready", parse_pattern).value_or("");
  if (const auto* slow = fields.entry("slow")) load.slow = read_slow(slow->value, fields.problems());
  load.max_message_bytes =
      fields.value<std::size_t>("max_message", parse_message_size).value_or(load.max_message_bytes);
  load.quick_ack = fields.boolean("quick_ack").value_or(load.quick_ack);
}

}  // namespace

std::optional<std::string> read_path(Fields& fields, const std::string& base_path) {
  const auto path = fields.text("path");
  if (!path) return std::nullopt;
  auto ok = check_target(*path);
  if (ok) ok = check_placeholders(*path, Placeholders::kNone);
  if (!ok) fields.problems().error(fields.find("path")->value.span, "path: " + ok.error().message);
  return base_path + *path;
}

std::vector<std::string> read_subprotocols(Fields& fields) {
  auto names = fields.values<std::string>("subprotocols", parse_subprotocol).value_or(std::vector<std::string>());
  std::set<std::string_view> seen;
  for (const std::string& name : names)
    if (!seen.insert(name).second)
      fields.problems().error(fields.find("subprotocols")->value.span,
                              format("subprotocols: {} is given twice", config::quoted(name)));
  return names;
}

std::string read_on_open(Fields& fields) {
  const config::Entry* e = fields.entry("on_open");
  if (e == nullptr) return {};
  std::string text;
  if (e->value.kind == Kind::kMap || e->value.kind == Kind::kSequence)
    text = to_json(e->value, fields.problems());
  else
    text = fields.text("on_open").value_or("");
  if (const auto ok = check_placeholders(text, Placeholders::kNone); !ok)
    fields.problems().error(e->value.span, "on_open: " + ok.error().message);
  return text;
}

namespace {

AudienceLoad read_audience(const Protocol& protocol, const config::Node& node, const Settings& defaults,
                           const std::string& base_path, Endpoint& endpoint, Reading& reading) {
  config::Diagnostics& problems = reading.problems;
  Fields fields(node, protocol.key, problems);
  AudienceLoad load;
  if (node.kind != Kind::kMap) return load;
  load.path = read_path(fields, base_path).value_or(base_path + "/");
  Settings own;
  if (const auto* headers = fields.entry("headers"))
    own.headers = read_headers(headers->value, {.check_name = protocol.check_header_name}, problems);
  check_default_headers(defaults, own, protocol, node.span, problems);

  const std::size_t before = problems.size();
  if (&protocol == &kEventStream) read_terms(fields, load);
  refuse_version(fields, protocol);
  read_running_settings(fields, reading.folder, own);
  const Settings settings = merge_settings(defaults, own);
  apply_endpoint(settings, endpoint);
  ClientsShape shape = read_clients(fields, own, problems);
  read_exchange(fields, {defaults, settings, base_path}, load, reading);
  // What could not be read would seem to be missing; its mistake has been reported.
  if (problems.size() == before) {
    for (const auto& [name, message] : contradictions(shape, load, WebSocketNames{})) {
      const config::Entry* e = fields.find(name);
      problems.error(e != nullptr ? e->key_span : node.span, message);
    }
  }
  fill_shape(shape, load, defaults);
  apply(shape, load);

  if (!load.event_stream) read_speech(fields, load);
  read_connection(fields, load);
  load.headers = settings.headers;
  load.drain = settings.drain.value_or(load.drain);
  load.connect_timeout = settings.connect_timeout.value_or(load.connect_timeout);
  load.run_timeout = settings.run_timeout;
  const auto planned = planned_duration(load);
  if (own.run_timeout && planned && *own.run_timeout < load.warmup + *planned)
    problems.error(fields.find("run_timeout")->value.span,
                   format("run_timeout: the scenario is planned to last {} and would be cut off",
                          show_duration(load.warmup + *planned)));
  fields.finish();
  return load;
}

}  // namespace

AudienceLoad read_websocket(const config::Node& node, const Settings& defaults, const std::string& base_path,
                            Endpoint& endpoint, Reading& reading) {
  return read_audience(kWebSocket, node, defaults, base_path, endpoint, reading);
}

AudienceLoad read_event_stream(const config::Node& node, const Settings& defaults, const std::string& base_path,
                               Endpoint& endpoint, Reading& reading) {
  return read_audience(kEventStream, node, defaults, base_path, endpoint, reading);
}

}  // namespace loadstone::scenario

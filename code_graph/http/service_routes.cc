// The routes that say something of the service itself, or make it do something.
#include <array>

#include "base/format.h"
#include "base/json_writer.h"
#include "code_graph/http/call.h"

namespace code_graph::http {
namespace {

using loadstone::JsonWriter;

RelayState relay_state(const Workings& workings) {
  return workings.options.relay_state ? workings.options.relay_state() : RelayState{};
}

void root(Call& call) {
  std::string out;
  JsonWriter json(out);
  json.begin_object();
  json.field("name", "Code Graph API");
  json.field("version", "1.0.0");
  json.field("docs", "/openapi.json");
  json.key("endpoints");
  json.begin_object();
  json.field("health", "/health");
  json.field("ready", "/ready");
  json.field("metrics", "/metrics");
  json.field("stats", "/api/graph/stats");
  json.field("search", "/api/graph/nodes/search");
  json.field("node", "/api/graph/nodes/{node_id}");
  json.field("traverse", "/api/graph/traverse");
  json.field("call_chain", "/api/graph/call-chain/{start_node}");
  json.field("subgraph", "/api/graph/subgraph");
  json.field("relationships", "/api/graph/relationships");
  json.field("seams", "/api/graph/seams");
  json.field("callers", "/api/graph/query/callers");
  json.field("callees", "/api/graph/query/callees");
  json.field("references", "/api/graph/query/references");
  json.field("categories", "/api/graph/categories/{category}");
  json.field("entry_points", "/api/graph/entry-points");
  json.field("export", "/api/graph/export");
  json.field("events", "/ws/events");
  json.field("filtered_events", "/ws/events/filtered");
  json.end_object();
  json.end_object();
  call.reply(200, std::move(out));
}

void health(Call& call) {
  const bool served = call.workings().graph.snapshot() != nullptr;
  const SourceState state = call.workings().graph.state();
  if (!served && !state.failure.empty()) {
    call.reply(500, loadstone::format(R"({{"status":"unhealthy","error":{}}})", quoted(state.failure)));
    return;
  }
  if (!served) {
    call.reply(202, R"({"status":"initializing"})");
    return;
  }
  const RelayState relay = relay_state(call.workings());
  std::string out;
  JsonWriter json(out);
  json.begin_object();
  json.field("status", "healthy");
  json.field("redis_enabled", relay.enabled);
  json.field("redis_ok", relay.connected);
  if (relay.enabled && !relay.connected) json.field("redis_error", relay.error);
  if (!state.failure.empty()) json.field("last_analysis_error", state.failure);
  json.end_object();
  call.reply(200, std::move(out));
}

void ready(Call& call) {
  const auto snapshot = call.workings().graph.snapshot();
  if (!snapshot)
    call.reply(503, R"({"status":"not ready"})", {{"Retry-After", "1"}});
  else
    call.reply(200, loadstone::format(R"({{"status":"ready","generation":{}}})", snapshot->generation()));
}

void metrics(Call& call) {
  Workings& w = call.workings();
  std::string out;
  w.metrics.write(out);
  const auto one = [&](std::string_view name, std::string_view type, std::string_view says, std::uint64_t value) {
    loadstone::format_to(std::back_inserter(out), "# HELP {} {}\n# TYPE {} {}\n{} {}\n", name, says, name, type, name,
                         value);
  };
  if (w.counters) {
    const serve::Counters c = w.counters();
    one("code_graph_connections_accepted_total", "counter", "Connections accepted.", c.accepted);
    one("code_graph_connections_refused_total", "counter", "Connections refused at the limit.", c.refused);
    one("code_graph_connections_open", "gauge", "Connections open now, WebSocket clients among them.", c.open);
    one("code_graph_websockets_open", "gauge", "WebSocket clients now.", c.websockets);
    one("code_graph_http_malformed_total", "counter", "Requests refused before any route saw them.", c.malformed);
    one("code_graph_timeouts_total", "counter", "Connections ended by a time-out.", c.timed_out);
  }
  const push::HubCounters e = w.hub.counters();
  one("code_graph_events_total", "counter", "Events published or relayed.", e.events);
  one("code_graph_event_subscribers", "gauge", "Subscribers now.", e.subscribers);
  one("code_graph_event_deliveries_total", "counter", "Messages given to subscribers.", e.deliveries);
  one("code_graph_event_dropped_total", "counter", "Messages lost by slow subscribers.", e.dropped);
  one("code_graph_event_closed_total", "counter", "Subscribers closed because they were too slow.", e.closed);
  const RelayState relay = relay_state(w);
  one("code_graph_redis_up", "gauge", "1 when connected to Redis.", relay.connected ? 1 : 0);
  one("code_graph_redis_sent_total", "counter", "Events sent to Redis.", relay.sent);
  one("code_graph_redis_received_total", "counter", "Events received from other instances.", relay.received);
  one("code_graph_redis_dropped_total", "counter", "Events that did not get to Redis.", relay.dropped);
  const SourceState state = w.graph.state();
  one("code_graph_changes_pending", "gauge", "1 while files have changed that the graph does not show yet.",
      state.changes_pending ? 1 : 0);
  one("code_graph_watch_overflows_total", "counter", "Times that the kernel lost events of the tree.",
      state.watch_overflows);
  if (const auto snapshot = w.graph.snapshot()) {
    one("code_graph_nodes", "gauge", "Nodes of the graph.", snapshot->node_count());
    one("code_graph_relationships", "gauge", "Relationships of the graph.", snapshot->edge_count());
    one("code_graph_files", "gauge", "Files of the graph.", snapshot->files().size());
    one("code_graph_generation", "counter", "Number of the snapshot that is served.", snapshot->generation());
  }
  call.reply_text("text/plain; version=0.0.4; charset=utf-8", std::move(out));
}

void openapi(Call& call) {
  static const std::string document = openapi_json();
  call.reply(200, document, {}, true);
}

// ---- events

void events(Call& call) { accept_events(call, false); }
void filtered_events(Call& call) { accept_events(call, true); }

void ws_status(Call& call) {
  call.reply(200, loadstone::format(R"({{"active_connections":{},"status":"healthy"}})",
                                    call.workings().hub.counters().subscribers));
}

constexpr Parameter kSocket[] = {
    {.name = "since", .most = 128, .says = "event_id: first everything after it, as far as it is kept"},
};
constexpr Parameter kFilteredSocket[] = {
    {.name = "since", .most = 128, .says = "event_id: first everything after it, as far as it is kept"},
    {.name = "event_types", .kind = Kind::kTexts, .most = 64, .says = "only these; empty: all"},
    {.name = "entity_types", .kind = Kind::kTexts, .most = 64, .says = "only these; empty: all"},
};

constexpr Parameter kPublish[] = {
    {.name = "event_type", .place = Place::kBody, .least = 1, .most = 64, .required = true, .says = "node_added …"},
    {.name = "entity_id", .place = Place::kBody, .most = 4096, .says = "what the event is about"},
    {.name = "entity_type",
     .place = Place::kBody,
     .fallback = "\"metadata\"",
     .least = 1,
     .most = 64,
     .says = "node, relationship or metadata"},
    {.name = "data", .kind = Kind::kValue, .place = Place::kBody, .says = "arrives unchanged"},
};
void publish(Call& call) {
  const Values& in = call.values();
  const auto published = call.workings().hub.publish({.type = in.text("event_type"),
                                                      .entity_id = in.text("entity_id"),
                                                      .entity_type = in.text("entity_type"),
                                                      .data = in.json("data")});
  call.reply(202, loadstone::format(R"({{"event_id":{},"subscribers":{}}})", quoted(published.sealed->id),
                                    published.subscribers));
}

// ---- debug and admin

void debug_analysis(Call& call) {
  const auto snapshot = call.workings().graph.snapshot();
  const SourceState state = call.workings().graph.state();
  std::string out;
  JsonWriter json(out);
  json.begin_object();
  json.field("status", snapshot ? "initialized" : "not_initialized");
  json.field("project_root", state.project_root);
  json.field("graph_nodes", snapshot ? snapshot->node_count() : 0);
  json.field("graph_relationships", snapshot ? snapshot->edge_count() : 0);
  json.field("processed_files_count", snapshot ? snapshot->files().size() : 0);
  json.field("skipped_files_count", state.files_skipped);
  json.field("broken_files_count", state.files_broken);
  json.field("file_watcher_enabled", state.watch_enabled);
  json.field("file_watcher_running", state.watch_running);
  json.field("changes_pending", state.changes_pending);
  json.field("is_analyzed", snapshot != nullptr);
  json.field("is_analyzing", state.analysing);
  json.field("cache_enabled", false);
  json.key("node_types_sample");
  json.begin_object();
  for (int i = 0; snapshot && i < graph::kNodeTypeCount; ++i) {
    const auto type = static_cast<graph::NodeType>(i);
    if (snapshot->count(type) > 0) json.field(graph::name_of(type), snapshot->count(type));
  }
  json.end_object();
  json.key("first_10_files");
  json.begin_array();
  for (std::size_t i = 0; snapshot && i < std::min<std::size_t>(10, snapshot->files().size()); ++i)
    json.string(snapshot->files()[i].path);
  json.end_array();
  if (!state.failure.empty()) json.field("error", state.failure);
  json.end_object();
  call.reply(200, std::move(out));
}

constexpr std::array<std::string_view, 4> kJobStates{"waiting", "running", "success", "failed"};

void write_job(JsonWriter& json, const Job& job) {
  json.field("job_id", job.id);
  if (job.state == Job::State::kDone) {
    json.field("message", "The project has been analysed anew");
    json.field("elapsed_seconds", job.elapsed_seconds);
    json.field("total_nodes", job.total_nodes);
    json.field("total_relationships", job.total_relationships);
  }
  if (job.state == Job::State::kFailed) json.field("detail", job.error);
}

void reply_job(Call& call, int status, const Job& job) {
  std::string out;
  JsonWriter json(out);
  json.begin_object();
  json.field("status", kJobStates[static_cast<std::size_t>(job.state)]);
  write_job(json, job);
  json.end_object();
  call.reply(status, std::move(out));
}

constexpr Parameter kReanalyze[] = {
    {.name = "force", .kind = Kind::kBoolean, .fallback = "false", .says = "kept for old clients: all is always read"},
    {.name = "wait", .kind = Kind::kBoolean, .fallback = "true", .says = "false: answer at once with the job's id"},
};
void reanalyze(Call& call) {
  const bool wait = call.values().boolean("wait");
  const auto id = call.workings().graph.reanalyze([wait, call](const Job& job) mutable {
    if (wait) reply_job(call, job.state == Job::State::kDone ? 200 : 500, job);
  });
  if (!id)
    call.fail(503, "The service is stopping", {{"Retry-After", "1"}});
  else if (!wait)
    call.reply(202, loadstone::format(R"({{"status":"accepted","job_id":{}}})", quoted(*id)));
}

constexpr Parameter kJob[] = {
    {.name = "job_id", .place = Place::kPath, .most = 128, .required = true, .says = "what reanalyze answered"}};
void job(Call& call) {
  const std::string& id = call.values().text("job_id");
  if (const auto found = call.workings().graph.job(id))
    reply_job(call, 200, *found);
  else
    call.fail(404, loadstone::format("Job {} not found", id));
}

constexpr Route kRoutes[] = {
    {.method = "GET", .path = "/", .says = "What there is", .other = root},
    {.method = "GET", .path = "/health", .says = "200, or 202 before the first analysis has ended", .other = health},
    {.method = "GET", .path = "/ready", .says = "503 until a graph is served", .other = ready},
    {.method = "GET", .path = "/metrics", .says = "Counters, for Prometheus", .other = metrics},
    {.method = "GET", .path = "/openapi.json", .says = "This document", .other = openapi},
    {.method = "GET",
     .path = "/ws/events",
     .says = "WebSocket: every event",
     .parameters = kSocket,
     .other = events,
     .opens_websocket = true},
    {.method = "GET",
     .path = "/ws/events/filtered",
     .says = "WebSocket: the events that pass a filter",
     .parameters = kFilteredSocket,
     .other = filtered_events,
     .opens_websocket = true},
    {.method = "GET", .path = "/ws/status", .says = "How many WebSocket clients there are", .other = ws_status},
    {.method = "POST",
     .path = "/api/graph/events",
     .says = "An event to every subscriber",
     .parameters = kPublish,
     .other = publish,
     .gate = Gate::kPublish},
    {.method = "GET",
     .path = "/api/graph/debug/analysis",
     .says = "What the analysis found",
     .other = debug_analysis,
     .gate = Gate::kDebug},
    {.method = "POST",
     .path = "/api/graph/admin/reanalyze",
     .says = "Read everything anew",
     .parameters = kReanalyze,
     .other = reanalyze,
     .gate = Gate::kAdmin},
    {.method = "GET",
     .path = "/api/graph/admin/jobs/{job_id}",
     .says = "What became of an analysis",
     .parameters = kJob,
     .other = job,
     .gate = Gate::kAdmin},
};

}  // namespace

std::span<const Route> service_routes() { return kRoutes; }

}  // namespace code_graph::http

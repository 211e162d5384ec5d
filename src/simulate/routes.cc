#include "simulate/routes.h"

#include <algorithm>

#include "base/format.h"
#include "base/units.h"
#include "simulate/event.h"
#include "simulate/json.h"

namespace loadstone::simulate {
namespace {

using serve::json_response;
using serve::Request;
using serve::Response;

std::string node(int i) {
  static constexpr std::string_view kVerbs[] = {"parse", "load", "render", "walk", "index", "merge"};
  static constexpr std::string_view kThings[] = {"node", "file", "graph", "token", "edge"};
  const std::string name =
      format("{}_{}", kVerbs[static_cast<std::size_t>(i) % 6], kThings[static_cast<std::size_t>(i) % 5]);
  const int line = 1 + i * 37 % 400;
  return format(R"({{"id":"function:src/module_{0}.py:{1}:{2}","name":"{1}","type":"function","language":"Python",)"
                R"("file_path":"src/module_{0}.py","start_line":{2},"end_line":{3},"complexity":{4},"metadata":{{}}}})",
                i % 12, name, line, line + 5 + i % 20, 1 + i % 9);
}

std::string nodes(int first, int count) {
  std::string out;
  for (int i = 0; i < count; ++i) out += (i == 0 ? "" : ",") + node(first + i);
  return out;
}

Response invalid(std::string_view where, std::string_view what, std::string_view type) {
  return json_response(422, format(R"({{"detail":[{{"type":{},"loc":["body",{}],"msg":{},"input":null}}]}})",
                                   json_quote(type), json_quote(where), json_quote(what)));
}

Response health(const Request&) {
  return json_response(200, R"({"status":"healthy","redis_enabled":false,"redis_ok":false})");
}
Response ready(const Request&) { return json_response(200, R"({"status":"ready"})"); }
Response root(const Request&) {
  return json_response(200,
                       R"({"name":"Code Graph API","version":"1.0.0","docs":"/docs","endpoints":{"health":"/health",)"
                       R"("stats":"/api/graph/stats","search":"/api/graph/nodes/search","traverse":)"
                       R"("/api/graph/traverse","events":"/ws/events"}})");
}
Response stats(const Request&) {
  static const std::string body =
      R"({"total_nodes":3702,"total_relationships":9816,"node_types":{"function":2790,"class":410,"module":198,)"
      R"("import":304},"relationship_types":{"contains":3504,"calls":5822,"imports":490},"languages":{"Python":3100,)"
      R"("TypeScript":602},"seam_count":4,"complexity_distribution":{"simple":2301,"moderate":361,"complex":101,)"
      R"("very_complex":27},"execution_time_ms":0.02,"top_functions":[)" +
      nodes(0, 10) + "]}";
  return json_response(200, body);
}
Response search(const Request& request) {
  std::string name;
  double limit = 10;
  const auto query = serve::parse_query(request.query());
  if (!query) return json_response(400, R"({"detail":"malformed query"})");
  for (const auto& [key, value] : *query) {
    if (key == "name" || key == "q" || key == "query") name = value;
    if (key == "limit") {
      const auto n = parse_count(value);
      if (!n || *n < 1 || *n > 500)
        return json_response(422, R"({"detail":[{"type":"int_parsing","loc":["query","limit"],"msg":"1 to 500",)"
                                  R"("input":null}]})");
      limit = *n;
    }
  }
  const int count = static_cast<int>(std::min(limit, 10.0));
  return json_response(200, format(R"({{"results":[{}],"total_count":{},"query":{},"filters":{{}}}})", nodes(0, count),
                                   count, json_quote(name)));
}
Response traverse(const Request& request) {
  const auto members = json_members(request.body());
  if (!members) return invalid("", "the body is not a JSON object", "json_invalid");
  const auto start =
      std::find_if(members->begin(), members->end(), [](const auto& m) { return m.name == "start_node"; });
  if (start == members->end() || !start->is_string()) return invalid("start_node", "Field required", "missing");
  return json_response(
      200, format(R"({{"nodes":[{}],"edges":[],"stats":{{"nodes_traversed":5,"max_depth":3,"include_seams":true}},)"
                  R"("execution_time_ms":0.1,"query_type":"bfs","start_node_id":{},"max_depth":3}})",
                  nodes(3, 5), start->value));
}
Response hubs(const Request&) {
  return json_response(200, format(R"({{"category":"hubs","total":20,"offset":0,"limit":20,"nodes":[{}],)"
                                   R"("execution_time_ms":0.1}})",
                                   nodes(7, 20)));
}

struct Entry {
  std::string_view path, method, name;
  RouteKind kind;
  Response (*answer)(const Request&);
};

constexpr Entry kRoutes[] = {
    {"/health", "GET", "GET /health", RouteKind::kPlain, health},
    {"/ready", "GET", "GET /ready", RouteKind::kPlain, ready},
    {"/", "GET", "GET /", RouteKind::kPlain, root},
    {"/api/graph/stats", "GET", "GET /api/graph/stats", RouteKind::kPlain, stats},
    {"/api/graph/nodes/search", "GET", "GET /api/graph/nodes/search", RouteKind::kPlain, search},
    {"/api/graph/traverse", "POST", "POST /api/graph/traverse", RouteKind::kPlain, traverse},
    {"/api/graph/categories/hubs", "GET", "GET /api/graph/categories/hubs", RouteKind::kPlain, hubs},
    {"/api/graph/events", "POST", "POST /api/graph/events", RouteKind::kPublish, nullptr},
    {"/ws/events", "GET", "GET /ws/events", RouteKind::kEvents, nullptr},
    {"/ws/broadcast", "GET", "GET /ws/broadcast", RouteKind::kRelay, nullptr},
    {"/ws/echo", "GET", "GET /ws/echo", RouteKind::kEcho, nullptr},
    {"/sse/events", "GET", "GET /sse/events", RouteKind::kEventSource, nullptr},
    {"/ws/status", "GET", "GET /ws/status", RouteKind::kStreamStatus, nullptr},
};

}  // namespace

Route find_route(const Request& request) {
  const std::string_view method = request.method() == "HEAD" ? "GET" : request.method();
  for (const Entry& e : kRoutes) {
    if (e.path != request.path()) continue;
    if (e.method == method) return {e.kind, e.name, {}};
    return {RouteKind::kWrongMethod, "(wrong method)", e.method == "GET" ? "GET, HEAD" : e.method};
  }
  return {RouteKind::kUnknownPath, "(unknown path)", {}};
}

Response answer_plain(const Route& route, const Request& request) {
  if (route.kind == RouteKind::kUnknownPath) return json_response(404, R"({"detail":"Not Found"})");
  if (route.kind == RouteKind::kWrongMethod) {
    Response r = json_response(405, R"({"detail":"Method Not Allowed"})");
    r.headers.emplace_back("Allow", route.allow);
    return r;
  }
  const auto* entry =
      std::find_if(std::begin(kRoutes), std::end(kRoutes), [&](const Entry& e) { return e.name == route.name; });
  return entry->answer(request);
}

Response answer_publish(const Request& request, std::initializer_list<EventStream*> streams, std::uint64_t event_id) {
  const auto members = json_members(request.body());
  if (!members) return invalid("", "the body is not a JSON object", "json_invalid");
  std::string_view event_type;
  std::string_view entity_id = "\"\"";
  std::string_view entity_type = R"("metadata")";
  std::string_view data = "{}";
  for (const auto& m : *members) {
    if (m.name == "data") {
      if (m.value.front() != '{') return invalid("data", "Input should be a valid dictionary", "dict_type");
      data = m.value;
      continue;
    }
    std::string_view* into = m.name == "event_type"    ? &event_type
                             : m.name == "entity_id"   ? &entity_id
                             : m.name == "entity_type" ? &entity_type
                                                       : nullptr;
    if (into == nullptr) continue;
    if (!m.is_string()) return invalid(m.name, "Input should be a valid string", "string_type");
    *into = m.value;
  }
  if (event_type.empty()) return invalid("event_type", "Field required", "missing");
  const auto message =
      std::make_shared<const std::string>(event_text(event_id, event_type, entity_id, entity_type, data));
  std::size_t subscribers = 0;
  for (EventStream* stream : streams)
    subscribers += stream->publish(message, event_type.substr(1, event_type.size() - 2));
  return json_response(202, format(R"({{"event_id":"{}","subscribers":{}}})", event_id, subscribers));
}

std::string padded_body(std::size_t bytes) {
  constexpr std::string_view kFront = R"({"padding":")";
  constexpr std::string_view kBack = R"("})";
  // Too small for an object: digits are JSON as well.
  if (bytes < kFront.size() + kBack.size()) return std::string(bytes, '1');
  std::string body(kFront);
  body.append(bytes - kFront.size() - kBack.size(), 'x');
  return body.append(kBack);
}

}  // namespace loadstone::simulate

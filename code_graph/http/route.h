// The table of routes. Inside http only.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "code_graph/api/queries.h"
#include "code_graph/http/values.h"
#include "serve/responder.h"

namespace code_graph::http {

class Call;

// Who may use a route.
enum class Gate : std::uint8_t { kOpen, kDebug, kAdmin, kPublish };

enum class Cost : std::uint8_t {
  kSmall,  // answered on the connection's thread
  kLarge,  // may take tens of milliseconds: answered by the thread for such
};

struct Route {
  std::string_view method;
  std::string_view path;  // "{name}" as last segment takes the rest of the path, slashes too
  std::string_view says;
  std::span<const Parameter> parameters = {};
  // One of the two: an answer from the snapshot alone, or anything else.
  loadstone::Status (*query)(const graph::Snapshot&, const Values&, std::string& out) = nullptr;
  void (*other)(Call&) = nullptr;
  Gate gate = Gate::kOpen;
  Cost cost = Cost::kSmall;
  bool opens_websocket = false;
  bool strict = false;  // unknown query parameters are refused
};

// Literal paths stand before greedy ones.
[[nodiscard]] std::span<const Route> routes();

struct Match {
  const Route* route = nullptr;
  std::string_view parameter;  // name of the path parameter; empty: none
  std::string_view rest;       // its text, decoded
};

// The route for a decoded path. Without one: `allowed` names the methods that the path has; empty when there is no such
// path. HEAD is answered by GET routes.
[[nodiscard]] Match match(std::string_view method, std::string_view path, std::string& allowed);

// The routes that query the graph, and those that do not; routes() joins them.
[[nodiscard]] std::span<const Route> graph_routes();
[[nodiscard]] std::span<const Route> service_routes();

}  // namespace code_graph::http

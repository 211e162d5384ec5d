// Requests to replies: finds the route, checks what came, asks the graph, adds what every reply has.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "code_graph/http/graph_source.h"
#include "code_graph/push/hub.h"
#include "serve/server.h"

namespace code_graph::http {

struct ServiceOptions {
  std::vector<std::string> cors_origins;  // empty: any origin, never with credentials
  std::string admin_token;                // empty: none is asked for
  bool debug_routes = true;
  bool admin_routes = true;
  bool allow_publish = false;
  loadstone::Nanoseconds ping_after = std::chrono::seconds(20);           // of a WebSocket client that is silent
  loadstone::Nanoseconds close_after_silence = std::chrono::seconds(60);  // the same, when no pong comes
  std::function<RelayState()> relay_state;                                // empty: no relay
};

// Bounds of what clients may ask for.
inline constexpr std::size_t kMaxBodyBytes = std::size_t{64} * 1024;
inline constexpr std::size_t kMaxWebSocketMessageBytes = std::size_t{64} * 1024;
inline constexpr std::size_t kMaxWaitingExports = 32;  // more are answered with 503

class Service {
 public:
  Service(ServiceOptions options, GraphSource& graph, push::Hub& hub);
  ~Service();

  // On any server thread.
  void answer(serve::Responder responder);
  // Where /metrics finds the server's own counters. Before the first request.
  void set_counters(std::function<serve::Counters()> counters);

 private:
  class Parts;
  std::unique_ptr<Parts> parts_;
};

// Every route as an OpenAPI 3 document.
[[nodiscard]] std::string openapi_json();

}  // namespace code_graph::http

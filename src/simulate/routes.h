// The routes of the code-graph API as the simulator serves them: small bodies of the right shape.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

#include "serve/server.h"
#include "simulate/event_stream.h"

namespace loadstone::simulate {

enum class RouteKind {
  kPlain,
  kPublish,
  kEvents,
  kRelay,
  kEcho,
  kEventSource,
  kStreamStatus,
  kUnknownPath,
  kWrongMethod
};

struct Route {
  RouteKind kind = RouteKind::kUnknownPath;
  std::string_view name;   // "GET /health": what counts are kept under; static storage
  std::string_view allow;  // for kWrongMethod
};

// By path and method; HEAD counts as GET.
[[nodiscard]] Route find_route(const serve::Request& request);
// The answer of every kind but kPublish, kEvents, kRelay, kEcho, kEventSource and kStreamStatus.
[[nodiscard]] serve::Response answer_plain(const Route& route, const serve::Request& request);
// Takes {"event_type", "entity_id", "entity_type", "data"} and sends it to every client of the streams; 202 with its
// id, or 422.
[[nodiscard]] serve::Response answer_publish(const serve::Request& request, std::initializer_list<EventStream*> streams,
                                             std::uint64_t event_id);
// A JSON body of exactly so many bytes.
[[nodiscard]] std::string padded_body(std::size_t bytes);

}  // namespace loadstone::simulate

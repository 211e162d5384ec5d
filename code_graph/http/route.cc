#include "code_graph/http/route.h"

#include <algorithm>

namespace code_graph::http {

std::span<const Route> routes() {
  static const std::vector<Route> all = [] {
    std::vector<Route> list(service_routes().begin(), service_routes().end());
    list.insert(list.end(), graph_routes().begin(), graph_routes().end());
    return list;
  }();
  return all;
}

Match match(std::string_view method, std::string_view path, std::string& allowed) {
  const bool head = method == "HEAD";
  for (const Route& route : routes()) {
    Match found;
    const std::size_t brace = route.path.find('{');
    if (brace == std::string_view::npos) {
      if (route.path != path) continue;
    } else {
      if (path.size() <= brace || !path.starts_with(route.path.substr(0, brace))) continue;
      found.parameter = route.path.substr(brace + 1, route.path.size() - brace - 2);
      found.rest = path.substr(brace);
    }
    if (route.method == method || (head && route.method == "GET")) {
      found.route = &route;
      return found;
    }
    if (!allowed.empty()) allowed += ", ";
    allowed += route.method == "GET" ? std::string_view("GET, HEAD") : route.method;
    // A literal path is not the id of a node as well.
    if (brace == std::string_view::npos) return {};
  }
  return {};
}

}  // namespace code_graph::http

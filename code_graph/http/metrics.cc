#include "code_graph/http/metrics.h"

#include <algorithm>

#include "base/format.h"
#include "code_graph/http/route.h"

namespace code_graph::http {

void Metrics::count(std::size_t route, int status, loadstone::Nanoseconds took) {
  Route& to = routes_[std::min(route, count_)];
  const auto relaxed = std::memory_order_relaxed;
  to.by_class[static_cast<std::size_t>(std::clamp(status / 100, 1, 5) - 1)].fetch_add(1, relaxed);
  const double seconds = loadstone::to_seconds(took);
  std::size_t bucket = 0;
  while (bucket < kBounds.size() && seconds > kBounds[bucket]) ++bucket;
  to.buckets[bucket].fetch_add(1, relaxed);
  to.nanoseconds.fetch_add(static_cast<std::uint64_t>(std::max<std::int64_t>(took.count(), 0)), relaxed);
}

void Metrics::write(std::string& out) const {
  const auto label = [&](std::size_t i) {
    return i < count_ ? loadstone::format("method=\"{}\",route=\"{}\"", routes()[i].method, routes()[i].path)
                      : std::string("method=\"\",route=\"none\"");
  };
  out += "# HELP code_graph_http_requests_total Requests answered.\n# TYPE code_graph_http_requests_total counter\n";
  for (std::size_t i = 0; i <= count_; ++i) {
    for (std::size_t c = 0; c < 5; ++c) {
      const std::uint64_t n = routes_[i].by_class[c].load(std::memory_order_relaxed);
      if (n > 0)
        out += loadstone::format("code_graph_http_requests_total{{{},status=\"{}xx\"}} {}\n", label(i), c + 1, n);
    }
  }
  out +=
      "# HELP code_graph_http_request_duration_seconds From the end of the request's head to its answer.\n"
      "# TYPE code_graph_http_request_duration_seconds histogram\n";
  for (std::size_t i = 0; i <= count_; ++i) {
    std::uint64_t total = 0;
    for (const auto& bucket : routes_[i].buckets) total += bucket.load(std::memory_order_relaxed);
    if (total == 0) continue;
    const std::string labels = label(i);
    std::uint64_t sum = 0;
    for (std::size_t b = 0; b < kBounds.size(); ++b) {
      sum += routes_[i].buckets[b].load(std::memory_order_relaxed);
      out += loadstone::format("code_graph_http_request_duration_seconds_bucket{{{},le=\"{}\"}} {}\n", labels,
                               kBounds[b], std::min(sum, total));
    }
    out += loadstone::format("code_graph_http_request_duration_seconds_bucket{{{},le=\"+Inf\"}} {}\n", labels, total);
    out += loadstone::format("code_graph_http_request_duration_seconds_sum{{{}}} {:.6f}\n", labels,
                             static_cast<double>(routes_[i].nanoseconds.load(std::memory_order_relaxed)) * 1e-9);
    out += loadstone::format("code_graph_http_request_duration_seconds_count{{{}}} {}\n", labels, total);
  }
}

}  // namespace code_graph::http

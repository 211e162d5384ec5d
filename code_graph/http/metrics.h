// Counts of requests by route and status, and how long they took. Any thread; no lock.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <string>

#include "base/clock.h"

namespace code_graph::http {

class Metrics {
 public:
  // Upper bounds of the buckets of time, in seconds; the last has none.
  static constexpr std::array<double, 10> kBounds{0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0};

  explicit Metrics(std::size_t routes) : routes_(std::make_unique<Route[]>(routes + 1)), count_(routes) {}

  // `route` is the place in routes(); anything else counts as "none".
  void count(std::size_t route, int status, loadstone::Nanoseconds took);
  // Prometheus text: code_graph_http_requests_total and code_graph_http_request_duration_seconds.
  void write(std::string& out) const;

 private:
  struct Route {
    std::array<std::atomic<std::uint64_t>, 5> by_class{};  // 1xx to 5xx
    std::array<std::atomic<std::uint64_t>, kBounds.size() + 1> buckets{};
    std::atomic<std::uint64_t> nanoseconds{0};
  };
  std::unique_ptr<Route[]> routes_;
  std::size_t count_;
};

}  // namespace code_graph::http

// What the simulator really did, for tests to compare a measurement with. All methods from any thread.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"

namespace loadstone::simulate {

// How a request ended that got no whole answer.
enum class Ending { kReset, kClosed, kHalf, kSilent };

class Account {
 public:
  // Of the times of at most max_samples answers, all are kept; of later ones only the counts.
  explicit Account(std::size_t max_samples) : max_samples_(max_samples) {}

  void answered(std::string_view route, int status, Instant received, Instant sent);
  void ended(std::string_view route, Ending ending);
  // Forgets everything.
  void reset();

  // {"requests", "answered", "resets", "closes", "halves", "silences", "samples", "samples_bound",
  //  "samples_bound_reached", "status": {"200": n}, "service_time_ns": {"count", "min", "mean", "p50" ... "max"},
  //  "routes": {"GET /x": {the same without samples}}}. service_time is sent - received; a quantile is the value at
  //  rank
  // ceil(q n) of all that were kept.
  [[nodiscard]] std::string stats_json() const;
  // [[received_ns, sent_ns, status], ...] in the order of sending, at most the last `count`.
  [[nodiscard]] std::string samples_json(std::size_t count) const;

 private:
  struct Totals {
    std::uint64_t answered = 0;
    std::array<std::uint64_t, 4> endings{};
    std::map<int, std::uint64_t> status;
  };
  struct Sample {
    std::int64_t received_ns, sent_ns;
    std::uint32_t route;
    std::int32_t status;
  };
  struct Route {
    std::uint32_t number = 0;
    Totals totals;
  };
  Route& find(std::string_view route);
  static void write(std::string& out, const Totals& totals, std::vector<std::int64_t> times);

  const std::size_t max_samples_;
  mutable std::mutex mutex_;
  std::map<std::string, Route, std::less<>> routes_;
  std::vector<Sample> samples_;
};

}  // namespace loadstone::simulate

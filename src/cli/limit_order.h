// What `loadstone limit` was told to do, understood and checked.
#pragma once

#include <optional>
#include <variant>

#include "base/result.h"
#include "cli/flags.h"
#include "cli/run_options.h"
#include "scenario/scenario.h"

namespace loadstone::cli {

struct LimitOrder {
  // Its own rate, users, clients and times do not matter. Of an HTTP scenario the rate is looked for, of a WebSocket
  // scenario the number of clients.
  scenario::Scenario load;
  std::optional<scenario::Service> service;
  std::optional<scenario::ProbeAddress> probe;  // when the service is on another machine
  RunOptions options;
  Nanoseconds step{10s};   // measured
  Nanoseconds settle{5s};  // before that, not measured
  int connections = 50;
  double most_rate = 1e8;
  int most_clients = 10'000;
  std::optional<int> most_users;  // also steps of a closed load up to so many, for the scalability law
  bool json = false;

  [[nodiscard]] bool is_of_clients() const { return std::holds_alternative<scenario::AudienceLoad>(load.kind); }
};
// Mistakes of a suite are printed to the console.
[[nodiscard]] tl::expected<LimitOrder, Usage> parse_limit(Console& console, Arguments arguments);

}  // namespace loadstone::cli

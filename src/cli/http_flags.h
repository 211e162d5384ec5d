// The flags of `loadstone http`, as typed, and what they amount to.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/endpoint_flags.h"
#include "cli/flags.h"
#include "cli/run_flags.h"
#include "scenario/load_shape.h"
#include "scenario/scenario.h"

namespace loadstone::cli {

struct HttpFlags {
  std::vector<std::string> urls;
  std::optional<std::string> connections, duration, requests, rate, stages, think, arrivals, pacing;
  std::optional<std::string> method, body, expect_status;
  std::vector<std::string> headers;
  std::optional<std::string> timeout, connect_timeout, warmup, drain;
  bool no_keep_alive = false;
  bool http2 = false;
  std::optional<std::string> streams;
  EndpointFlags endpoint;
  std::vector<std::string> slos;
  RunFlags run;

  void declare(Flags& flags);
  // Adds what is wrong to `usage`; the scenario is usable only when nothing is.
  [[nodiscard]] scenario::Scenario read(Usage& usage) const;
};

}  // namespace loadstone::cli

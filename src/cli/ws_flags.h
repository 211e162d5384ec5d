// The flags of `loadstone ws` and of `loadstone sse`, as typed, and what they amount to.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/endpoint_flags.h"
#include "cli/flags.h"
#include "cli/run_flags.h"
#include "scenario/scenario.h"

namespace loadstone::cli {

struct WsFlags {
  // `is_event_stream`: of `loadstone sse`, whose clients only listen.
  explicit WsFlags(bool is_event_stream) : listens_only(is_event_stream) {}

  const bool listens_only;
  std::vector<std::string> urls;
  std::optional<std::string> clients, stages, stagger, connect_rate, duration, warmup, ping;
  std::optional<std::string> on_open, ready;
  std::vector<std::string> headers, subprotocols;
  bool compression = false;
  std::optional<std::string> echo, rate, requests, think;
  std::optional<std::string> publish, body, say, messages, message_rate, match, drain;
  std::optional<std::string> cycles, drop, pause, backoff, retry;
  bool no_resume = false, no_reconnect = false;
  std::optional<std::string> connect_timeout;
  EndpointFlags endpoint;
  std::vector<std::string> slos;
  RunFlags run;

  void declare(Flags& flags);
  // Adds what is wrong to `usage`; the scenario is usable only when nothing is.
  [[nodiscard]] scenario::Scenario read(Usage& usage) const;
};

}  // namespace loadstone::cli

// Flags that say how connections reach the service: of every test of one URL.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/flags.h"
#include "cli/tls_flags.h"
#include "scenario/scenario.h"

namespace loadstone::cli {

// As typed.
struct EndpointFlags {
  std::vector<std::string> local_ips;
  std::optional<std::string> connect_to, unix_socket;
  TlsFlags tls;

  void declare(Flags& flags);
  // Fills all of `endpoint` but its URL, which is there; adds what is wrong to `usage`.
  void read(scenario::Endpoint& endpoint, Usage& usage) const;
};

}  // namespace loadstone::cli

// Flags of TLS: of every command that is given a target.
#pragma once

#include <optional>
#include <string>

#include "cli/flags.h"
#include "scenario/scenario.h"
#include "scenario/tls_choices.h"

namespace loadstone::cli {

// As typed.
struct TlsFlags {
  bool insecure = false, no_resume = false;
  std::optional<std::string> cacert, crlfile, cert, key, server_name, min, max;

  void declare(Flags& flags);
  // Adds what is wrong to `usage`.
  [[nodiscard]] scenario::TlsChoices read(Usage& usage) const;
};

// What is wrong with the files that TLS to this endpoint needs; they are read to find out.
[[nodiscard]] Status check_tls_files(const scenario::Endpoint& endpoint);

}  // namespace loadstone::cli

// What a suite or the command line says of TLS, as far as it says anything.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/tls_options.h"

namespace loadstone::scenario {

struct TlsChoices {
  std::optional<bool> insecure, resume;
  std::optional<std::string> ca, crl, cert, key, server_name;
  std::optional<TlsVersion> min_version, max_version;

  // What this leaves open is taken from `others`; a certificate and its key go together.
  void fill(const TlsChoices& others);
  // Changes what this says.
  void apply(TlsOptions& options) const;
};

// "1.2" or "1.3"
[[nodiscard]] Result<TlsVersion> parse_tls_version(std::string_view text);
// A host name or an IP address.
[[nodiscard]] Result<std::string> parse_server_name(std::string_view text);

}  // namespace loadstone::scenario

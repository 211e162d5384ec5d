// A URL taken apart, as far as a load tester needs it. The one door to Boost.URL.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace loadstone {

struct Url {
  std::string scheme;  // lower case: http, https, ws or wss
  std::string host;    // a name, an IPv4 address, or an IPv6 address without brackets
  std::uint16_t port = 0;
  std::string target;  // origin-form: path and query, percent-encoded as given, at least "/"

  // As for the Host header: brackets around IPv6, the port only when it is not the scheme's own.
  [[nodiscard]] std::string authority() const;
  [[nodiscard]] bool is_secure() const { return scheme == "https" || scheme == "wss"; }
  [[nodiscard]] std::string text() const;  // scheme://authority + target
};

// Accepts http, https, ws and wss; without a scheme http is meant ("localhost:8000/health"). A fragment is dropped;
// user information is refused (credentials belong in a header).
[[nodiscard]] Result<Url> parse_url(std::string_view text);

// Whether text is usable as origin-form request target: starts with '/', only visible ASCII, no '#'.
[[nodiscard]] bool is_request_target(std::string_view text);

// Every byte but the unreserved ones (RFC 3986, 2.3) as %XX: a part of a path or a query, whatever it holds.
[[nodiscard]] std::string percent_encoded(std::string_view text);

}  // namespace loadstone

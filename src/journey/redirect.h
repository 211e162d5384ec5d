// Where an answer sends its user (RFC 9110 section 15.4).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/url.h"

namespace loadstone::journey {

// Whether an answer of this status says where to go instead.
[[nodiscard]] bool is_redirect(std::uint16_t status);
// Whether the next request is a GET without a body, whatever this one was: 303 says so, and after a POST 301 and 302
// are taken so by everybody.
[[nodiscard]] bool becomes_get(std::uint16_t status, std::string_view method);

// What `location` means after a request for `target` of `origin`, as a target there. An error when it is another
// service, which nobody asked to load.
[[nodiscard]] Result<std::string> resolve_location(std::string_view location, std::string_view target,
                                                   const Url& origin);

}  // namespace loadstone::journey

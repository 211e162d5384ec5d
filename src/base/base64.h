// Base64 (RFC 4648 section 4), with padding; writing only.
#pragma once

#include <string>
#include <string_view>

namespace loadstone {

[[nodiscard]] std::string to_base64(std::string_view bytes);

}  // namespace loadstone

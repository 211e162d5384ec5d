// JSON text (RFC 8259) to the same tree of values with places that YAML becomes. yaml-cpp reads JSON too, but neither
// surrogates nor files of many megabytes; nlohmann/json reads both, but does not say where a value stood.
#pragma once

#include <optional>

#include "config/parse.h"

namespace loadstone::config {

// Texts have is_quoted set; numbers, true and false have not. Of a repeated name the last value counts, as browsers
// have it. Half a surrogate pair becomes U+FFFD. Reports the first mistake, and returns nothing then.
[[nodiscard]] std::optional<Node> parse_json(const Source& source, Diagnostics& problems, const Bounds& bounds = {});

}  // namespace loadstone::config

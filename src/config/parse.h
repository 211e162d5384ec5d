// YAML text to a tree of values with places. The one door to yaml-cpp, whose exceptions end here.
#pragma once

#include <cstddef>
#include <optional>

#include "config/node.h"

namespace loadstone::config {

// Bounds on what a text may unfold to. Aliases count as often as they are used, so that a small text cannot become a
// huge tree.
inline constexpr std::size_t kMaxNodes = 100'000;
inline constexpr std::size_t kMaxDepth = 64;
inline constexpr std::size_t kMaxTextBytes = std::size_t{16} << 20;

// The one document of the source. Reports every repeated key; after a mistake of syntax the rest is not read. Merge
// keys (<<: *defaults) are resolved. Nothing is returned when anything was reported.
[[nodiscard]] std::optional<Node> parse(const Source& source, Diagnostics& problems);

}  // namespace loadstone::config

// YAML text to a tree of values with places. The one door to yaml-cpp, whose exceptions end here.
#pragma once

#include <cstddef>
#include <optional>

#include "config/node.h"

namespace loadstone::config {

// Bounds on what a text may unfold to. Aliases count as often as they are used, so that a small text cannot become a
// huge tree. Unless others are given, those of a suite.
struct Bounds {
  std::size_t nodes = 100'000;
  std::size_t depth = 64;
  std::size_t text_bytes = std::size_t{16} << 20;
};

// The one document of the source. Reports every repeated key; after a mistake of syntax the rest is not read. Merge
// keys (<<: *defaults) are resolved. Nothing is returned when anything was reported.
[[nodiscard]] std::optional<Node> parse(const Source& source, Diagnostics& problems, const Bounds& bounds = {});

}  // namespace loadstone::config

// Is what an import names part of its language's own library?
#pragma once

#include <string_view>

#include "code_graph/graph/kinds.h"

namespace code_graph::api {

// `target` as written in the source: "os.path", "node:fs", "java.util.List", "net/http". False for languages without a
// list.
[[nodiscard]] bool is_standard_library(graph::Language language, std::string_view target);

}  // namespace code_graph::api

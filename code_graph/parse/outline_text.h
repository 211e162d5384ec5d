// An outline as lines of text, for tests and for people who add a language.
#pragma once

#include <string>

#include "code_graph/parse/outline.h"

namespace code_graph::parse {

// Definitions (with lines, complexity, kind), imports, uses, evidence and entries, in the order of the file.
[[nodiscard]] std::string describe(const Outline& outline);

}  // namespace code_graph::parse

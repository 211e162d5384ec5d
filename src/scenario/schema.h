// The published JSON Schema of suites: for editors, and for those who write suites with programs.
#pragma once

#include <string_view>

namespace loadstone::scenario {

// The text of suite.schema.json.
[[nodiscard]] std::string_view suite_schema();

}  // namespace loadstone::scenario

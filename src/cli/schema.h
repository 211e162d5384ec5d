// `loadstone schema`: prints the JSON Schema of suites.
#pragma once

#include "cli/command.h"

namespace loadstone::cli {

[[nodiscard]] int schema(Console& console, Arguments arguments);

}  // namespace loadstone::cli

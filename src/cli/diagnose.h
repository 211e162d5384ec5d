// `loadstone diagnose URL|SUITE`: raises the load step by step, watches the service, and says what limits it.
#pragma once

#include "cli/command.h"

namespace loadstone::cli {

[[nodiscard]] int diagnose(Console& console, Arguments arguments);

}  // namespace loadstone::cli

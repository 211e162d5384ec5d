// `loadstone simulate`: a real HTTP and WebSocket server with settable latency, errors and faults.
#pragma once

#include "cli/command.h"

namespace loadstone::cli {

[[nodiscard]] int simulate(Console& console, Arguments arguments);

}  // namespace loadstone::cli

// `loadstone ws`: a WebSocket test of one URL.
#pragma once

#include "cli/command.h"

namespace loadstone::cli {

int ws(Console& console, Arguments arguments);

}  // namespace loadstone::cli

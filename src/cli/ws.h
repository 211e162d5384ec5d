// `loadstone ws URL`: one WebSocket test without a file.
#pragma once

#include "cli/command.h"

namespace loadstone::cli {

[[nodiscard]] int ws(Console& console, Arguments arguments);

}  // namespace loadstone::cli

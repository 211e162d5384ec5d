// `loadstone ws URL` and `loadstone sse URL`: one test of a WebSocket or of an event stream without a file.
#pragma once

#include "cli/command.h"

namespace loadstone::cli {

[[nodiscard]] int ws(Console& console, Arguments arguments);
[[nodiscard]] int sse(Console& console, Arguments arguments);

}  // namespace loadstone::cli

// `loadstone probe --listen`: lets loadstone on another machine watch a service on this one.
#pragma once

#include "cli/command.h"

namespace loadstone::cli {

[[nodiscard]] int probe(Console& console, Arguments arguments);

}  // namespace loadstone::cli

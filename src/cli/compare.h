// `loadstone compare A B`: saved results, or two builds measured live.
#pragma once

#include "cli/command.h"

namespace loadstone::cli {

[[nodiscard]] int compare(Console& console, Arguments arguments);

}  // namespace loadstone::cli

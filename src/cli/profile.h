// `loadstone profile SERVICE`: where a running process spends CPU time, and what its threads wait for.
#pragma once

#include "cli/command.h"

namespace loadstone::cli {

[[nodiscard]] int profile(Console& console, Arguments arguments);

}  // namespace loadstone::cli

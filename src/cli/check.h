// `loadstone check SUITE...`: are the suites without mistakes, and what would they do? Sends nothing.
#pragma once

#include "cli/command.h"

namespace loadstone::cli {

[[nodiscard]] int check(Console& console, Arguments arguments);

}  // namespace loadstone::cli

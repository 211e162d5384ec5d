// `loadstone run SUITE...`: all suites are read and checked before anything is sent.
#pragma once

#include "cli/command.h"

namespace loadstone::cli {

[[nodiscard]] int run(Console& console, Arguments arguments);

}  // namespace loadstone::cli

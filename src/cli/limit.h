// `loadstone limit URL|SUITE`: the highest rate that still meets the targets, by steps and bisection.
#pragma once

#include "cli/command.h"

namespace loadstone::cli {

[[nodiscard]] int limit(Console& console, Arguments arguments);

}  // namespace loadstone::cli

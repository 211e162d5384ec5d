// `loadstone doctor`: is this machine fit to measure, and what can be seen of a service?
#pragma once

#include "cli/command.h"

namespace loadstone::cli {

[[nodiscard]] int doctor(Console& console, Arguments arguments);

}  // namespace loadstone::cli

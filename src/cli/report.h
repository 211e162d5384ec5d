// `loadstone report RESULT`: renders a saved result again, also one that a crash cut short.
#pragma once

#include "cli/command.h"

namespace loadstone::cli {

[[nodiscard]] int report(Console& console, Arguments arguments);

}  // namespace loadstone::cli

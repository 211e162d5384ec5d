// `loadstone http URL`: one HTTP test without a file.
#pragma once

#include "cli/command.h"

namespace loadstone::cli {

[[nodiscard]] int http(Console& console, Arguments arguments);

}  // namespace loadstone::cli

// `loadstone init [SOURCE]`: writes a suite from a URL, a HAR file, an OpenAPI document or a curl command. Sends
// nothing.
#pragma once

#include "cli/command.h"

namespace loadstone::cli {

[[nodiscard]] int init(Console& console, Arguments arguments);

}  // namespace loadstone::cli

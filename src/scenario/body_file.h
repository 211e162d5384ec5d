// The body of a request from a file.
#pragma once

#include <string>

#include "base/result.h"

namespace loadstone::scenario {

// All bytes of a regular file of at most kMaxBodyBytes; the error names the file.
[[nodiscard]] Result<std::string> read_body_file(const std::string& path);

}  // namespace loadstone::scenario

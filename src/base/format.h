// The one door to fmt, until <format> arrives: format("{} of {}", a, b). Lists: base/join.h.
#pragma once

#include <fmt/core.h>

namespace loadstone {
using fmt::format;
using fmt::format_to;
}  // namespace loadstone

// The one door to fmt, until <format> arrives: format("{} of {}", a, b).
#pragma once

#include <fmt/format.h>

namespace loadstone {
using fmt::format;
using fmt::format_to;
using fmt::join;
}  // namespace loadstone

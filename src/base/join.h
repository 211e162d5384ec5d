// Lists in texts: format("one of {}", join(names, ", ")). Apart from base/format.h, since it takes twice as long to
// read.
#pragma once

#include <fmt/format.h>

namespace loadstone {
using fmt::join;
}  // namespace loadstone

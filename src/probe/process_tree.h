// The processes that came from one process, as /proc shows them.
#pragma once

#include <sys/types.h>

#include <vector>

namespace loadstone::probe {

// Children of `root`, their children and so on, without zombies. A snapshot: others may be born while it is taken.
[[nodiscard]] std::vector<pid_t> descendants(pid_t root);

}  // namespace loadstone::probe

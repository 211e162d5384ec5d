// The `perf` program, for when the kernel does not let us sample but lets perf, and for stacks without frame pointers.
#pragma once

#include <sys/types.h>

#include <span>

#include "base/clock.h"
#include "base/result.h"
#include "profile/stacks.h"

namespace loadstone::profile {

[[nodiscard]] bool has_perf_program();

// Records with copies of the stack, unwound by DWARF; blocks for `length` and some seconds more. Needs some ten
// megabytes in the temporary folder for a while.
[[nodiscard]] Result<Stacks> run_perf_program(std::span<const pid_t> pids, Nanoseconds length, int per_second);

}  // namespace loadstone::profile

// A canary: the same small work for this machine before every run, so that baselines can tell a machine's bad day from
// a service's.
#pragma once

#include <map>
#include <string>

#include "base/result.h"
#include "engine/run.h"

namespace loadstone::cli {

// Starts the simulator in a process of its own, loads it for two seconds at a rate that hurts nobody, and returns what
// belongs to the environment of a run: compare::kCanaryFields, in seconds. Only while this process has one thread.
// `log_file` is for what the simulator prints.
[[nodiscard]] Result<std::map<std::string, std::string>> hear_canary(const engine::RunOptions& options,
                                                                     const std::string& log_file);

}  // namespace loadstone::cli

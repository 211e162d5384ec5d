// Runs a suite: starts the service, prints the plan, runs each scenario, judges, reports.
#pragma once

#include "cli/console.h"
#include "cli/run_options.h"
#include "scenario/scenario.h"

namespace loadstone::cli {

// Returns the exit code.
[[nodiscard]] int execute(Console& console, const scenario::Suite& suite, const RunOptions& options);

}  // namespace loadstone::cli

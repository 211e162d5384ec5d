// `loadstone baseline save|list|show|rm`: what earlier runs of an accepted build measured, kept under a name.
#pragma once

#include "base/result.h"
#include "cli/command.h"
#include "cli/run_options.h"
#include "result/result.h"

namespace loadstone::cli {

[[nodiscard]] int baseline(Console& console, Arguments arguments);

// Whether options.baseline, if any, is there: to be asked before anything is sent.
[[nodiscard]] Status check_baseline(const Console& console, const RunOptions& options);

// The run against options.baseline: prints the comparison and returns its exit code (kExitMet without a baseline).
[[nodiscard]] int judge_against_baseline(Console& console, const result::RunResult& run, const RunOptions& options);

// Where baselines are kept: the flag, else LOADSTONE_HISTORY, else below the user's own data folder.
[[nodiscard]] std::string history_file(const Console& console, const std::string& flag);

}  // namespace loadstone::cli

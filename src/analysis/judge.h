// The journal of a run to its result, judged. One path for a run that has just ended and for one found after a crash.
#pragma once

#include <filesystem>

#include "base/result.h"
#include "result/result.h"

namespace loadstone::analysis {

// Reads the journal twice, once more where a warm-up is cut. Memory depends on the number of scenarios and families,
// not on the length of the run.
[[nodiscard]] Result<result::RunResult> judge(const std::filesystem::path& journal);

// Counts the verdicts of the scenarios and takes the worst as the run's.
void sum_up(result::RunResult& run);

struct ExitPolicy {
  int on_miss = 1;
  result::Verdict on_inconclusive = result::Verdict::kInconclusive;  // kPass or kFail maps it
  int signal = 0;  // that interrupted the run: SIGINT gives 130, SIGTERM 143
};
[[nodiscard]] int exit_code(const result::RunResult& run, const ExitPolicy& policy = {});

}  // namespace loadstone::analysis

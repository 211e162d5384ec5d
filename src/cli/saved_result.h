// Results that runs have left, found by the path that a user types.
#pragma once

#include <filesystem>
#include <vector>

#include "base/result.h"
#include "result/result.h"

namespace loadstone::cli {

struct SavedResult {
  result::RunResult result;
  std::filesystem::path folder;
  std::filesystem::path journal;  // empty when there is none
};

// A folder of results, a result document, or a journal. A run that wrote no result is judged from its journal.
[[nodiscard]] Result<SavedResult> load_result(const std::filesystem::path& path);

// The same, or a folder whose folders hold results: repeated runs, in order of their names. At least one.
[[nodiscard]] Result<std::vector<SavedResult>> load_results(const std::filesystem::path& path);

}  // namespace loadstone::cli

// What `loadstone run` was told to do, understood and checked, before any suite is read.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "cli/flags.h"
#include "cli/run_options.h"
#include "scenario/load.h"

namespace loadstone::cli {

struct RunOrder {
  std::vector<std::string> files;
  scenario::LoadOptions load;
  RunOptions options;
};
[[nodiscard]] tl::expected<RunOrder, Usage> parse_run(const Console& console, Arguments arguments);

// The folder for each suite's results: `out` itself for one, folders named after the files for several; all empty
// without `out`.
[[nodiscard]] std::vector<std::string> result_folders(const std::string& out,
                                                      const std::vector<scenario::Suite>& suites);

}  // namespace loadstone::cli

// Flags that choose and change suites: of `run` and `check`.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/flags.h"
#include "cli/tls_flags.h"
#include "scenario/load.h"

namespace loadstone::cli {

struct SuiteFlags {
  std::vector<std::string> files;
  std::optional<std::string> target, scale;
  std::vector<std::string> sets;
  std::vector<std::string> only;
  TlsFlags tls;

  void declare(Flags& flags);
  // Adds what is wrong to `usage`. Variables that no --set gives are asked of the console's environment.
  [[nodiscard]] scenario::LoadOptions read(const Console& console, Usage& usage) const;
};

// Loads every file. What is wrong with them is printed; then nothing is returned. A --set that no file uses is a
// mistake.
[[nodiscard]] std::optional<std::vector<scenario::Suite>> load_suites(Console& console,
                                                                      const std::vector<std::string>& files,
                                                                      const scenario::LoadOptions& options);

}  // namespace loadstone::cli

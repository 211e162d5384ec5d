// Suite files to suites. Everything that is wrong with a file is reported at once.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/url.h"
#include "config/variables.h"
#include "scenario/scenario.h"
#include "scenario/tls_choices.h"

namespace loadstone::scenario {

inline constexpr std::size_t kMaxScenarios = 1000;

// What the command line changes in a suite.
struct LoadOptions {
  config::Variables variables;
  std::optional<Url> target;      // instead of every target in the file; the service is then not started
  std::vector<std::string> only;  // keep the scenarios whose name matches one of these globs; empty keeps all
  double scale = 1;               // of all durations: stages, warm-ups and run time-outs
  TlsChoices tls;                 // go before those in the file
};

struct Loaded {
  std::optional<Suite> suite;                    // only of a file without mistakes
  std::string problems;                          // for a person; empty when there is a suite
  std::set<std::string, std::less<>> variables;  // those that the file names
};

[[nodiscard]] Loaded load_suite(const std::string& path, const LoadOptions& options);
// The same from a text; `path` names it in messages, and body files are looked for beside it.
[[nodiscard]] Loaded load_suite_text(const std::string& path, std::string_view text, const LoadOptions& options);

}  // namespace loadstone::scenario

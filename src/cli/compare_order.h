// What `loadstone compare` was told to do, understood and checked.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "cli/flags.h"
#include "cli/run_options.h"
#include "compare/pairs.h"
#include "duet/live.h"
#include "scenario/scenario.h"

namespace loadstone::cli {

enum class CompareFormat : std::uint8_t { kText, kJson, kSummary };

struct CompareOrder {
  std::string a, b;
  std::vector<std::string> beside;  // further results, for the page alone
  compare::Margins margins;
  CompareFormat format = CompareFormat::kText;
  std::string out;   // folder for comparison.json, comparison.html and the pairs; empty: nothing is kept
  std::string page;  // where else the page goes; empty: nowhere
  int exit_code_on_miss = kExitMissed;
  OnInconclusive on_inconclusive = OnInconclusive::kReport;

  // Live only.
  bool is_live = false;
  std::vector<scenario::Scenario> loads;
  duet::BuildSpec build_a, build_b;
  std::optional<compare::Design> design;  // as asked for; else the best that the builds allow
  std::size_t most_pairs = 120;
  Nanoseconds trial_length{2s};
  std::optional<std::uint64_t> seed;
  ReactorChoice reactor = ReactorChoice::kAuto;
  bool fresh = false;
};
// Mistakes of a suite are printed to the console, as `run` prints them.
[[nodiscard]] tl::expected<CompareOrder, Usage> parse_compare(Console& console, Arguments arguments);

}  // namespace loadstone::cli

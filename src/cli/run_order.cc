#include "cli/run_order.h"

#include <filesystem>
#include <set>

#include "base/format.h"
#include "cli/run_flags.h"
#include "cli/suite_flags.h"
#include "scenario/values.h"

namespace loadstone::cli {

tl::expected<RunOrder, Usage> parse_run(const Console& console, Arguments arguments) {
  Flags flags("run", "SUITE... [FLAGS]", "Runs suites: starts their service, sends their load, judges their targets.");
  SuiteFlags suites;
  suites.declare(flags);
  RunFlags run;
  run.declare(flags);
  bool is_fail_fast = false;
  flags.group("Running");
  flags.flag(is_fail_fast, "--fail-fast", "Stop after the first scenario that does not pass");
  std::optional<std::string> baseline, history;
  bool canary = false;
  flags.group("Results");
  flags.value(baseline, "--baseline", "NAME", "Also compare with the runs saved under this name: loadstone baseline");
  flags.flag(canary, "--canary",
             "Measure first what this machine makes of fixed work, so that baselines can leave its bad days out (3 s)");
  flags.value(history, "--history", "FILE",
              "Where baselines are kept (LOADSTONE_HISTORY, else the user's data folder)");
  Usage usage = flags.parse(arguments);
  if (!usage.help.empty()) return tl::unexpected(std::move(usage));
  RunOrder order;
  order.load = suites.read(console, usage);
  order.options = run.read(usage);
  if (!usage.mistakes.empty()) return tl::unexpected(std::move(usage));
  order.files = suites.files;
  order.options.fail_fast = is_fail_fast;
  order.options.baseline = baseline.value_or("");
  order.options.canary = canary;
  order.options.history = history.value_or("");
  order.options.command_line = command_line("run", arguments);
  return order;
}

std::vector<std::string> result_folders(const std::string& out, const std::vector<scenario::Suite>& suites) {
  std::vector<std::string> folders;
  std::set<std::string> taken;
  for (const scenario::Suite& suite : suites) {
    if (out.empty() || suites.size() == 1) {
      folders.push_back(out);
      continue;
    }
    const std::string stem = scenario::safe_file_name(std::filesystem::path(suite.file).stem().string());
    std::string name = stem;
    for (int i = 2; !taken.insert(name).second; ++i) name = format("{}-{}", stem, i);
    folders.push_back((std::filesystem::path(out) / name).string());
  }
  return folders;
}

}  // namespace loadstone::cli

#include "cli/check.h"

#include <algorithm>

#include "base/format.h"
#include "base/units.h"
#include "cli/exit_code.h"
#include "cli/flags.h"
#include "cli/suite_flags.h"

namespace loadstone::cli {
namespace {

std::string how_many(std::size_t n, std::string_view one) { return format("{} {}{}", n, one, n == 1 ? "" : "s"); }

std::string summary(const scenario::Suite& suite) {
  std::size_t targets = 0;
  std::size_t width = 0;
  Nanoseconds total{0};
  bool has_end = true;
  for (const scenario::Scenario& s : suite.scenarios) {
    targets += s.targets.size();
    width = std::max(width, s.name.size());
    const auto planned = scenario::planned_duration(s);
    has_end = has_end && planned;
    total += scenario::warmup(s) + planned.value_or(Nanoseconds(0));
  }
  std::string text = format("{}: {}, {}, {}{}\n", suite.file, how_many(suite.scenarios.size(), "scenario"),
                            how_many(targets, "target"), has_end ? "" : "more than ", show_duration(total));
  for (const scenario::Scenario& s : suite.scenarios)
    text += format("  {:<{}}  {}\n", s.name, width, scenario::describe_load(s));
  return text;
}

}  // namespace

int check(Console& console, Arguments arguments) {
  Flags flags("check", "SUITE... [FLAGS]",
              "Reads suites, reports every mistake, and says what they would do. Sends nothing.");
  SuiteFlags typed;
  typed.declare(flags);
  Usage usage = flags.parse(arguments);
  if (!usage.help.empty()) return answer(console, usage);
  const auto options = typed.read(console, usage);
  if (!usage.mistakes.empty()) return answer(console, usage);
  const auto suites = load_suites(console, typed.files, options);
  if (!suites) return kExitUsage;
  for (const scenario::Suite& suite : *suites) console.out << summary(suite);
  return kExitMet;
}

}  // namespace loadstone::cli

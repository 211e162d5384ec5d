#include "cli/suite_flags.h"

#include <set>

#include "base/format.h"
#include "base/units.h"
#include "cli/run_flags.h"
#include "config/diagnostic.h"

namespace loadstone::cli {
namespace {

Result<double> parse_scale(std::string_view text) {
  const auto scale = parse_count(text);
  if (!scale || *scale < 0.001 || *scale > 1000)
    return fail(ErrorCode::kInvalid, "expected a factor from 0.001 to 1000, such as 0.1");
  return scale;
}

// One line for each mistake, however many scenarios share it.
std::string wrong_tls_files(const scenario::Suite& suite) {
  std::set<std::string> lines;
  const auto check = [&](const scenario::Endpoint& endpoint) {
    if (const auto good = check_tls_files(endpoint); !good)
      lines.insert(format("error: {}: {}\n", suite.file, config::printable(good.error().message)));
  };
  if (suite.service) check(suite.service->endpoint);
  for (const scenario::Scenario& s : suite.scenarios) check(s.endpoint);
  std::string text;
  for (const std::string& line : lines) text += line;
  return text;
}

}  // namespace

void SuiteFlags::declare(Flags& flags) {
  flags.positionals(files, "SUITE", "Suite files");
  flags.group("Suite");
  flags.value(target, "--target", "URL", "Instead of every target in the suite; its service is then not started");
  flags.values(sets, "--set", "NAME=VALUE", "The value of ${NAME} in the suite; goes before the environment");
  flags.values(only, "--only", "GLOB", "Only scenarios whose name matches: 'scaling_*'");
  flags.value(scale, "--scale", "X", "All durations times X: 0.1 for a quick look, 10 for more certainty");
  tls.declare(flags);
}

scenario::LoadOptions SuiteFlags::read(const Console& console, Usage& usage) const {
  scenario::LoadOptions options;
  options.variables.environment = console.environment;
  // After a mistake with flags the file may have been taken for a value.
  if (files.empty() && usage.mistakes.empty())
    usage.mistakes.emplace_back("the suite file is missing, such as suites/code-graph.yaml");
  options.target = read_flag(target, "--target", parse_url, usage);
  if (options.target && (options.target->scheme == "ws" || options.target->scheme == "wss"))
    usage.mistakes.push_back(format("--target {}: expected http or https", shown(*target)));
  if (options.target && options.target->target.find('?') != std::string::npos)
    usage.mistakes.push_back(format("--target {}: a target has no query", shown(*target)));
  options.scale = read_flag(scale, "--scale", parse_scale, usage).value_or(1);
  options.only = only;
  options.tls = tls.read(usage);
  for (const std::string& set : sets) {
    const std::size_t equals = set.find('=');
    const std::string name = set.substr(0, equals);
    if (equals == std::string::npos || !config::is_variable_name(name))
      usage.mistakes.push_back(format("--set {}: expected NAME=VALUE", shown(set)));
    else if (!options.variables.set.emplace(name, set.substr(equals + 1)).second)
      usage.mistakes.push_back(format("--set: {} is given more than once", name));
  }
  return options;
}

std::optional<std::vector<scenario::Suite>> load_suites(Console& console, const std::vector<std::string>& files,
                                                        const scenario::LoadOptions& options) {
  std::vector<scenario::Suite> suites;
  std::set<std::string, std::less<>> variables;
  std::string problems;
  for (const std::string& file : files) {
    scenario::Loaded loaded = scenario::load_suite(file, options);
    problems += loaded.problems;
    variables.merge(loaded.variables);
    if (!loaded.suite) continue;
    problems += wrong_tls_files(*loaded.suite);
    suites.push_back(std::move(*loaded.suite));
  }
  if (problems.empty()) {
    for (const auto& [name, value] : options.variables.set) {
      if (variables.contains(name)) continue;
      const std::string_view near = nearest_word(name, variables);
      problems += format("error: --set {}: no suite uses ${{{}}}{}\n", name, name,
                         near.empty() ? "" : "; " + config::did_you_mean(near));
    }
  }
  if (problems.empty()) return suites;
  console.err << problems;
  return std::nullopt;
}

}  // namespace loadstone::cli

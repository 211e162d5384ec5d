#include "cli/baseline.h"

#include <algorithm>
#include <cmath>
#include <filesystem>

#include "base/format.h"
#include "base/units.h"
#include "cli/exit_code.h"
#include "cli/flags.h"
#include "cli/run_flags.h"
#include "cli/saved_result.h"
#include "cli/text_style.h"
#include "compare/text.h"
#include "history/history.h"
#include "report/layout.h"
#include "report/words.h"
#include "result/document.h"
#include "stats/change_points.h"
#include "stats/estimate.h"
#include "stats/occasions.h"
#include "stats/sequential.h"

namespace loadstone::cli {
namespace {

using history::History;

constexpr std::string_view kComparisonFile = "baseline.json";

int say(Console& console, const Error& error, int code) {
  console.err << "loadstone: " << error.message << "\n" << std::flush;
  return code;
}

int save(Console& console, History& history, const std::string& name, std::span<const std::string> paths) {
  // All are read before any is kept.
  std::vector<SavedResult> results;
  for (const auto& path : paths) {
    auto loaded = load_results(path);
    if (!loaded) return say(console, loaded.error(), kExitUsage);
    for (auto& saved : *loaded) results.push_back(std::move(saved));
  }
  std::size_t kept = 0;
  for (const auto& saved : results) {
    const auto is_new = history.save(name, saved.result);
    if (!is_new) return say(console, is_new.error(), kExitInvalid);
    if (!*is_new) console.err << format("{} is in '{}' already\n", saved.folder.string(), name);
    kept += *is_new ? 1 : 0;
  }
  console.out << format("{} of {} results saved in '{}'\n", kept, results.size(), name) << std::flush;
  return kExitMet;
}

int list(Console& console, History& history) {
  const auto baselines = history.list();
  if (!baselines) return say(console, baselines.error(), kExitInvalid);
  if (baselines->empty()) {
    console.out << "there are no baselines yet: loadstone baseline save NAME RESULT\n";
    return kExitMet;
  }
  std::vector<std::vector<std::string>> rows;
  for (const auto& b : *baselines)
    rows.push_back({b.name, format("{}", b.runs), report::show_time(b.first), report::show_time(b.last)});
  for (const auto& line : report::table({{"baseline"}, {"runs", true}, {"first"}, {"last"}}, rows))
    console.out << line << "\n";
  return kExitMet;
}

std::vector<double> logs_of(const std::vector<compare::OccasionValue>& values) {
  std::vector<double> logs;
  for (const auto& v : values) logs.push_back(v.log_value);
  return logs;
}

// What a baseline of these occasions can resolve: the change that 95 % of comparisons would see.
std::string resolves(std::vector<compare::OccasionValue> values) {
  const bool by_canary = compare::take_out_machine(values);
  if (values.size() < stats::kFewestOccasions)
    return format("{} occasions more are needed", stats::kFewestOccasions - values.size());
  const auto logs = logs_of(values);
  const auto prediction = stats::predict(logs, logs.back(), stats::kSingleLevel);
  return format("{:.1f} %{}", 100 * std::expm1(prediction.smallest), by_canary ? " by the canary" : "");
}

// For reading only: places chosen where the difference is largest are no test.
std::string changes(const std::vector<compare::OccasionValue>& values) {
  std::string text;
  for (const auto& change : stats::change_points(logs_of(values)))
    text += format("{}{:+.1f} % from {}", text.empty() ? "" : ", ", 100 * std::expm1(change.after - change.before),
                   report::show_time(values[change.at].started_at).substr(0, 10));
  return text;
}

int show(Console& console, History& history, const std::string& name) {
  const auto runs = history.load(name);
  if (!runs) return say(console, runs.error(), kExitUsage);
  console.out << format("{}: {} runs from {} to {}\n", name, runs->size(), report::show_time(runs->front().started_at),
                        report::show_time(runs->back().started_at));
  std::map<std::string, std::vector<compare::Observation>> scenarios;
  std::string machines;
  for (const auto& saved : *runs)
    for (const auto& [scenario, observation] : saved.scenarios) {
      scenarios[scenario].push_back(observation);
      if (machines.empty())
        machines = compare::difference(observation.environment, runs->back().scenarios.begin()->second.environment);
    }
  if (!machines.empty())
    console.out << format("its runs are of different machines ({}): nothing can be judged against it\n", machines);
  std::vector<std::vector<std::string>> rows;
  for (const auto& [scenario, observations] : scenarios)
    for (const auto& metric : compare::compared_metrics()) {
      const auto values = compare::occasion_values(observations, std::string(metric.name));
      if (values.empty()) continue;
      const auto logs = logs_of(values);
      const double deviation = logs.size() < 2 ? 0 : stats::deviation(logs);
      rows.push_back({scenario, std::string(metric.name), format("{}", values.size()),
                      show_quantity(std::exp(stats::mean(logs)), metric.unit),
                      format("{:.1f} %", 100 * std::expm1(deviation)), resolves(values), changes(values)});
    }
  const auto style = text_style(console);
  for (const auto& line : report::table({{"scenario"},
                                         {"metric"},
                                         {"occasions", true},
                                         {"mean", true},
                                         {"differ by", true},
                                         {"resolves", true},
                                         {"changes (for reading)"}},
                                        rows))
    console.out << (style.unicode ? line : report::to_ascii(line)) << "\n";
  return kExitMet;
}

int remove(Console& console, History& history, std::span<const std::string> names) {
  int code = kExitMet;
  for (const auto& name : names) {
    const auto removed = history.remove(name);
    if (!removed)
      code = say(console, removed.error(), kExitUsage);
    else
      console.out << format("'{}' is gone, with {} runs\n", name, *removed);
  }
  return code;
}

}  // namespace

std::string history_file(const Console& console, const std::string& flag) {
  const auto variable = [&](std::string_view name) -> std::string {
    return console.environment ? console.environment(name).value_or("") : "";
  };
  if (!flag.empty()) return flag;
  if (auto file = variable("LOADSTONE_HISTORY"); !file.empty()) return file;
  std::string folder = variable("XDG_DATA_HOME");
  if (folder.empty() && !variable("HOME").empty()) folder = variable("HOME") + "/.local/share";
  return (folder.empty() ? std::string(".loadstone") : folder + "/loadstone") + "/history.db";
}

int baseline(Console& console, Arguments arguments) {
  Flags flags(
      "baseline", "save NAME RESULT... | list | show NAME | rm NAME... [FLAGS]",
      "Keeps what runs of an accepted build measured, for `loadstone run --baseline NAME`. A baseline needs runs "
      "of at least five occasions (results more than an hour apart) before anything can be judged against it.");
  std::vector<std::string> words;
  std::optional<std::string> file;
  flags.positionals(words, "ACTION", "save NAME RESULT..., list, show NAME or rm NAME...");
  flags.value(file, "--history", "FILE", "Where baselines are kept (LOADSTONE_HISTORY, else the user's data folder)");
  Usage usage = flags.parse(arguments);
  const std::string action = words.empty() ? "" : words.front();
  const auto expect = [&](bool good, std::string_view what) {
    if (usage.mistakes.empty() && !good) usage.mistakes.push_back(format("expected {}", what));
  };
  if (usage.help.empty()) {
    if (action == "save")
      expect(words.size() >= 3, "save NAME RESULT...: a name and one or more results");
    else if (action == "list")
      expect(words.size() == 1, "list alone");
    else if (action == "show")
      expect(words.size() == 2, "show NAME");
    else if (action == "rm")
      expect(words.size() >= 2, "rm NAME...");
    else
      expect(false, "save, list, show or rm");
  }
  if (!usage.help.empty() || !usage.mistakes.empty()) return answer(console, usage);
  auto history = History::open(history_file(console, file.value_or("")));
  if (!history) return say(console, history.error(), kExitInvalid);
  const std::span<const std::string> rest = std::span(words).subspan(1);
  if (action == "save") return save(console, *history, rest[0], rest.subspan(1));
  if (action == "list") return list(console, *history);
  if (action == "show") return show(console, *history, rest[0]);
  return remove(console, *history, rest);
}

Status check_baseline(const Console& console, const RunOptions& options) {
  if (options.baseline.empty()) return {};
  auto history = History::open(history_file(console, options.history));
  if (!history) return fail(history.error());
  const auto runs = history->load(options.baseline);
  return runs ? Status() : fail(runs.error());
}

int judge_against_baseline(Console& console, const result::RunResult& run, const RunOptions& options) {
  if (options.baseline.empty()) return kExitMet;
  auto history = History::open(history_file(console, options.history));
  if (!history) return say(console, history.error(), kExitInvalid);
  const auto runs = history->load(options.baseline);
  if (!runs) return say(console, runs.error(), kExitInvalid);
  std::vector<std::map<std::string, compare::Observation>> earlier;
  for (const auto& saved : *runs) earlier.push_back(saved.scenarios);
  const std::vector<std::map<std::string, compare::Observation>> now{compare::observe(run)};
  auto comparison = compare::compare_saved(earlier, now);
  comparison.a = format("baseline '{}'", options.baseline);
  comparison.b = "this run";
  comparison.seed = run.run.seed;
  console.out << "\n";
  compare::write_text(comparison, text_style(console), console.out);
  console.out << std::flush;
  if (!options.out.empty())
    if (const auto status =
            result::write_file(std::filesystem::path(options.out) / kComparisonFile, compare::write_json(comparison));
        !status)
      return say(console, status.error(), kExitInvalid);
  switch (comparison.verdict) {
    case compare::Verdict::kRegressed:
      return options.exit_code_on_miss;
    case compare::Verdict::kInvalid:
      return kExitInvalid;
    case compare::Verdict::kInconclusive:
      if (options.on_inconclusive == OnInconclusive::kPass) return kExitMet;
      return options.on_inconclusive == OnInconclusive::kFail ? options.exit_code_on_miss : kExitInconclusive;
    case compare::Verdict::kImproved:
    case compare::Verdict::kNotRegressed:
      break;
  }
  return kExitMet;
}

}  // namespace loadstone::cli

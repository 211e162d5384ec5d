#include "cli/compare.h"

#include <cstdlib>
#include <filesystem>
#include <random>
#include <sstream>

#include "base/format.h"
#include "cli/compare_order.h"
#include "cli/interrupt.h"
#include "cli/reactor_kind.h"
#include "cli/saved_result.h"
#include "cli/temporary_folder.h"
#include "cli/text_style.h"
#include "compare/saved.h"
#include "compare/text.h"
#include "report/report.h"
#include "result/document.h"
#include "scenario/values.h"

namespace loadstone::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kComparisonFile = "comparison.json";
constexpr std::string_view kMarkdownFile = "comparison.md";
constexpr std::string_view kPageFile = "comparison.html";

int exit_code_of(const compare::Comparison& comparison, const CompareOrder& order) {
  switch (comparison.verdict) {
    case compare::Verdict::kImproved:
    case compare::Verdict::kNotRegressed:
      return kExitMet;
    case compare::Verdict::kRegressed:
      return order.exit_code_on_miss;
    case compare::Verdict::kInvalid:
      return kExitInvalid;
    case compare::Verdict::kInconclusive:
      break;
  }
  if (order.on_inconclusive == OnInconclusive::kPass) return kExitMet;
  return order.on_inconclusive == OnInconclusive::kFail ? order.exit_code_on_miss : kExitInconclusive;
}

// Everything that is kept of a comparison; `drawn` are the results that the page lays over one another.
Status write_files(const compare::Comparison& comparison, std::vector<report::NamedResult> drawn,
                   const CompareOrder& order) {
  if (order.out.empty() && order.page.empty()) return {};
  std::error_code error;  // a folder that cannot be made shows when it is written to
  if (!order.out.empty()) fs::create_directories(order.out, error);
  const std::string json = compare::write_json(comparison);
  std::ostringstream page;
  report::write_page({std::move(drawn), json, ""}, page);
  if (!order.page.empty())
    if (const auto status = result::write_file(order.page, page.str()); !status) return status;
  if (order.out.empty()) return {};
  std::ostringstream markdown;
  compare::write_markdown(comparison, markdown);
  const fs::path folder = order.out;
  if (const auto status = result::write_file(folder / kComparisonFile, json); !status) return status;
  if (const auto status = result::write_file(folder / kMarkdownFile, markdown.str()); !status) return status;
  return result::write_file(folder / kPageFile, page.str());
}

int show(Console& console, const compare::Comparison& comparison, std::vector<report::NamedResult> drawn,
         const CompareOrder& order) {
  switch (order.format) {
    case CompareFormat::kText:
      compare::write_text(comparison, text_style(console), console.out);
      break;
    case CompareFormat::kJson:
      console.out << compare::write_json(comparison);
      break;
    case CompareFormat::kSummary:
      console.out << compare::summary_line(comparison) << "\n";
      break;
  }
  console.out << std::flush;
  if (const auto status = write_files(comparison, std::move(drawn), order); !status) {
    console.err << "loadstone: " << status.error().message << "\n";
    return kExitInvalid;
  }
  return exit_code_of(comparison, order);
}

// Of repeated results the last stands for its side: it is the one that its owner has seen last.
report::NamedResult drawn_of(std::size_t side, const std::string& path, const std::vector<SavedResult>& results) {
  const char letter[] = {static_cast<char>('A' + side), '\0'};
  return {letter, results.size() == 1 ? path : format("{}, the last of {} results", path, results.size()),
          &results.back().result};
}

int compare_results(Console& console, const CompareOrder& order) {
  std::vector<std::string> paths{order.a, order.b};
  paths.insert(paths.end(), order.beside.begin(), order.beside.end());
  std::vector<std::vector<SavedResult>> sides;
  for (const std::string& path : paths) {
    auto results = load_results(path);
    if (!results) {
      console.err << "loadstone: " << results.error().message << "\n";
      return kExitUsage;
    }
    sides.push_back(std::move(*results));
  }
  std::vector<std::map<std::string, compare::Observation>> observed[2];
  for (const std::size_t side : {0U, 1U})
    for (const auto& saved : sides[side]) observed[side].push_back(compare::observe(saved.result));
  auto comparison = compare::compare_saved(observed[0], observed[1], order.margins);
  comparison.a = order.a;
  comparison.b = order.b;
  std::vector<report::NamedResult> drawn;
  for (std::size_t i = 0; i < sides.size(); ++i) drawn.push_back(drawn_of(i, paths[i], sides[i]));
  return show(console, comparison, std::move(drawn), order);
}

// One line a look, so that whoever waits sees what for.
void tell(Console& console, std::size_t pairs, std::size_t most, const compare::ScenarioChange& so_far) {
  std::string text = format("  {} of at most {} pairs", pairs, most);
  for (const auto& m : so_far.metrics)
    if (m.gates && m.count > 0) text += format(", {} {:+.1f} %", m.metric, 100 * m.effect);
  console.err << text << "\n" << std::flush;
}

int compare_builds(Console& console, const CompareOrder& order) {
  Interrupt::watch();
  const auto logs = TemporaryFolder::make(order.out);
  if (!logs) {
    console.err << "loadstone: " << logs.error().message << "\n";
    return kExitUsage;
  }
  compare::Comparison comparison;
  comparison.a = order.a;
  comparison.b = order.b;
  comparison.seed = order.seed ? *order.seed : std::random_device{}() & 0x7fffffffU;
  const bool both_start = !order.build_a.url && !order.build_b.url;

  duet::LiveOptions options;
  // Only a process that is ours can be moved from core to core.
  options.design = order.design.value_or(both_start ? compare::Design::kDuetSwap : compare::Design::kInterleaved);
  options.most_pairs = order.most_pairs;
  options.trial_length = order.trial_length;
  options.margins = order.margins;
  options.trial.reactor = reactor_kind(order.reactor);
  options.trial.should_stop = [] { return Interrupt::signal() != 0; };
  options.log_folder = logs->path().string();
  options.progress = [&](std::size_t pairs, const compare::ScenarioChange& so_far) {
    tell(console, pairs, order.most_pairs, so_far);
  };
  if (options.design == compare::Design::kDuetSwap && !both_start)
    comparison.notes.emplace_back(
        "a URL's process cannot be moved from core to core: what the cores do to one build "
        "may look like its own doing");
  for (const auto& load : order.loads) {
    const auto& http = std::get<scenario::HttpLoad>(load.kind);
    console.err << format("{}: {}, {}, looks at {} pairs, seed {}\n", load.name, scenario::describe_load(http),
                          compare::in_words(options.design), join(duet::looks_up_to(options.most_pairs), ", "),
                          comparison.seed)
                << std::flush;
    const fs::path folder = order.out.empty() ? fs::path() : fs::path(order.out) / scenario::safe_file_name(load.name);
    const std::string what = format("{} {} | {} | {} | {} | {}", compare::name(options.design), comparison.seed,
                                    load.name, scenario::describe_load(http), order.a, order.b);
    auto record = duet::Record::open(folder, what, order.fresh);
    if (!record) {
      console.err << "loadstone: " << record.error().message << "\n";
      return kExitUsage;
    }
    options.trial.seed = comparison.seed;
    auto change = duet::compare_live(order.build_a, order.build_b, load, *record, options);
    if (Interrupt::signal() != 0) return 128 + Interrupt::signal();
    if (!change) {
      console.err << "loadstone: " << change.error().message << "\n";
      return kExitInvalid;
    }
    if (record->found() > 0) change->notes.push_back(format("{} pairs were on record", record->found()));
    comparison.scenarios.push_back(std::move(*change));
  }
  comparison.verdict = comparison.scenarios.front().verdict;
  for (const auto& s : comparison.scenarios) comparison.verdict = worse(comparison.verdict, s.verdict);
  return show(console, comparison, {}, order);
}

}  // namespace

int compare(Console& console, Arguments arguments) {
  const auto order = parse_compare(console, arguments);
  if (!order) return answer(console, order.error());
  return order->is_live ? compare_builds(console, *order) : compare_results(console, *order);
}

}  // namespace loadstone::cli

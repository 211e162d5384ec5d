#include "cli/report.h"

#include <algorithm>
#include <filesystem>

#include "analysis/judge.h"
#include "base/format.h"
#include "cli/exit_code.h"
#include "cli/flags.h"
#include "cli/saved_result.h"
#include "cli/text_style.h"
#include "report/report.h"

namespace loadstone::cli {
namespace fs = std::filesystem;

int report(Console& console, Arguments arguments) {
  Flags flags("report", "RESULT [FLAGS]",
              "Shows a saved result: a folder that a run has left, or its result.json. A run that was cut short is "
              "shown as far as it came.");
  std::vector<std::string> paths;
  std::vector<std::string> wanted;
  std::optional<std::string> out;
  flags.positionals(paths, "RESULT", "Folder or file");
  std::string names;
  for (const auto& format : report::formats()) names += (names.empty() ? "" : "|") + std::string(format.name);
  flags.values(wanted, "--format", names, "How to show it (text); may be given again");
  flags.value(out, "-o,--out", "DIR", "Write every format to this folder");
  Usage usage = flags.parse(arguments);
  if (usage.help.empty() && paths.size() != 1)
    usage.mistakes.emplace_back("expected one RESULT: a folder that a run has left, or its result.json");
  for (const std::string& name : wanted)
    if (report::find_format(name) == nullptr)
      usage.mistakes.push_back(format("--format: '{}' is not a format; expected one of {}", name, names));
  if (!usage.help.empty() || !usage.mistakes.empty()) return answer(console, usage);

  const auto saved = load_result(paths.front());
  if (!saved) {
    console.err << "loadstone: " << saved.error().message << "\n";
    return kExitUsage;
  }
  const report::Source source{saved->result, saved->journal, saved->folder.string()};
  if (out) {
    std::error_code error;
    fs::create_directories(*out, error);
    if (const auto status = report::write_files(source, *out); !status) {
      console.err << "loadstone: " << status.error().message << "\n";
      return kExitUsage;
    }
  }
  if (wanted.empty()) wanted.emplace_back("text");
  for (const std::string& name : wanted) {
    const auto status = report::find_format(name)->render(source, text_style(console), console.out);
    if (!status) {
      console.err << "loadstone: " << status.error().message << "\n";
      return kExitUsage;
    }
  }
  return analysis::exit_code(saved->result);
}

}  // namespace loadstone::cli

#include "cli/report.h"

#include <algorithm>
#include <filesystem>

#include "analysis/judge.h"
#include "base/format.h"
#include "cli/exit_code.h"
#include "cli/flags.h"
#include "cli/text_style.h"
#include "report/report.h"
#include "result/document.h"
#include "result/journal.h"

namespace loadstone::cli {
namespace {

namespace fs = std::filesystem;

struct Saved {
  result::RunResult result;
  fs::path folder;
  fs::path journal;  // empty when there is none
};

// A folder of results, a result document, or a journal. A run that wrote no result is judged from its journal.
Result<Saved> load(const fs::path& path) {
  std::error_code error;
  if (!fs::exists(path, error)) return fail(ErrorCode::kNotFound, format("there is no {}", path.string()));
  Saved saved;
  saved.folder = fs::is_directory(path, error) ? path : path.parent_path();
  const fs::path document = fs::is_directory(path, error) ? path / result::kResultFile : path;
  const fs::path journal = saved.folder / result::kJournalFile;
  if (fs::exists(journal, error)) saved.journal = journal;
  if (document.filename() != result::kJournalFile && fs::exists(document, error)) {
    auto read = result::read_document_file(document);
    if (!read) return fail(read.error());
    saved.result = std::move(*read);
    return saved;
  }
  if (saved.journal.empty())
    return fail(ErrorCode::kNotFound, format("{} holds no results: neither {} nor {}", path.string(),
                                             result::kResultFile, result::kJournalFile));
  auto judged = analysis::judge(saved.journal);
  if (!judged) return fail(judged.error());
  saved.result = std::move(*judged);
  return saved;
}

}  // namespace

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

  const auto saved = load(paths.front());
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

#include "cli/saved_result.h"

#include <algorithm>

#include "analysis/judge.h"
#include "base/format.h"
#include "result/document.h"
#include "result/journal.h"

namespace loadstone::cli {
namespace {

namespace fs = std::filesystem;

bool holds_result(const fs::path& folder) {
  std::error_code error;
  return fs::exists(folder / result::kResultFile, error) || fs::exists(folder / result::kJournalFile, error);
}

}  // namespace

Result<SavedResult> load_result(const fs::path& path) {
  std::error_code error;
  if (!fs::exists(path, error)) return fail(ErrorCode::kNotFound, format("there is no {}", path.string()));
  SavedResult saved;
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

Result<std::vector<SavedResult>> load_results(const fs::path& path) {
  std::vector<SavedResult> all;
  std::error_code error;
  std::vector<fs::path> places;
  if (fs::is_directory(path, error) && !holds_result(path)) {
    for (auto it = fs::directory_iterator(path, error); !error && it != fs::directory_iterator(); it.increment(error))
      if (it->is_directory() && holds_result(it->path())) places.push_back(it->path());
    std::sort(places.begin(), places.end());
  }
  if (places.empty()) places.push_back(path);
  for (const auto& place : places) {
    auto saved = load_result(place);
    if (!saved) return fail(saved.error());
    all.push_back(std::move(*saved));
  }
  return all;
}

}  // namespace loadstone::cli

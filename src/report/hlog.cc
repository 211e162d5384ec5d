// HdrHistogram log, version 1.3 (with tags), payloads V2. The second column is the start, the third the length of the
// interval; the fourth its largest value in milliseconds, as the readers' own logs have it.
#include <algorithm>

#include "base/format.h"
#include "report/renders.h"
#include "report/words.h"
#include "result/journal.h"

namespace loadstone::report {
namespace {

using result::JournalReader;

// A tag ends at a comma, and a line at its end.
std::string tag(std::string text) {
  for (char& c : text)
    if (c == ',' || static_cast<unsigned char>(c) <= ' ') c = '_';
  return text;
}

void header(std::ostream& out, const result::Run& run) {
  out << "#[loadstone " << one_line(run.version) << ", times in nanoseconds; see docs/result-format.md]\n"
      << "#[Histogram log format version 1.3]\n"
      << format("#[StartTime: {:.3f} (seconds since epoch), {}]\n", run.started_at, show_time(run.started_at))
      << "\"StartTimestamp\",\"Interval_Length\",\"Interval_Max\",\"Interval_Compressed_Histogram\"\n";
}

void rows(std::ostream& out, const result::Block& block, const std::string& prefix) {
  if (!block.measured) return;
  for (const auto& [family, times] : block.histograms)
    if (!times.empty())
      out << format("Tag={},{:.3f},{:.3f},{:.6f},{}\n", tag(prefix + family), to_seconds(block.start),
                    to_seconds(block.length), times.max() * 1e3, times.encode());
}

Status render(const std::filesystem::path& journal, std::optional<std::size_t> scenario, std::ostream& out) {
  auto reader = JournalReader::open(journal);
  if (!reader) return fail(reader.error());
  header(out, reader->run());
  // Several scenarios in one log are told apart by their tags.
  const bool prefixed = !scenario && reader->run().scenarios.size() > 1;
  while (auto entry = reader->next()) {
    const auto* block = std::get_if<result::Block>(&*entry);
    if (block == nullptr || (scenario && block->scenario != *scenario)) continue;
    rows(out, *block, prefixed ? reader->run().scenarios[block->scenario].name + "." : "");
  }
  return {};
}

std::string safe_name(std::string_view name) {
  std::string safe(name.substr(0, 100));
  for (char& c : safe)
    if (std::isalnum(static_cast<unsigned char>(c)) == 0 && c != '-' && c != '_' && c != '.') c = '_';
  if (safe.empty() || safe.front() == '.') safe.insert(0, "_");
  return safe;
}

}  // namespace

Status render_hlog(const Source& source, const Style& /*style*/, std::ostream& out) {
  if (source.journal.empty())
    return fail(ErrorCode::kInvalid, "an hlog is made from the journal, which is not here: give the folder of the run");
  return render(source.journal, std::nullopt, out);
}

Status write_hlog(const std::filesystem::path& journal, std::size_t scenario, std::ostream& out) {
  return render(journal, scenario, out);
}

std::string hlog_file_name(const result::RunResult& result, std::size_t scenario) {
  const std::string safe = safe_name(result.scenarios[scenario].name);
  std::size_t before = 0;
  for (std::size_t i = 0; i < scenario; ++i)
    if (safe_name(result.scenarios[i].name) == safe) ++before;
  return before == 0 ? safe + ".hlog" : format("{}-{}.hlog", safe, before + 1);
}

}  // namespace loadstone::report

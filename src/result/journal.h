// The journal: what was measured, as it was measured. One JSON object a line (docs/result-format.md); the result is
// derived from it, alike for a run that ended and for one that was cut short.
#pragma once

#include <filesystem>
#include <functional>
#include <istream>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "base/result.h"
#include "result/block.h"
#include "result/run.h"

namespace loadstone::result {

inline constexpr std::string_view kJournalFile = "journal.ndjson";
inline constexpr std::string_view kJournalSchema = "loadstone-journal/1";
// A longer line is not one of ours: a block of a hundred steps with full histograms takes a few MB.
inline constexpr std::size_t kLongestJournalLine = std::size_t{64} << 20;

// Writes a journal. One thread. Each append is one write(2): after a crash the file ends in a whole line, or in one
// torn line that the reader leaves out. An append that fails (no space) takes back what it had written of its lines, so
// that the file stays readable and the same blocks can be tried again.
class JournalWriter {
 public:
  // Makes the directory if need be, and DIR/journal.ndjson anew, and writes its first line.
  [[nodiscard]] static Result<JournalWriter> create(const std::filesystem::path& directory, const Run& run);
  ~JournalWriter();
  JournalWriter(JournalWriter&& other) noexcept;
  JournalWriter& operator=(JournalWriter&&) = delete;

  [[nodiscard]] Status append(std::span<const Block> blocks);
  [[nodiscard]] Status append(const ScenarioEnd& end);
  // The last line: nothing more will come. `interrupted` when a signal ended the run.
  [[nodiscard]] Status finish(bool interrupted);
  // Waits until what was appended is on the disk.
  [[nodiscard]] Status sync();

  [[nodiscard]] const std::filesystem::path& file() const { return file_; }

 private:
  JournalWriter(std::filesystem::path file, int descriptor) : file_(std::move(file)), descriptor_(descriptor) {}
  Status write_lines(std::string_view lines);

  std::filesystem::path file_;
  int descriptor_;
  std::int64_t whole_bytes_ = 0;  // the length up to the end of the last whole line
};

using JournalEntry = std::variant<Block, ScenarioEnd>;

// Reads a journal line by line, however long it is. Lines that cannot be understood are left out and told in losses().
class JournalReader {
 public:
  // Fails when the first line is not a journal's.
  [[nodiscard]] static Result<JournalReader> open(const std::filesystem::path& file);
  [[nodiscard]] static Result<JournalReader> read(std::unique_ptr<std::istream> in, std::string name);

  [[nodiscard]] const Run& run() const { return run_; }

  // The next block or end, or nothing at the end of the file. Only histograms of the families that `wanted` accepts are
  // decoded; all when it is empty.
  using Wanted = std::function<bool(std::string_view family)>;
  [[nodiscard]] std::optional<JournalEntry> next(const Wanted& wanted = {});

  // After the last entry: whether the last line was there, so that nothing can be missing.
  [[nodiscard]] bool complete() const { return complete_; }
  [[nodiscard]] bool interrupted() const { return interrupted_; }
  // One sentence for each kind of loss: a torn last line, lines that are not a journal's. Empty for a whole journal.
  [[nodiscard]] std::vector<std::string> losses() const;

 private:
  enum class Line : std::uint8_t { kWhole, kTorn, kTooLong, kEnd };
  JournalReader(std::unique_ptr<std::istream> in, std::string name) : in_(std::move(in)), name_(std::move(name)) {}
  Line read_line(std::string& line);
  [[nodiscard]] Result<std::optional<JournalEntry>> parse(const std::string& line, const Wanted& wanted);

  std::unique_ptr<std::istream> in_;
  std::string name_;
  Run run_;
  std::uint64_t line_number_ = 0;
  std::uint64_t bad_lines_ = 0;
  std::string first_bad_;  // where and what
  bool torn_ = false;
  bool complete_ = false;
  bool interrupted_ = false;
};

}  // namespace loadstone::result

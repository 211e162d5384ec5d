// The pairs of a live comparison on disk: one line a pair, appended as it is measured, so that a comparison that was
// stopped goes on where it was and is judged from the same numbers again.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/result.h"
#include "duet/trial.h"

namespace loadstone::duet {

inline constexpr std::string_view kPairsFile = "pairs.tsv";

// Lines of tab-separated key=value; the first says what is compared, and a record of something else is refused.
class Record {
 public:
  // With an empty folder nothing is kept. Reads what is there unless `fresh`, which begins anew.
  [[nodiscard]] static Result<Record> open(const std::filesystem::path& folder, const std::string& what, bool fresh);

  [[nodiscard]] Status append(const MeasuredPair& pair);
  [[nodiscard]] const std::vector<MeasuredPair>& pairs() const { return pairs_; }
  [[nodiscard]] std::size_t found() const { return found_; }  // how many there were when it was opened

 private:
  std::filesystem::path file_;
  std::vector<MeasuredPair> pairs_;
  std::size_t found_ = 0;
};

// One line, without its end; and back. Numbers keep every bit.
[[nodiscard]] std::string to_line(const MeasuredPair& pair);
[[nodiscard]] Result<MeasuredPair> from_line(std::string_view line);

}  // namespace loadstone::duet

// Results for people and machines. A report formats and never computes: any number worth printing is in the result.
#pragma once

#include <filesystem>
#include <ostream>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "result/result.h"

namespace loadstone::report {

// A result by a name, to be laid over another.
struct NamedResult {
  std::string label;
  const result::RunResult* result;
};

// What is rendered. Only hlog needs the journal; the others are made from the result alone.
struct Source {
  const result::RunResult& result;
  std::filesystem::path journal;  // may be empty
  std::string kept_in;            // where the results are, for the console's last line; may be empty

  // Only html shows these: further results beside the first, and what a comparison of them found (a JSON document).
  std::string label = {};
  std::vector<NamedResult> beside = {};
  std::string comparison = {};
};

// How a console is to be written to; files ignore it.
struct Style {
  bool color = false;
  bool unicode = true;
  std::size_t width = 100;  // columns; text is wrapped to this, names are not cut
};

struct Format {
  std::string_view name;
  std::string_view file;  // its name in a folder of results; empty when it is not kept there
  std::string_view meaning;
  Status (*render)(const Source& source, const Style& style, std::ostream& out);
};
[[nodiscard]] std::span<const Format> formats();
[[nodiscard]] const Format* find_format(std::string_view name);  // null when there is none of that name

// The files that `run -o DIR` leaves beside the journal: every format with a file name, and NAME.hlog per scenario.
[[nodiscard]] Status write_files(const Source& source, const std::filesystem::path& directory);

// One scenario's histograms, block by block, as an HdrHistogram log.
[[nodiscard]] Status write_hlog(const std::filesystem::path& journal, std::size_t scenario, std::ostream& out);
// "stats_endpoint.hlog"; what a file name may not hold becomes '_', and names that then collide get a number.
[[nodiscard]] std::string hlog_file_name(const result::RunResult& result, std::size_t scenario);

}  // namespace loadstone::report

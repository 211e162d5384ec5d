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

// What is rendered. Only hlog needs the journal; the others are made from the result alone.
struct Source {
  const result::RunResult& result;
  std::filesystem::path journal;  // may be empty
  std::string kept_in;            // where the results are, for the console's last line; may be empty
};

// A result by a name, to be laid over others.
struct NamedResult {
  std::string label;  // a few letters: it stands in every legend
  std::string place;  // where it is from, for a person; may be empty
  const result::RunResult* result;
};

// What the page of report.html shows when it is not of one run alone: several results laid over the first, what a
// comparison of them found, what a search for the limit found. Any of them may be missing.
struct Page {
  std::vector<NamedResult> results;
  std::string comparison;  // JSON of schema loadstone-comparison/1
  std::string limit;       // JSON of schema loadstone-limit/1

  static constexpr std::size_t kMostResults = 6;  // that can be told apart
};
void write_page(const Page& content, std::ostream& out);

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

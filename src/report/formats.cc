#include <algorithm>
#include <fstream>
#include <sstream>

#include "base/format.h"
#include "report/renders.h"
#include "result/document.h"

namespace loadstone::report {
namespace {

// clang-format off
constexpr Format kFormats[] = {
    {"text", "", "for a person, on a console", render_text},
    {"summary", "", "one line", render_summary},
    {"json", result::kResultFile, "the result document; every other format is made from it", render_json},
    {"html", "report.html", "a page to look at, one file that needs nothing else", render_html},
    {"markdown", "summary.md", "for a pull request or a page", render_markdown},
    {"junit", "junit.xml", "JUnit XML, one test case per scenario", render_junit},
    {"csv", "series.csv", "the time series", render_csv},
    {"openmetrics", "metrics.prom", "OpenMetrics, for Prometheus and what reads its format", render_openmetrics},
    {"bencher", "", "Bencher Metric Format, for bencher.dev", render_bencher},
    {"benchmark_action", "", "customSmallerIsBetter of github-action-benchmark", render_benchmark_action},
    {"hlog", "", "HdrHistogram log V2, from the journal", render_hlog},
};
// clang-format on

}  // namespace

std::span<const Format> formats() { return kFormats; }

const Format* find_format(std::string_view name) {
  const auto* found =
      std::find_if(std::begin(kFormats), std::end(kFormats), [&](const Format& f) { return f.name == name; });
  return found == std::end(kFormats) ? nullptr : found;
}

Status write_files(const Source& source, const std::filesystem::path& directory) {
  const auto write = [&](std::string_view name, const auto& render) -> Status {
    std::ostringstream text;
    if (const auto status = render(text); !status) return status;
    return result::write_file(directory / name, text.str());
  };
  for (const auto& format : kFormats) {
    if (format.file.empty()) continue;
    if (auto status = write(format.file, [&](std::ostream& out) { return format.render(source, {}, out); }); !status)
      return status;
  }
  if (source.journal.empty()) return {};
  for (std::size_t i = 0; i < source.result.scenarios.size(); ++i)
    if (auto status = write(hlog_file_name(source.result, i),
                            [&](std::ostream& out) { return write_hlog(source.journal, i, out); });
        !status)
      return status;
  return {};
}

}  // namespace loadstone::report

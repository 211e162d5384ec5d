#include <sstream>

#include "base/format.h"
#include "base/units.h"
#include "report/renders.h"
#include "report/words.h"

namespace loadstone::report {
namespace {

using result::Verdict;

// What would be markup in a table cell or in running text is escaped.
std::string plain(std::string_view text) {
  std::string escaped;
  for (const char c : one_line(text)) {
    if (std::string_view("\\`*_{}[]<>#|~").find(c) != std::string_view::npos) escaped += '\\';
    escaped += c;
  }
  return escaped;
}

void row(std::ostream& out, const std::vector<std::string>& cells) {
  for (const auto& cell : cells) out << "| " << plain(cell) << ' ';
  out << "|\n";
}

// One scenario: its targets and what is worth telling.
std::string scenario(const result::ScenarioResult& s) {
  std::ostringstream out;
  out << format("\n## {} {}\n\n", mark(s.verdict), plain(s.name));
  if (!s.plan.empty()) out << plain(s.plan) << ".\n\n";
  if (!s.problem.empty()) out << "**" << plain(s.problem) << "**\n\n";
  if (const auto errors = show_errors(s); !errors.empty()) out << "Errors: " << plain(errors) << ".\n\n";
  if (!s.targets.empty()) {
    row(out, {"", "target", "measured (95 % interval)", "why"});
    out << "| --- | --- | --- | --- |\n";
    for (const auto& t : s.targets)
      row(out, {std::string(mark(t.verdict)), t.target.expression, show_judged(t), t.reason});
  }
  bool first = true;
  const auto item = [&](std::string_view text) {
    out << (first ? "\n" : "") << "- " << plain(text) << '\n';
    first = false;
  };
  for (const auto& f : s.findings) item(f.evidence);
  for (const auto& note : s.notes) item(note);
  return out.str();
}

}  // namespace

Status render_markdown(const Source& source, const Style& /*style*/, std::ostream& to) {
  std::ostringstream out;  // which knows how long it is; a console does not
  const auto& run = source.result;
  out << format("# {}: {}\n\n{}. ", plain(run.run.suite.empty() ? "loadstone" : run.run.suite), upper(run.verdict),
                count_verdicts(run));
  out << format("loadstone {}, {}, seed {}.\n\n", plain(run.run.version), show_time(run.run.started_at), run.run.seed);
  for (const auto& loss : run.losses) out << "- " << plain(loss) << '\n';
  if (!run.losses.empty()) out << '\n';

  const auto columns = verdict_columns();
  std::vector<std::string> titles;
  std::string rule = "|";
  for (const auto& c : columns) {
    titles.push_back(c.title);
    rule += c.right ? " ---: |" : " --- |";
  }
  row(out, titles);
  out << rule << '\n';
  for (const auto& cells : verdict_rows(run)) row(out, cells);

  // A comment of a pull request may have 65,536 characters; what does not fit is in report.html.
  constexpr std::size_t kLongest = 60'000;
  std::size_t left = run.scenarios.size();
  for (const auto& s : run.scenarios) {
    const auto section = scenario(s);
    if (static_cast<std::size_t>(out.tellp()) + section.size() > kLongest) {
      out << format("\n{} more {} left out for length.\n", left, left == 1 ? "scenario is" : "scenarios are");
      break;
    }
    --left;
    out << section;
  }
  to << out.str();
  return {};
}

}  // namespace loadstone::report

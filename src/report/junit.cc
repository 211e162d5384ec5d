#include "base/format.h"
#include "base/utf8.h"
#include "report/renders.h"
#include "report/words.h"

namespace loadstone::report {
namespace {

using result::ScenarioResult;
using result::Verdict;

std::string escape(std::string_view text) {
  std::string escaped;
  for (const char c : valid_utf8(text)) {
    switch (c) {
      case '&':
        escaped += "&amp;";
        break;
      case '<':
        escaped += "&lt;";
        break;
      case '>':
        escaped += "&gt;";
        break;
      case '"':
        escaped += "&quot;";
        break;
      case '\n':
        escaped += "&#10;";
        break;
      default:
        // XML 1.0 has no other control characters, not even escaped.
        escaped += static_cast<unsigned char>(c) < 0x20 ? '?' : c;
    }
  }
  // Nor has it U+FFFE and U+FFFF.
  for (const char* none : {"\xEF\xBF\xBE", "\xEF\xBF\xBF"})
    for (auto at = escaped.find(none); at != std::string::npos; at = escaped.find(none, at))
      escaped.replace(at, 3, "?");
  return escaped;
}

std::string explain(const ScenarioResult& s) {
  std::string text;
  for (const auto& t : s.targets)
    if (t.verdict != Verdict::kPass)
      text += format("{} {}: {}{}{}\n", mark(t.verdict), t.target.expression, show_judged(t),
                     t.reason.empty() ? "" : "; ", one_line(t.reason));
  for (const auto& f : s.findings)
    if (f.invalidates) text += format("{}: {}\n", f.rule, one_line(f.evidence));
  return text;
}

}  // namespace

Status render_junit(const Source& source, const Style& /*style*/, std::ostream& out) {
  const auto& run = source.result;
  const auto& sum = run.summary;
  double seconds = 0;
  for (const auto& s : run.scenarios) seconds += s.measured_seconds;
  const auto counts =
      format("tests=\"{}\" failures=\"{}\" errors=\"{}\" time=\"{:.3f}\"", sum.total, sum.failed, sum.invalid, seconds);
  const auto suite = escape(run.run.suite.empty() ? "loadstone" : run.run.suite);
  out << "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"loadstone\" " << counts << ">\n";
  // The schema that Jenkins publishes has `skipped` for a suite, but not for all of them.
  out << format("  <testsuite name=\"{}\" {} skipped=\"{}\">\n", suite, counts, sum.inconclusive);
  for (const auto& s : run.scenarios) {
    out << format("    <testcase classname=\"{}\" name=\"{}\" time=\"{:.3f}\"", suite, escape(s.name),
                  s.measured_seconds);
    if (s.verdict == Verdict::kPass) {
      out << "/>\n";
      continue;
    }
    const char* element = s.verdict == Verdict::kFail      ? "failure"
                          : s.verdict == Verdict::kInvalid ? "error"
                                                           : "skipped";
    out << format(">\n      <{} message=\"{}\"", element, escape(worst_target(s)));
    if (s.verdict == Verdict::kInconclusive)
      out << format("/>\n      <system-out>{}</system-out>\n    </testcase>\n", escape(explain(s)));
    else
      out << format(" type=\"{}\">{}</{}>\n    </testcase>\n", result::name(s.verdict), escape(explain(s)), element);
  }
  out << "  </testsuite>\n</testsuites>\n";
  return {};
}

}  // namespace loadstone::report

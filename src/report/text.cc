#include <algorithm>
#include <set>

#include "base/format.h"
#include "base/units.h"
#include "report/layout.h"
#include "report/renders.h"
#include "report/words.h"

namespace loadstone::report {
namespace {

using result::RunResult;
using result::ScenarioResult;
using result::Severity;
using result::Verdict;

constexpr std::string_view kBold = "1", kDim = "2", kRed = "31", kGreen = "32", kYellow = "33", kMagenta = "35";

std::string_view color_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::kPass:
      return kGreen;
    case Verdict::kFail:
      return kRed;
    case Verdict::kInconclusive:
      return kYellow;
    case Verdict::kInvalid:
      return kMagenta;
  }
  return kDim;
}

class Text {
 public:
  Text(const Source& source, const Style& style, std::ostream& out)
      : source_(source), run_(source.result), style_(style), out_(out) {}

  void write() {
    heading();
    for (const auto& s : run_.scenarios) scenario(s);
    if (run_.scenarios.size() > 1) verdict_table();
    line(paint(count_verdicts(run_), color_of(run_.verdict)) +
         (source_.kept_in.empty() ? "" : format("; results are in {}", source_.kept_in)));
  }

 private:
  [[nodiscard]] std::string paint(std::string_view text, std::string_view color) const {
    return style_.color && !text.empty() ? format("\x1b[{}m{}\x1b[0m", color, text) : std::string(text);
  }
  void line(std::string_view text = {}) { out_ << (style_.unicode ? std::string(text) : to_ascii(text)) << '\n'; }

  // `lead` once, then the text wrapped beside it.
  void paragraph(std::string_view lead, std::string_view text, std::string_view color = {}) {
    const std::size_t indent = display_width(lead);
    const std::size_t width = style_.width > indent + 20 ? style_.width - indent : 20;
    bool first = true;
    for (const auto& part : wrap(one_line(text), width)) {
      line((first ? std::string(lead) : std::string(indent, ' ')) + (color.empty() ? part : paint(part, color)));
      first = false;
    }
  }

  void heading() {
    const auto& r = run_.run;
    line(paint(upper(run_.verdict), color_of(run_.verdict)) + "  " +
         paint(one_line(r.suite.empty() ? "one scenario" : r.suite), kBold) +
         (r.suite_file.empty() ? "" : format(" ({})", one_line(r.suite_file))));
    paragraph("      ",
              format("loadstone {}, {}, seed {}, {} {}{}", r.version, show_time(r.started_at), r.seed, r.shards,
                     r.shards == 1 ? "thread" : "threads", r.reactor.empty() ? "" : format(" on {}", r.reactor)),
              kDim);
    for (const auto& loss : run_.losses) paragraph("  !   ", loss, kYellow);
    line();
  }

  void scenario(const ScenarioResult& s) {
    line(format("{} {}  {}", paint(mark(s.verdict), color_of(s.verdict)), paint(one_line(s.name), kBold),
                paint(result::name(s.verdict), color_of(s.verdict))));
    if (!s.plan.empty()) paragraph("  ", s.plan, kDim);
    if (!s.problem.empty()) paragraph("  ! ", s.problem, kMagenta);
    throughput(s);
    connections(s);
    messages(s);
    broadcasts(s);
    recovery(s);
    times(s);
    service(s);
    steps(s);
    if (const auto errors = show_errors(s); !errors.empty()) paragraph("  errors    ", errors, kRed);
    targets(s);
    for (const auto& f : s.findings) {
      // What is true of the method is said once, not for every scenario.
      if (f.severity == Severity::kNote && !said_.insert(f.rule).second) continue;
      const auto color = f.severity == Severity::kHigh ? kMagenta : f.severity == Severity::kWarning ? kYellow : kDim;
      paragraph(f.severity == Severity::kNote ? "  note: " : "  ! ", f.evidence, color);
    }
    for (const auto& note : s.notes) paragraph("  - ", note);
    line();
  }

  void throughput(const ScenarioResult& s) {
    if (!s.metrics.contains("requests")) return;
    std::string text =
        format("{} in {}", show_metric(s, "requests"), show_quantity(s.measured_seconds, Unit::kSeconds));
    text += format(", {}, errors {}", show_metric(s, "rate"), show_metric(s, "error_rate"));
    if (s.metrics.contains("bytes.received") && s.metrics.at("bytes.received") > 0)
      text += format(", {} received", show_metric(s, "bytes.received"));
    paragraph("  requests  ", text);
  }

  [[nodiscard]] static double value(const ScenarioResult& s, const std::string& name) {
    const auto found = s.metrics.find(name);
    return found == s.metrics.end() ? 0 : found->second;
  }
  // "missing 3, duplicates 1": those of the metrics that are not zero.
  [[nodiscard]] static std::string nonzero(const ScenarioResult& s, const std::string& group,
                                           std::initializer_list<const char*> names) {
    std::string text;
    for (const char* name : names)
      if (value(s, group + name) > 0)
        text += format("{}{} {}", text.empty() ? "" : ", ", name, show_metric(s, group + name));
    return text;
  }

  void connections(const ScenarioResult& s) {
    if (!has_audience(s)) return;
    std::string text =
        format("{} of {} opened", show_metric(s, "connect.succeeded"), show_metric(s, "connect.attempted"));
    if (value(s, "connect.lost") > 0) text += format(", {} lost", show_metric(s, "connect.lost"));
    paragraph("  connects  ", text);
  }

  void messages(const ScenarioResult& s) {
    if (!s.metrics.contains("rtt.p50") && value(s, "messages.unanswered") == 0) return;
    std::string text =
        format("{} sent, {} received", show_metric(s, "messages.sent"), show_metric(s, "messages.received"));
    if (value(s, "messages.unanswered") > 0) text += format(", {} unanswered", show_metric(s, "messages.unanswered"));
    paragraph("  messages  ", text);
  }

  void broadcasts(const ScenarioResult& s) {
    if (!s.metrics.contains("broadcast.expected")) return;
    const std::string faults =
        nonzero(s, "broadcast.", {"missing", "duplicates", "reordered", "corrupt", "late", "foreign"});
    std::string text = format("{} of {} heard ({}), {} messages, {}", show_metric(s, "broadcast.delivered"),
                              show_metric(s, "broadcast.expected"), show_metric(s, "broadcast.delivery_rate"),
                              show_metric(s, "broadcast.published"), show_metric(s, "broadcast.rate"));
    paragraph("  heard     ", text);
    if (faults.empty()) return;
    paragraph("  faults    ", faults, kRed);
    if (!s.ledger) return;
    std::string worst;
    for (std::size_t i = 0; i < s.ledger->clients.size() && i < 3; ++i) {
      const auto& c = s.ledger->clients[i];
      const auto n = c.missing + c.duplicates + c.reordered + c.corrupt + c.late + c.foreign;
      if (n > 0) worst += format("{}client {} ({})", worst.empty() ? "" : ", ", c.client, n);
    }
    std::string missed;
    for (std::size_t i = 0; i < s.ledger->messages.size() && i < 3; ++i) {
      const auto& m = s.ledger->messages[i];
      const auto missing = m.expected - m.delivered - m.corrupt;
      if (missing > 0) missed += format("{}message {} ({})", missed.empty() ? "" : ", ", m.message, missing);
    }
    if (!worst.empty()) paragraph("            ", format("most of them at {}", worst), kDim);
    if (!missed.empty()) paragraph("            ", format("most missed: {}", missed), kDim);
  }

  void recovery(const ScenarioResult& s) {
    if (!s.metrics.contains("recovery.drops")) return;
    std::string text = format("{} of {} back", show_metric(s, "recovery.recovered"), show_metric(s, "recovery.drops"));
    if (value(s, "recovery.lost") > 0) text += format(", {} messages lost in gaps", show_metric(s, "recovery.lost"));
    paragraph("  dropped   ", text);
  }

  void times(const ScenarioResult& s) {
    std::vector<std::vector<std::string>> rows;
    for (const char* family :
         {"latency", "wait", "lag", "service_time", "first_byte", "connect.time", "connect.tcp", "connect.tls",
          "connect.upgrade", "connect.answer", "rtt", "broadcast.first", "broadcast.median", "broadcast.last",
          "broadcast.latency", "recovery.detected", "recovery.time", "recovery.first_message"}) {
      // Of an HTTP scenario connecting is TCP and no more, and seldom what matters.
      if (s.kind == "http" && std::string_view(family).starts_with("connect.") &&
          !s.metrics.contains("connect.tls.p50") && std::string_view(family) != "connect.time")
        continue;
      const std::string f(family);
      if (!s.metrics.contains(f + ".p50")) continue;
      // The parts of latency are indented below it.
      const bool part = f == "wait" || f == "lag" || f == "service_time" || f == "connect.tcp" || f == "connect.tls" ||
                        f == "connect.upgrade" || f == "connect.answer";
      rows.push_back({(part ? "  " : "") + f});
      for (const char* statistic : {".p50", ".p95", ".p99", ".p99_9", ".max"})
        rows.back().push_back(show_metric(s, f + statistic));
    }
    if (rows.empty()) return;
    for (const auto& text :
         table({{"times"}, {"p50", true}, {"p95", true}, {"p99", true}, {"p99.9", true}, {"max", true}}, rows))
      line("  " + text);
  }

  void service(const ScenarioResult& s) {
    if (!s.metrics.contains("service.cpu.mean")) return;
    std::string text =
        format("CPU {} of a core (at most {})", show_metric(s, "service.cpu.mean"), show_metric(s, "service.cpu.peak"));
    if (s.metrics.contains("service.cpu.per_request"))
      text += format(", {} a request", show_metric(s, "service.cpu.per_request"));
    if (s.metrics.contains("service.memory.peak"))
      text += format("; memory at most {}", show_metric(s, "service.memory.peak"));
    if (s.metrics.contains("service.memory.growth"))
      text += format(
          ", {} at the end after {} before",
          show_quantity(s.metrics.at("service.memory.baseline") + s.metrics.at("service.memory.growth"), Unit::kBytes),
          show_metric(s, "service.memory.baseline"));
    if (s.metrics.contains("service.threads.peak"))
      text += format("; {} threads", show_metric(s, "service.threads.peak"));
    if (s.metrics.contains("service.fds.peak")) text += format(", {} descriptors", show_metric(s, "service.fds.peak"));
    paragraph("  service   ", text);
  }

  void steps(const ScenarioResult& s) {
    std::vector<std::vector<std::string>> rows;
    constexpr std::string_view kPrefix = "step.", kSuffix = ".requests";
    for (const auto& [name, value] : s.metrics) {
      if (!name.starts_with(kPrefix) || !name.ends_with(kSuffix)) continue;
      const std::string step = name.substr(0, name.size() - kSuffix.size());
      rows.push_back({one_line(step.substr(kPrefix.size())), show_quantity(value, Unit::kCount),
                      show_metric(s, step + ".rate"), show_metric(s, step + ".latency.p50"),
                      show_metric(s, step + ".latency.p95"), show_metric(s, step + ".latency.p99"),
                      show_metric(s, step + ".error_rate")});
    }
    if (rows.size() < 2) return;
    for (const auto& text : table({{"steps"},
                                   {"requests", true},
                                   {"rate", true},
                                   {"p50", true},
                                   {"p95", true},
                                   {"p99", true},
                                   {"errors", true}},
                                  rows))
      line("  " + text);
  }

  void targets(const ScenarioResult& s) {
    std::size_t width = 0;
    for (const auto& t : s.targets) width = std::max(width, display_width(t.target.expression));
    for (const auto& t : s.targets) {
      line(format("  {} {}  {}", paint(mark(t.verdict), color_of(t.verdict)), pad_right(t.target.expression, width),
                  show_judged(t)));
      if (!t.reason.empty() && t.reason != s.problem) paragraph("      ", t.reason, kDim);
    }
  }

  void verdict_table() {
    const auto lines = table(verdict_columns(), verdict_rows(run_));
    line(paint(lines[0], kDim));
    for (std::size_t i = 1; i < lines.size(); ++i)
      line(style_.color && run_.scenarios[i - 1].verdict != Verdict::kPass
               ? paint(lines[i], color_of(run_.scenarios[i - 1].verdict))
               : lines[i]);
    line();
  }

  const Source& source_;
  const RunResult& run_;
  const Style& style_;
  std::ostream& out_;
  std::set<std::string> said_;
};

}  // namespace

Status render_text(const Source& source, const Style& style, std::ostream& out) {
  Text(source, style, out).write();
  return {};
}

Status render_summary(const Source& source, const Style& style, std::ostream& out) {
  const RunResult& run = source.result;
  std::string text = format("{} {}", upper(run.verdict), count_verdicts(run));
  for (const auto& s : run.scenarios)
    if (const auto worst = worst_target(s); !worst.empty()) text += format("; {}: {}", one_line(s.name), worst);
  out << (style.unicode ? text : to_ascii(text)) << '\n';
  return {};
}

}  // namespace loadstone::report

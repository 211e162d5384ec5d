#include "compare/text.h"

#include <algorithm>
#include <cmath>

#include "base/format.h"
#include "report/layout.h"

namespace loadstone::compare {
namespace {

std::string upper(std::string_view text) {
  std::string raised(text);
  for (char& c : raised) c = c == '_' ? ' ' : static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
  return raised;
}

std::string_view mark(Verdict verdict) {
  switch (verdict) {
    case Verdict::kImproved:
    case Verdict::kNotRegressed:
      return "✓";
    case Verdict::kRegressed:
      return "✗";
    case Verdict::kInconclusive:
      return "?";
    case Verdict::kInvalid:
      break;
  }
  return "!";
}

// Per cent, or percentage points for shares.
std::string effect_text(double effect, bool is_share, bool is_signed = true) {
  if (std::isinf(effect)) return effect < 0 ? "-∞" : "∞";
  const auto text = is_signed ? format("{:+.1f}", 100 * effect) : format("{:.1f}", 100 * effect);
  if (is_share) return (std::fabs(effect) < 0.001 ? format("{:+.3f}", 100 * effect) : text) + " points";
  return text + " %";
}

bool is_share(const MetricChange& m) {
  const auto* known = compared_metric(m.metric);
  return known != nullptr && known->is_share;
}

std::string value_text(const MetricChange& m, const std::optional<double>& value) {
  const auto* known = compared_metric(m.metric);
  return value && known != nullptr ? show_quantity(*value, known->unit) : "";
}

std::vector<std::string> row(const MetricChange& m) {
  const bool share = is_share(m);
  std::string interval;
  if (!std::isinf(m.interval.low) || !std::isinf(m.interval.high))
    interval = format("{} to {}", effect_text(m.interval.low, share), effect_text(m.interval.high, share));
  return {format("{} {}{}", mark(m.verdict), m.metric, m.gates ? "" : " *"),
          value_text(m, m.a),
          value_text(m, m.b),
          effect_text(m.effect, share),
          interval,
          m.smallest ? effect_text(*m.smallest, share, false) : "",
          effect_text(m.margin, share, false),
          m.p < 1 || m.p_raised < 1 ? format("{:.2g}", m.p_raised) : "",
          upper(name(m.verdict))};
}

std::vector<report::Column> columns(double level) {
  return {{"worse is +"},
          {"A", true},
          {"B", true},
          {"effect", true},
          {level > 0 ? format("{:g} % interval", 100 * (1 - 2 * level)) : "interval"},
          {"could see", true},
          {"margin", true},
          {"p (Holm)", true},
          {""}};
}

// What would be markup in a cell or in running text is escaped.
std::string plain(std::string_view text) {
  std::string escaped;
  for (const char c : report::one_line(text)) {
    if (std::string_view("\\`*_{}[]<>#|~").find(c) != std::string_view::npos) escaped += '\\';
    escaped += c;
  }
  return escaped;
}

// What has changed, trial by trial, whatever the size of the effect.
std::string sizes_text(const std::vector<MetricChange>& metrics) {
  std::string text;
  for (const auto& m : metrics)
    if (m.delta && (m.verdict == Verdict::kRegressed || m.verdict == Verdict::kImproved))
      text += format("{}{} {:+.2f} ({})", text.empty() ? "" : ", ", m.metric, *m.delta, size_in_words(*m.delta));
  return text;
}

std::string shift_text(const std::vector<stats::Shift>& shift) {
  std::string text;
  for (const auto& s : shift) {
    const bool is_certain = s.band.low > 0 || s.band.high < 0;
    text += format("{}p{:g} {:+.1f} %{}", text.empty() ? "" : ", ", 100 * s.quantile, 100 * std::expm1(s.change),
                   is_certain ? " !" : "");
  }
  return text;
}

}  // namespace

std::string summary_line(const Comparison& c) {
  std::string text = upper(name(c.verdict));
  for (const auto& s : c.scenarios) {
    if (s.verdict == Verdict::kNotRegressed || s.verdict == Verdict::kImproved) continue;
    for (const auto& m : s.metrics)
      if (m.gates && m.verdict == s.verdict)
        text += format("; {}: {} {}", s.name, m.metric, effect_text(m.effect, is_share(m)));
    if (s.verdict == Verdict::kInvalid && !s.notes.empty()) text += format("; {}: {}", s.name, s.notes.front());
  }
  return text;
}

void write_text(const Comparison& c, const report::Style& style, std::ostream& out) {
  const auto line = [&](std::string_view text) {
    out << (style.unicode ? std::string(text) : report::to_ascii(text)) << '\n';
  };
  const auto paragraph = [&](std::string_view lead, std::string_view text) {
    bool first = true;
    const std::size_t indent = report::display_width(lead);
    for (const auto& part :
         report::wrap(report::one_line(text), std::max<std::size_t>(style.width, indent + 20) - indent)) {
      line((first ? std::string(lead) : std::string(indent, ' ')) + part);
      first = false;
    }
  };
  line(format("{}  B {} against A {}", upper(name(c.verdict)), c.b, c.a));
  for (const auto& note : c.notes) paragraph("  ", note);
  for (const auto& s : c.scenarios) {
    line("");
    line(format("{} {}  {}  ({})", mark(s.verdict), s.name, upper(name(s.verdict)), in_words(s.design)));
    std::vector<std::vector<std::string>> rows;
    bool any_informational = false;
    for (const auto& m : s.metrics) {
      rows.push_back(row(m));
      any_informational |= !m.gates;
    }
    if (!rows.empty())
      for (const auto& text : report::table(columns(s.level), rows)) line("  " + text);
    for (const auto& m : s.metrics)
      if (m.gates && m.verdict == Verdict::kInconclusive && !m.reason.empty())
        paragraph("  - ", format("{}: {}", m.metric, m.reason));
    if (const auto sizes = sizes_text(s.metrics); !sizes.empty())
      paragraph("  ", "how far trials are apart (Cliff's delta): " + sizes);
    if (!s.shift.empty()) {
      line("  where in the distribution of latency (! where it differs for certain):");
      paragraph("    ", shift_text(s.shift));
    }
    if (any_informational) line("  * for information; does not gate");
    for (const auto& note : s.notes) paragraph("  - ", note);
  }
}

void write_markdown(const Comparison& c, std::ostream& out) {
  out << format("# {}: {} against {}\n", upper(name(c.verdict)), plain(c.b), plain(c.a));
  for (const auto& note : c.notes) out << "\n" << plain(note) << "\n";
  for (const auto& s : c.scenarios) {
    out << format("\n## {} {}: {}\n\n{}.\n", mark(s.verdict), plain(s.name), upper(name(s.verdict)),
                  in_words(s.design));
    if (!s.metrics.empty()) {
      std::string titles, rule;
      for (const auto& column : columns(s.level)) {
        titles += format("| {} ", column.title);
        rule += column.right ? "| ---: " : "| --- ";
      }
      out << "\n" << titles << "|\n" << rule << "|\n";
      for (const auto& m : s.metrics) {
        for (const auto& cell : row(m)) out << "| " << plain(cell) << ' ';
        out << "|\n";
      }
    }
    if (const auto sizes = sizes_text(s.metrics); !sizes.empty())
      out << format("\nHow far trials are apart (Cliff's delta): {}.\n", sizes);
    if (!s.shift.empty())
      out << format("\nLatency by percentile (! where it differs for certain): {}.\n", shift_text(s.shift));
    for (const auto& m : s.metrics)
      if (m.gates && m.verdict == Verdict::kInconclusive && !m.reason.empty())
        out << format("\n- {}: {}\n", plain(m.metric), plain(m.reason));
    for (const auto& note : s.notes) out << format("\n- {}\n", plain(note));
  }
}

}  // namespace loadstone::compare

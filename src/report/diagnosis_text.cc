#include <algorithm>

#include "base/format.h"
#include "base/units.h"
#include "report/diagnosis.h"

namespace loadstone::report {
namespace {

using analysis::RequestCost;

constexpr const char* kUnknown = "-";

std::string share(double of) { return format("{:.1f} %", 100 * of); }
std::string seconds(double s) { return show_quantity(s, Unit::kSeconds); }

}  // namespace

void write_costs_text(const Costs& costs, std::ostream& out) {
  if (costs.requests.empty()) return;
  std::size_t width = std::string_view("one at a time").size();
  for (const RequestCost& c : costs.requests) width = std::max(width, c.name.size());
  out << format("{:<{}}  of requests       CPU    of CPU       p50       p99   of time\n", "one at a time", width);
  for (const RequestCost& c : costs.requests) {
    out << format("{:<{}}  {:>11}  {:>8}  {:>8}  {:>8}  {:>8}  {:>8}\n", c.name, width, share(c.request_share),
                  c.cpu ? seconds(*c.cpu) : kUnknown, c.cpu_share ? share(*c.cpu_share) : kUnknown,
                  c.is_known() ? seconds(c.p50) : kUnknown, c.has_p99() ? seconds(c.p99) : kUnknown,
                  c.is_known() ? share(c.time_share) : kUnknown);
  }
  if (const std::string text = analysis::dearest(costs.requests); !text.empty()) out << text << "\n";
  for (const auto& note : costs.notes) out << note << "\n";
}

void write_diagnosis_text(const DiagnosisSource& source, std::ostream& out) {
  int rank = 1;
  const auto& ranked = source.verdict.ranked;
  for (const analysis::Diagnosis& d : ranked) {
    out << format("{}. {}: {} ({} confidence, {:.2f})\n", rank++, d.rule, d.title, analysis::confidence(d.score),
                  d.score);
    for (const auto& line : d.evidence) out << format("   - {}\n", line);
    out << format("   next: {}\n   to prove it wrong: {}\n", d.advice, d.experiment);
  }
  if (ranked.size() > 1 && ranked[0].score - ranked[1].score < analysis::kClose)
    out << "The first two are too near each other to tell which it is.\n";
  for (const auto& note : source.verdict.notes) out << note << "\n";
  write_costs_text(source.costs, out);
}

}  // namespace loadstone::report

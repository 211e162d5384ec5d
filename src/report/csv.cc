#include <set>

#include "base/format.h"
#include "report/renders.h"

namespace loadstone::report {
namespace {

// RFC 4180: quoted when it holds a comma, a quote or a line end.
std::string cell(std::string_view text) {
  if (text.find_first_of(",\"\r\n") == std::string_view::npos) return std::string(text);
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted + '"';
}

}  // namespace

Status render_csv(const Source& source, const Style& /*style*/, std::ostream& out) {
  std::set<std::string> names;
  for (const auto& s : source.result.scenarios)
    for (const auto& p : s.series)
      for (const auto& [name, value] : p.values) names.insert(name);
  out << "scenario,start,length,measured";
  for (const auto& name : names) out << ',' << cell(name);
  out << '\n';
  for (const auto& s : source.result.scenarios)
    for (const auto& p : s.series) {
      out << format("{},{},{},{}", cell(s.name), p.start, p.length, p.measured ? 1 : 0);
      for (const auto& name : names) {
        const auto found = p.values.find(name);
        out << ',' << (found == p.values.end() ? std::string() : format("{}", found->second));
      }
      out << '\n';
    }
  return {};
}

}  // namespace loadstone::report

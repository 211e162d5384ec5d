// The page with its results in it: one file that needs nothing else. The results stand in a <script> of type
// application/json, which ends at the first "</script" whatever JSON thinks of it; so every '<' is written as an
// escape.
#include "base/check.h"
#include "base/json_writer.h"
#include "report/page.h"
#include "report/renders.h"
#include "result/document.h"

namespace loadstone::report {
namespace {

void put(std::ostream& out, std::string_view key, std::string_view text) {
  std::string json;
  JsonWriter::append_json_string(json, text);
  out << '"' << key << "\":" << json_for_page(json) << ',';
}

void put(std::ostream& out, const NamedResult& named) {
  out << '{';
  put(out, "label", named.label);
  if (!named.place.empty()) put(out, "place", named.place);
  out << "\"result\":" << json_for_page(result::write_document(*named.result)) << '}';
}

}  // namespace

std::string json_for_page(std::string_view json) {
  std::string text;
  text.reserve(json.size());
  bool quoted = false;
  for (std::size_t i = 0; i < json.size(); ++i) {
    const char c = json[i];
    if (c == '<') {
      text += "\\u003c";  // only quoted text holds one
    } else if (quoted && c == '\\' && i + 1 < json.size()) {
      text += c;
      text += json[++i];
    } else if (quoted || (c != ' ' && c != '\n')) {
      if (c == '"') quoted = !quoted;
      text += c;
    }
  }
  return text;
}

void write_page(const Page& content, std::ostream& out) {
  const auto at = page().find(kResultsMark);
  CHECK(at != std::string_view::npos);
  out << page().substr(0, at) << "{\"results\":[";
  for (std::size_t i = 0; i < content.results.size(); ++i) {
    if (i > 0) out << ',';
    put(out, content.results[i]);
  }
  out << ']';
  if (!content.comparison.empty()) out << ",\"comparison\":" << json_for_page(content.comparison);
  if (!content.limit.empty()) out << ",\"limit\":" << json_for_page(content.limit);
  out << '}' << page().substr(at + kResultsMark.size());
}

Status render_html(const Source& source, const Style& /*style*/, std::ostream& out) {
  write_page({{{"", "", &source.result}}, "", ""}, out);
  return {};
}

}  // namespace loadstone::report

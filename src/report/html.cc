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

void put(std::ostream& out, std::string_view label, const result::RunResult& result) {
  std::string text;
  JsonWriter::append_json_string(text, label);
  out << "{\"label\":" << json_for_page(text) << ",\"result\":" << json_for_page(result::write_document(result)) << '}';
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

Status render_html(const Source& source, const Style& /*style*/, std::ostream& out) {
  const auto at = page().find(kResultsMark);
  CHECK(at != std::string_view::npos);
  out << page().substr(0, at) << "{\"results\":[";
  put(out, source.label, source.result);
  for (const auto& other : source.beside) {
    out << ',';
    put(out, other.label, *other.result);
  }
  out << ']';
  if (!source.comparison.empty()) {
    out << ",\"comparison\":" << json_for_page(source.comparison);
  }
  out << '}' << page().substr(at + kResultsMark.size());
  return {};
}

}  // namespace loadstone::report

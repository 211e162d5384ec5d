#include <algorithm>

#include "base/format.h"
#include "config/diagnostic.h"
#include "config/parse_json.h"
#include "journey/table.h"

namespace loadstone::journey {
namespace {

std::string cell_text(const config::Node& value, config::Diagnostics& problems) {
  switch (value.kind) {
    case config::Kind::kNull:
      return "";
    case config::Kind::kScalar:
      return value.text;
    default:
      return config::to_json(value, problems);
  }
}

// Reads a line as if it were a file of its own, and reports its mistakes at their place in the whole.
std::optional<config::Node> read_line(const config::Source& whole, std::size_t begin, std::string_view line,
                                      config::Diagnostics& problems) {
  const config::Source alone(whole.name(), line);
  config::Diagnostics own;
  auto node = config::parse_json(alone, own);
  for (const config::Diagnostic& d : own.entries()) {
    const config::Span at = d.span.value_or(config::Span{0, line.size()});
    problems.error({begin + at.offset, at.length}, d.message, d.help);
  }
  if (node && node->kind != config::Kind::kMap) {
    problems.error({begin, line.size()}, format("expected an object in every line, not {}", kind_name(node->kind)));
    return std::nullopt;
  }
  return node;
}

}  // namespace

TableRead read_json_lines(const config::SharedSource& source) {
  config::Diagnostics problems(source);
  const std::string_view text = source->text();
  std::optional<Table::Builder> builder;
  std::vector<std::string> columns;
  for (std::size_t begin = 0; begin < text.size() && problems.size() < config::Diagnostics::kMaxShown;) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    const std::string_view line = text.substr(begin, end - begin);
    const config::Span span{begin, line.size()};
    const std::size_t from = begin;
    begin = end + 1;
    if (line.find_first_not_of(" \t") == std::string_view::npos) continue;
    const auto object = read_line(*source, from, line, problems);
    if (!object) continue;
    if (!builder) {
      for (const config::Entry& e : object->entries) columns.push_back(e.key);
      if (columns.empty()) problems.error(span, "an object without members");
      if (columns.size() > kMaxColumns) problems.error(span, format("more than {} members", kMaxColumns));
      builder.emplace(columns);
    }
    for (const std::string& column : columns) {
      const config::Entry* member = object->find(column);
      if (member == nullptr)
        problems.error(span, format("{} is missing, which the first line has", config::quoted(column)));
      else
        builder->add(cell_text(member->value, problems));
    }
    for (const config::Entry& e : object->entries)
      if (std::find(columns.begin(), columns.end(), e.key) == columns.end())
        problems.error({from + e.key_span.offset, e.key_span.length},
                       format("{} is not in the first line, which names the columns", config::quoted(e.key)));
  }
  if (!builder && problems.empty()) problems.general_error("an empty file; expected a JSON object in every line");
  if (!problems.empty()) return {std::nullopt, problems.text()};
  return {builder->take(), ""};
}

}  // namespace loadstone::journey

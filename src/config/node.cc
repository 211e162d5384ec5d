#include "config/node.h"

#include <algorithm>
#include <iterator>

#include "base/format.h"

namespace loadstone::config {
namespace {

void append_string(std::string& out, std::string_view text) {
  out.push_back('"');
  for (const char c : text) {
    switch (c) {
      case '"':
        out += "\\\"";
        break;
      case '\\':
        out += "\\\\";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\t':
        out += "\\t";
        break;
      case '\r':
        out += "\\r";
        break;
      default:
        if (static_cast<unsigned char>(c) < 0x20)
          format_to(std::back_inserter(out), "\\u{:04x}", static_cast<unsigned>(c));
        else
          out.push_back(c);
    }
  }
  out.push_back('"');
}

// RFC 8259, section 6.
bool is_json_number(std::string_view s) {
  std::size_t i = 0;
  const auto digits = [&] {
    const std::size_t start = i;
    while (i < s.size() && s[i] >= '0' && s[i] <= '9') ++i;
    return i - start;
  };
  if (i < s.size() && s[i] == '-') ++i;
  const bool leading_zero = i < s.size() && s[i] == '0';
  const std::size_t whole = digits();
  if (whole == 0 || (leading_zero && whole > 1)) return false;
  if (i < s.size() && s[i] == '.') {
    ++i;
    if (digits() == 0) return false;
  }
  if (i < s.size() && (s[i] == 'e' || s[i] == 'E')) {
    ++i;
    if (i < s.size() && (s[i] == '+' || s[i] == '-')) ++i;
    if (digits() == 0) return false;
  }
  return i == s.size();
}

void append_scalar(std::string& out, const Node& node, Diagnostics& problems) {
  const std::string& t = node.text;
  if (node.is_quoted) return append_string(out, t);
  if (t == "true" || t == "True" || t == "TRUE") {
    out += "true";
  } else if (t == "false" || t == "False" || t == "FALSE") {
    out += "false";
  } else if (is_json_number(t)) {
    out += t;
  } else if (t == ".inf" || t == "-.inf" || t == ".nan" || t == "+.inf" || t == ".Inf" || t == ".NaN") {
    problems.error(node.span, format("JSON has no number {}", t));
  } else {
    append_string(out, t);
  }
}

void append_json(std::string& out, const Node& node, Diagnostics& problems) {
  switch (node.kind) {
    case Kind::kNull:
      out += "null";
      break;
    case Kind::kScalar:
      append_scalar(out, node, problems);
      break;
    case Kind::kSequence:
      out.push_back('[');
      for (std::size_t i = 0; i < node.items.size(); ++i) {
        if (i > 0) out.push_back(',');
        append_json(out, node.items[i], problems);
      }
      out.push_back(']');
      break;
    case Kind::kMap:
      out.push_back('{');
      for (std::size_t i = 0; i < node.entries.size(); ++i) {
        if (i > 0) out.push_back(',');
        append_string(out, node.entries[i].key);
        out.push_back(':');
        append_json(out, node.entries[i].value, problems);
      }
      out.push_back('}');
      break;
  }
}

}  // namespace

std::string_view kind_name(Kind kind) {
  switch (kind) {
    case Kind::kNull:
      return "nothing";
    case Kind::kScalar:
      return "a single value";
    case Kind::kSequence:
      return "a list";
    case Kind::kMap:
      return "a mapping";
  }
  return "?";
}

const Entry* Node::find(std::string_view key) const {
  const auto it = std::find_if(entries.begin(), entries.end(), [&](const Entry& e) { return e.key == key; });
  return it == entries.end() ? nullptr : &*it;
}

Span Node::part(std::size_t offset, std::size_t length) const {
  if (!text_offset || offset > text.size()) return span;
  return {*text_offset + offset, length};
}

std::string to_json(const Node& node, Diagnostics& problems) {
  std::string out;
  append_json(out, node, problems);
  return out;
}

}  // namespace loadstone::config

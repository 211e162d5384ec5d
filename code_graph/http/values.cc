#include "code_graph/http/values.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "base/check.h"
#include "base/format.h"
#include "base/json_writer.h"

namespace code_graph::http {
namespace {

using loadstone::format;
using loadstone::JsonWriter;

std::string_view without_blanks(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

// A decimal integer of any length; beyond what a double holds exactly it is only used to compare with bounds.
bool read_integer(std::string_view text, double& to) {
  text = without_blanks(text);
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  if (text.empty()) return false;
  double value = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return false;
    value = std::min(value * 10 + (c - '0'), 1e300);
  }
  to = negative ? -value : value;
  return true;
}

bool read_number(std::string_view text, double& to) {
  text = without_blanks(text);
  if (text.starts_with('+')) text.remove_prefix(1);
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), to);
  return error == std::errc() && end == text.data() + text.size() && std::isfinite(to);
}

bool read_boolean(std::string_view text, double& to) {
  for (const std::string_view yes : {"true", "1", "yes", "on", "t", "y"})
    if (graph::equal_folded(text, yes)) return to = 1, true;
  for (const std::string_view no : {"false", "0", "no", "off", "f", "n"})
    if (graph::equal_folded(text, no)) return to = 0, true;
  return false;
}

std::string bound_text(double bound) {
  return bound == std::floor(bound) ? format("{}", static_cast<std::int64_t>(bound)) : format("{}", bound);
}

std::string expected(std::span<const std::string_view> words) {
  std::string out;
  for (const std::string_view word : words) {
    if (!out.empty()) out += word == words.back() ? " or " : ", ";
    out += format("'{}'", word);
  }
  return out;
}

}  // namespace

std::string quoted(std::string_view text) {
  std::string out;
  JsonWriter::append_json_string(out, text);
  return out;
}

std::string violations_json(const std::vector<Violation>& violations) {
  std::string out;
  JsonWriter json(out);
  json.begin_object();
  json.key("detail");
  json.begin_array();
  for (const Violation& v : violations) {
    json.begin_object();
    json.field("type", v.type);
    json.key("loc");
    json.begin_array();
    for (const Step& step : v.where) {
      if (const auto* name = std::get_if<std::string>(&step))
        json.string(*name);
      else
        json.number(std::get<std::uint64_t>(step));
    }
    json.end_array();
    json.field("msg", v.message);
    json.key("input");
    json.raw(v.input);
    if (!v.more.empty()) {
      json.key("ctx");
      json.raw(v.more);
    }
    json.end_object();
  }
  json.end_array();
  json.end_object();
  return out;
}

const Values::Slot& Values::slot(std::string_view name) const {
  for (std::size_t i = 0; i < parameters_.size(); ++i)
    if (parameters_[i].name == name) return slots_[i];
  CHECK(false, "no parameter {}", name);
  return slots_.front();
}

std::uint32_t Values::integer(std::string_view name) const {
  return static_cast<std::uint32_t>(std::clamp(slot(name).number, 0.0, 4294967295.0));
}

int Intake::find(std::string_view name, bool in_body) const {
  const auto parameters = values_.parameters();
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    const Parameter& p = parameters[i];
    if (p.place == Place::kPath || p.place == (in_body ? Place::kQuery : Place::kBody)) continue;
    if (p.name == name || std::ranges::find(p.aliases, name) != p.aliases.end()) return static_cast<int>(i);
  }
  return -1;
}

void Intake::note(std::string_view type, Where where, std::string message, std::string input, std::string more) {
  violations_.push_back({std::string(type), std::move(where), std::move(message), std::move(input), std::move(more)});
}

void Intake::take_path(std::string_view name, std::string_view text) {
  const auto parameters = values_.parameters();
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    if (parameters[i].place != Place::kPath || parameters[i].name != name) continue;
    set_from_text(static_cast<int>(i), {"path", std::string(name)}, std::string(name), text, false);
  }
}

void Intake::take_query(const Pairs& pairs, bool strict) {
  for (const auto& [name, text] : pairs) {
    const int i = find(name, false);
    if (i >= 0) {
      set_from_text(i, {"query", name}, name, text, strict);
    } else if (strict) {
      note("extra_forbidden", {"query", name}, "This parameter is not known here", quoted(text));
    }
  }
}

void Intake::set_from_text(int i, const Where& where, const std::string& under, std::string_view text, bool strict) {
  const Parameter& p = values_.parameters_[static_cast<std::size_t>(i)];
  auto& slot = values_.slots_[static_cast<std::size_t>(i)];
  const std::string input = quoted(text);
  const bool before = slot.given;
  const bool list = p.kind == Kind::kWords || p.kind == Kind::kTexts;
  if (before && !list && (strict || slot.under != under)) {
    const Values::Slot old = slot;
    slot.given = false;
    set_from_text(i, where, under, text, false);
    if (good() && (old.number != slot.number || old.text != slot.text)) {
      note("value_error", where, format("Another value is given for the same thing as '{}'", old.under), input,
           format("{{\"error\":{}}}", quoted(format("differs from '{}'", old.under))));
    }
    return;
  }
  slot.under = under;
  double number = 0;
  switch (p.kind) {
    case Kind::kInteger:
      if (read_integer(text, number))
        set_number(i, where, number, input);
      else
        note("int_parsing", where, "Input should be a valid integer, unable to parse string as an integer", input);
      break;
    case Kind::kNumber:
      if (read_number(text, number))
        set_number(i, where, number, input);
      else
        note("float_parsing", where, "Input should be a valid number, unable to parse string as a number", input);
      break;
    case Kind::kBoolean:
      if (read_boolean(text, number)) {
        slot.given = true;
        slot.number = number;
      } else {
        note("bool_parsing", where, "Input should be a valid boolean, unable to interpret input", input);
      }
      break;
    case Kind::kWords:
    case Kind::kTexts:
      while (!text.empty()) {
        const std::size_t comma = std::min(text.find(','), text.size());
        const std::string_view one = without_blanks(text.substr(0, comma));
        text.remove_prefix(std::min(comma + 1, text.size()));
        if (!one.empty() && !add_text(i, where, one, quoted(one))) break;
      }
      break;
    default:
      set_text(i, where, text, input);
  }
}

void Intake::set_number(int i, const Where& where, double number, const std::string& input) {
  const Parameter& p = values_.parameters_[static_cast<std::size_t>(i)];
  if (number < p.least) {
    const std::string bound = bound_text(p.least);
    note("greater_than_equal", where, format("Input should be greater than or equal to {}", bound), input,
         format("{{\"ge\":{}}}", bound));
  } else if (number > p.most) {
    const std::string bound = bound_text(p.most);
    note("less_than_equal", where, format("Input should be less than or equal to {}", bound), input,
         format("{{\"le\":{}}}", bound));
  } else {
    auto& slot = values_.slots_[static_cast<std::size_t>(i)];
    slot.given = true;
    slot.number = number;
  }
}

void Intake::set_text(int i, const Where& where, std::string_view text, const std::string& input) {
  const Parameter& p = values_.parameters_[static_cast<std::size_t>(i)];
  auto& slot = values_.slots_[static_cast<std::size_t>(i)];
  if (p.kind == Kind::kText) {
    if (static_cast<double>(text.size()) < p.least) {
      note("string_too_short", where, format("String should have at least {} characters", p.least), input,
           format("{{\"min_length\":{}}}", p.least));
      return;
    }
    if (static_cast<double>(text.size()) > p.most) {
      note("string_too_long", where, format("String should have at most {} characters", p.most),
           quoted(text.substr(0, 64)), format("{{\"max_length\":{}}}", p.most));
      return;
    }
  } else if (p.kind == Kind::kWord) {
    if (!text.empty() && std::ranges::find(p.words, text) == p.words.end()) {
      const std::string words = expected(p.words);
      note("enum", where, format("Input should be {}", words), input, format("{{\"expected\":{}}}", quoted(words)));
      return;
    }
  } else if (p.kind == Kind::kLanguage) {
    if (!text.empty() && !graph::language_named(text)) {
      note("enum", where, "Input should be the name of a language, such as 'Python' or 'C++'", input,
           R"({"expected":"the name of a language"})");
      return;
    }
  }
  slot.text = text;
  slot.given = !(text.empty() && (p.kind == Kind::kWord || p.kind == Kind::kLanguage));
}

bool Intake::add_text(int i, const Where& where, std::string_view text, const std::string& input) {
  const Parameter& p = values_.parameters_[static_cast<std::size_t>(i)];
  auto& slot = values_.slots_[static_cast<std::size_t>(i)];
  if (p.kind == Kind::kWords && std::ranges::find(p.words, text) == p.words.end()) {
    const std::string words = expected(p.words);
    note("enum", where, format("Input should be {}", words), input, format("{{\"expected\":{}}}", quoted(words)));
    return false;
  }
  if (p.kind == Kind::kTexts && (text.empty() || static_cast<double>(text.size()) > p.most)) {
    note(text.empty() ? "string_too_short" : "string_too_long", where,
         format("Each should have 1 to {} characters", p.most), quoted(text.substr(0, 64)));
    return false;
  }
  if (slot.texts.size() >= kMostTexts) {
    note("too_long", where, format("List should have at most {} items", kMostTexts), "null",
         format("{{\"max_length\":{}}}", kMostTexts));
    return false;
  }
  slot.given = true;
  slot.texts.emplace_back(text);
  return true;
}

void Intake::finish() {
  const auto parameters = values_.parameters();
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    const Parameter& p = parameters[i];
    auto& slot = values_.slots_[i];
    if (slot.given) continue;
    if (p.required && (p.unless.empty() || !values_.has(p.unless))) {
      const bool in_body = p.place == Place::kBody || (p.place == Place::kQueryOrBody && has_body_);
      const Where where{in_body ? "body" : "query", std::string(p.name)};
      const bool noted = std::ranges::any_of(violations_, [&](const Violation& v) {
        const auto* name = v.where.size() >= 2 ? std::get_if<std::string>(&v.where[1]) : nullptr;
        return name != nullptr && find(*name, v.where[0] == Step("body")) == static_cast<int>(i);
      });
      const bool no_body_at_all = std::ranges::any_of(violations_, [](const Violation& v) {
        return v.where.front() == Step("body") && (v.where.size() == 1 || v.type == "json_invalid");
      });
      if (noted || no_body_at_all) continue;
      note("missing", where, "Field required", in_body ? body_json_ : "null");
      continue;
    }
    if (p.fallback.empty()) continue;
    if (p.fallback == "true") {
      slot.number = 1;
    } else if (p.fallback.front() == '"') {
      slot.text = p.fallback.substr(1, p.fallback.size() - 2);
    } else if (p.fallback != "false") {
      read_number(p.fallback, slot.number);
    }
  }
}

graph::EdgeTypes edge_types_of(const std::vector<std::string>& words) {
  if (words.empty()) return graph::kAllEdges;
  graph::EdgeTypes types = 0;
  for (const std::string& word : words)
    if (const auto type = graph::edge_type_named(word)) types |= graph::bit(*type);
  return types;
}

}  // namespace code_graph::http

#include "code_graph/http/body.h"

#include <boost/json.hpp>
#include <cmath>

#include "base/format.h"
#include "code_graph/http/values.h"

namespace code_graph::http {
namespace {

namespace json = boost::json;
using loadstone::format;

constexpr std::size_t kMaxFilterWord = 64;  // bytes

std::string_view view(const json::string& text) { return {text.data(), text.size()}; }

struct Parsed {
  json::value value;
  std::string problem;
  std::size_t at = 0;
};

Parsed parse(std::string_view text) {
  Parsed parsed;
  json::stream_parser parser;
  json::error_code error;
  const std::size_t used = parser.write_some(text.data(), text.size(), error);
  if (!error && text.find_first_not_of(" \t\r\n", used) != std::string_view::npos) {
    parsed.problem = "something follows the value";
    parsed.at = used;
    return parsed;
  }
  if (!error) parser.finish(error);
  if (error) {
    parsed.problem = error.message();
    parsed.at = used;
    return parsed;
  }
  parsed.value = parser.release();
  return parsed;
}

// Reads past one value of text that is known to be valid JSON.
std::size_t past_string(std::string_view t, std::size_t i) {
  for (++i; t[i] != '"'; ++i)
    if (t[i] == '\\') ++i;
  return i + 1;
}
std::size_t past_blanks(std::string_view t, std::size_t i) {
  while (i < t.size() && (t[i] == ' ' || t[i] == '\t' || t[i] == '\r' || t[i] == '\n')) ++i;
  return i;
}
std::size_t past_value(std::string_view t, std::size_t i) {
  int depth = 0;
  for (;;) {
    if (t[i] == '"') {
      i = past_string(t, i);
    } else if (t[i] == '{' || t[i] == '[') {
      ++depth, ++i;
    } else if (t[i] == '}' || t[i] == ']') {
      if (depth == 0) return i;
      --depth, ++i;
    } else if (t[i] == ',' && depth == 0) {
      return i;
    } else {
      ++i;
      if (depth > 0) continue;
      while (i < t.size() && t[i] != ',' && t[i] != '}' && t[i] != ']' && t[i] > ' ') ++i;
    }
    if (depth == 0) return i;
  }
}

bool read_words(const json::object& object, const char* key, std::vector<std::string>& to, std::string& problem) {
  const json::value* words = object.if_contains(key);
  if (words == nullptr) return true;
  const json::array* array = words->if_array();
  if (array == nullptr || array->size() > kMostTexts) {
    problem = format("{}: an array of at most {} strings is expected", key, kMostTexts);
    return false;
  }
  for (const json::value& word : *array) {
    const json::string* text = word.if_string();
    if (text == nullptr || text->empty() || text->size() > kMaxFilterWord) {
      problem = format("{}: strings of 1 to {} bytes are expected", key, kMaxFilterWord);
      return false;
    }
    to.emplace_back(view(*text));
  }
  return true;
}

}  // namespace

std::optional<std::string_view> raw_member(std::string_view text, std::string_view key) {
  std::optional<std::string_view> found;
  std::size_t i = past_blanks(text, past_blanks(text, 0) + 1);
  while (i < text.size() && text[i] == '"') {
    const std::size_t name_end = past_string(text, i);
    const std::string_view name = text.substr(i + 1, name_end - i - 2);
    if (name.find('\\') != std::string_view::npos) return std::nullopt;  // perhaps the key, spelled otherwise
    i = past_blanks(text, past_blanks(text, name_end) + 1);
    const std::size_t end = past_value(text, i);
    if (name == key) found = text.substr(i, end - i);
    i = past_blanks(text, end);
    if (i < text.size() && text[i] == ',') i = past_blanks(text, i + 1);
  }
  return found;
}

std::variant<FilterText, OtherText, std::string> read_filter(std::string_view text) {
  const Parsed parsed = parse(text);
  if (!parsed.problem.empty()) return format("this is not JSON: {} at byte {}", parsed.problem, parsed.at);
  const json::object* object = parsed.value.if_object();
  if (object == nullptr) return std::string("a JSON object is expected");
  const json::value* action = object->if_contains("action");
  if (action == nullptr || !action->is_string() || view(action->get_string()) != "filter") return OtherText{};
  FilterText filter;
  std::string problem;
  if (!read_words(*object, "event_types", filter.event_types, problem) ||
      !read_words(*object, "entity_types", filter.entity_types, problem)) {
    return problem;
  }
  return filter;
}

std::optional<push::Sealed> read_event(std::string_view message) {
  const Parsed parsed = parse(message);
  const json::object* object = parsed.problem.empty() ? parsed.value.if_object() : nullptr;
  if (object == nullptr) return std::nullopt;
  const auto text = [&](const char* key) -> std::string {
    const json::value* value = object->if_contains(key);
    return value != nullptr && value->is_string() ? std::string(view(value->get_string())) : std::string();
  };
  push::Sealed sealed;
  sealed.event = {text("event_type"), text("entity_id"), text("entity_type"), {}};
  sealed.id = text("event_id");
  sealed.timestamp = text("timestamp");
  if (sealed.id.empty() || sealed.event.type.empty()) return std::nullopt;
  sealed.message = std::make_shared<const std::string>(message);
  return sealed;
}

void Intake::take_body(std::string_view body) {
  if (body.find_first_not_of(" \t\r\n") == std::string_view::npos) {
    for (const Parameter& p : values_.parameters()) {
      if (p.place == Place::kBody && p.required) {
        note("missing", {"body"}, "Field required", "null");
        return;
      }
    }
    return;
  }
  has_body_ = true;
  const Parsed parsed = parse(body);
  if (!parsed.problem.empty()) {
    note("json_invalid", {"body", std::uint64_t{parsed.at}}, "JSON decode error", "{}",
         format("{{\"error\":{}}}", quoted(parsed.problem)));
    return;
  }
  const json::object* object = parsed.value.if_object();
  if (object == nullptr) {
    note("model_attributes_type", {"body"}, "Input should be a valid dictionary or object to extract fields from",
         json::serialize(parsed.value));
    return;
  }
  body_json_ = body;
  for (const auto& member : *object) {
    const std::string name(member.key().data(), member.key().size());
    const int i = find(name, true);
    if (i < 0) continue;
    const Parameter& p = values_.parameters_[static_cast<std::size_t>(i)];
    auto& slot = values_.slots_[static_cast<std::size_t>(i)];
    const Where where{"body", name};
    const json::value& value = member.value();
    if (p.kind == Kind::kValue) {
      slot.given = true;
      const auto raw = raw_member(body, name);
      slot.text = raw ? std::string(*raw) : json::serialize(value);
      continue;
    }
    if (value.is_null() && !p.required && p.fallback.empty()) continue;
    const std::string input = json::serialize(value);
    const json::string* text = value.if_string();
    switch (p.kind) {
      case Kind::kInteger:
      case Kind::kNumber:
        if (text != nullptr) {
          set_from_text(i, where, name, view(*text), false);
        } else if (value.is_number()) {
          const double number = value.to_number<double>();
          if (p.kind == Kind::kInteger && number != std::floor(number)) {
            note("int_from_float", where, "Input should be a valid integer, got a number with a fractional part",
                 input);
          } else {
            if (slot.given && slot.under != name && slot.number != number)
              note("value_error", where, format("Another value is given for the same thing as '{}'", slot.under), input,
                   format("{{\"error\":{}}}", quoted("two values")));
            slot.under = name;
            set_number(i, where, number, input);
          }
        } else {
          note(p.kind == Kind::kInteger ? "int_type" : "float_type", where,
               p.kind == Kind::kInteger ? "Input should be a valid integer" : "Input should be a valid number", input);
        }
        break;
      case Kind::kBoolean:
        if (value.is_bool()) {
          slot.given = true;
          slot.number = value.get_bool() ? 1 : 0;
        } else if (text != nullptr || (value.is_number() && (input == "0" || input == "1"))) {
          set_from_text(i, where, name, text != nullptr ? view(*text) : std::string_view(input), false);
        } else {
          note("bool_type", where, "Input should be a valid boolean", input);
        }
        break;
      case Kind::kWords:
      case Kind::kTexts:
        if (const json::array* array = value.if_array()) {
          for (std::size_t k = 0; k < array->size(); ++k) {
            const json::string* one = (*array)[k].if_string();
            const Where place{"body", name, std::uint64_t{k}};
            if (one == nullptr) {
              note("string_type", place, "Input should be a valid string", json::serialize((*array)[k]));
            } else if (!add_text(i, place, view(*one), quoted(view(*one)))) {
              break;
            }
          }
        } else {
          note("list_type", where, "Input should be a valid list", input);
        }
        break;
      default:
        if (text != nullptr) {
          slot.under = name;
          set_text(i, where, view(*text), input);
        } else {
          note("string_type", where, "Input should be a valid string", input);
        }
    }
  }
}

}  // namespace code_graph::http

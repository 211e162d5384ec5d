#include "draft/openapi_schema.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "base/format.h"

namespace loadstone::draft {
namespace {

using config::Kind;
using config::Node;

Node word(std::string text) {
  Node node;
  node.kind = Kind::kScalar;
  node.text = std::move(text);
  return node;
}

Node quoted_text(std::string text) {
  Node node = word(std::move(text));
  node.is_quoted = true;
  return node;
}

std::optional<double> number_at(const Node& schema, std::string_view key) {
  const std::string_view text = text_of(member(&schema, key));
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc() || end != text.data() + text.size() || !std::isfinite(value)) return {};
  return value;
}

// `~1` and `~0` of a JSON pointer, and percent-encoding, as it stands in a URI's fragment.
std::string unescaped(std::string_view part) {
  std::string out;
  for (std::size_t i = 0; i < part.size(); ++i) {
    unsigned code = 0;
    const bool has_hex = part[i] == '%' && i + 2 < part.size() &&
                         std::from_chars(part.data() + i + 1, part.data() + i + 3, code, 16).ptr == part.data() + i + 3;
    if (has_hex) {
      out += static_cast<char>(static_cast<unsigned char>(code));
      i += 2;
    } else {
      out += part[i];
    }
  }
  std::string name;
  for (std::size_t i = 0; i < out.size(); ++i) {
    const bool is_escape = out[i] == '~' && i + 1 < out.size() && (out[i + 1] == '0' || out[i + 1] == '1');
    name += is_escape ? (out[++i] == '0' ? '~' : '/') : out[i];
  }
  return name;
}

// In 3.1 `type` may be a list: the first that is not null.
std::string_view type_of(const Node& schema) {
  const Node* type = member(&schema, "type");
  if (type != nullptr && type->kind == Kind::kSequence) {
    for (const Node& item : type->items)
      if (text_of(&item) != "null") return text_of(&item);
    return "null";
  }
  if (type != nullptr) return text_of(type);
  if (member(&schema, "properties") != nullptr) return "object";
  if (member(&schema, "items") != nullptr) return "array";
  if (member(&schema, "minimum") != nullptr || member(&schema, "maximum") != nullptr) return "number";
  return "";
}

// A value of the document as the schema's type has it: YAML's `example: 12` for a string is "12".
Node as_typed(Node value, std::string_view type) {
  if (value.kind == Kind::kScalar && type == "string") value.is_quoted = true;
  return value;
}

std::string number(const Node& schema, bool is_whole) {
  double value = 1;
  const auto low = number_at(schema, "minimum");
  const auto high = number_at(schema, "maximum");
  const auto above = number_at(schema, "exclusiveMinimum");  // a number in 3.1, true beside minimum in 3.0
  const auto below = number_at(schema, "exclusiveMaximum");
  if (high) value = std::min(value, *high);
  if (below) value = std::min(value, *below - 1);
  if (low) value = std::max(value, *low + (text_of(member(&schema, "exclusiveMinimum")) == "true" ? 1 : 0));
  if (above) value = std::max(value, *above + 1);
  const auto step = number_at(schema, "multipleOf");
  if (step && *step > 0) value = std::ceil(value / *step) * *step;
  if (is_whole) value = std::ceil(value);
  if (std::abs(value) < 1e15 && value == std::floor(value)) return format("{}", static_cast<long long>(value));
  return format("{}", value);
}

std::string text_for(const Node& schema) {
  struct Known {
    std::string_view format;
    std::string_view value;
  };
  static constexpr Known kKnown[] = {
      {"date", "2024-01-31"},
      {"date-time", "2024-01-31T12:00:00Z"},
      {"time", "12:00:00Z"},
      {"duration", "PT1S"},
      {"uuid", "00000000-0000-4000-8000-000000000001"},
      {"email", "user@example.com"},
      {"uri", "https://example.com/"},
      {"url", "https://example.com/"},
      {"uri-reference", "/"},
      {"hostname", "example.com"},
      {"ipv4", "192.0.2.1"},
      {"ipv6", "2001:db8::1"},
      {"byte", "dGV4dA=="},
  };
  std::string value = "text";
  const std::string_view wanted = text_of(member(&schema, "format"));
  for (const Known& known : kKnown)
    if (known.format == wanted) value = known.value;
  if (const auto least = number_at(schema, "minLength"); least && *least > static_cast<double>(value.size()))
    value.resize(static_cast<std::size_t>(std::min<double>(*least, SchemaSamples::kMaxLength)), 'x');
  if (const auto most = number_at(schema, "maxLength"); most && *most >= 0 && *most < static_cast<double>(value.size()))
    value.resize(static_cast<std::size_t>(*most));
  return value;
}

// How many values a node holds, itself included; counts no further than past `limit`.
std::size_t count_values(const Node& node, std::size_t limit) {
  std::size_t n = 1;
  for (const Node& item : node.items)
    if (n <= limit) n += count_values(item, limit - n);
  for (const config::Entry& e : node.entries)
    if (n <= limit) n += count_values(e.value, limit - n);
  return n;
}

}  // namespace

const Node* SchemaSamples::resolve(const Node* node) const {
  for (int followed = 0; followed <= kMaxDepth; ++followed) {
    const Node* reference = member(node, "$ref");
    if (reference == nullptr) return node;
    std::string_view pointer = text_of(reference);
    if (!pointer.starts_with("#/")) return nullptr;
    pointer.remove_prefix(2);
    node = &document_;
    while (node != nullptr) {
      const std::size_t end = pointer.find('/');
      const std::string name = unescaped(pointer.substr(0, end));
      if (node->kind == Kind::kSequence) {
        std::size_t index = node->items.size();
        std::from_chars(name.data(), name.data() + name.size(), index);
        node = index < node->items.size() ? &node->items[index] : nullptr;
      } else {
        node = member(node, name);
      }
      if (end == std::string_view::npos) break;
      pointer.remove_prefix(end + 1);
    }
    if (node == nullptr) return nullptr;
  }
  return nullptr;
}

SchemaSamples::Sample SchemaSamples::of_carrier(const Node& carrier) const {
  const Node* schema = resolve(member(&carrier, "schema"));
  const std::string_view type = schema == nullptr ? "" : type_of(*schema);
  if (const Node* example = member(&carrier, "example");
      example != nullptr && count_values(*example, kMaxValues) <= kMaxValues)
    return {as_typed(*example, type), true};
  if (const Node* examples = member(&carrier, "examples"); examples != nullptr && !examples->entries.empty()) {
    const Node* first = resolve(&examples->entries.front().value);
    if (const Node* value = member(first, "value"); value != nullptr && count_values(*value, kMaxValues) <= kMaxValues)
      return {as_typed(*value, type), true};
  }
  return of_schema(schema);
}

SchemaSamples::Sample SchemaSamples::of_schema(const Node* schema) const {
  Budget budget;
  auto sample = value(schema, 0, budget);
  return sample ? std::move(*sample) : Sample{Node{}, false};
}

std::optional<SchemaSamples::Sample> SchemaSamples::value(const Node* unresolved, int depth, Budget& budget) const {
  const Node* schema = resolve(unresolved);
  if (depth > kMaxDepth || budget.values == 0) return std::nullopt;
  --budget.values;
  if (schema == nullptr || schema->kind != Kind::kMap) return Sample{quoted_text("text"), false};
  const std::string_view type = type_of(*schema);
  const auto given = [&](const Node& node) -> std::optional<Sample> {
    const std::size_t n = count_values(node, budget.values);
    if (n > budget.values) return std::nullopt;
    budget.values -= n;
    return Sample{as_typed(node, type), true};
  };
  for (const std::string_view key : {"example", "const", "default"})
    if (const Node* node = member(schema, key)) return given(*node);
  for (const std::string_view key : {"examples", "enum"})
    if (const Node* node = member(schema, key); node != nullptr && !node->items.empty())
      return given(node->items.front());
  for (const std::string_view key : {"oneOf", "anyOf"}) {
    const Node* choices = member(schema, key);
    if (choices == nullptr || choices->items.empty() || member(schema, "properties") != nullptr) continue;
    for (const Node& choice : choices->items)  // the first that is not null
      if (const Node* one = resolve(&choice); one == nullptr || type_of(*one) != "null")
        return value(&choice, depth + 1, budget);
  }
  const bool is_combined = member(schema, "allOf") != nullptr;
  if (type == "object" || (type.empty() && is_combined)) return object(*schema, depth, budget);
  if (type == "array") return list(*schema, depth, budget);
  if (type == "integer") return Sample{word(number(*schema, true)), false};
  if (type == "number") return Sample{word(number(*schema, false)), false};
  if (type == "boolean") return Sample{word("true"), false};
  if (type == "null") return Sample{Node{}, false};
  return Sample{quoted_text(text_for(*schema)), false};
}

std::optional<SchemaSamples::Sample> SchemaSamples::object(const Node& schema, int depth, Budget& budget) const {
  Sample sample;
  sample.value.kind = Kind::kMap;
  sample.is_given = true;  // until a member is made up
  // `allOf` with a single schema that is no object stands for that schema.
  if (const Node* all = member(&schema, "allOf"); all != nullptr && all->items.size() == 1) {
    const Node* one = resolve(&all->items.front());
    if (one != nullptr && type_of(*one) != "object" && !type_of(*one).empty())
      return value(&all->items.front(), depth + 1, budget);
  }
  if (!add_members(schema, depth, budget, sample)) return std::nullopt;
  return sample;
}

bool SchemaSamples::add_members(const Node& schema, int depth, Budget& budget, Sample& into) const {
  if (depth > kMaxDepth || budget.values == 0) return false;
  --budget.values;
  if (const Node* all = member(&schema, "allOf"))
    for (const Node& part : all->items) {
      const Node* one = resolve(&part);
      if (one != nullptr && !add_members(*one, depth + 1, budget, into)) return false;
    }
  const Node* required = member(&schema, "required");
  if (required == nullptr) return true;
  const Node* properties = member(&schema, "properties");
  for (const Node& name : required->items) {
    if (into.value.find(name.text) != nullptr || name.text.empty()) continue;
    const Node* property = member(properties, name.text);
    const Node* resolved = resolve(property);
    if (text_of(member(resolved, "readOnly")) == "true") continue;
    auto made = value(property, depth + 1, budget);
    if (!made) return false;
    into.is_given = into.is_given && made->is_given;
    into.value.entries.push_back({name.text, {}, std::move(made->value)});
  }
  return true;
}

std::optional<SchemaSamples::Sample> SchemaSamples::list(const Node& schema, int depth, Budget& budget) const {
  Sample sample;
  sample.value.kind = Kind::kSequence;
  sample.is_given = true;
  const double least = std::clamp(number_at(schema, "minItems").value_or(0), 0.0, static_cast<double>(kMaxItems));
  for (std::size_t i = 0; i < static_cast<std::size_t>(least); ++i) {
    auto item = value(member(&schema, "items"), depth + 1, budget);
    if (!item) return std::nullopt;
    sample.is_given = sample.is_given && item->is_given;
    sample.value.items.push_back(std::move(item->value));
  }
  return sample;
}

}  // namespace loadstone::draft

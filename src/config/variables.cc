#include "config/variables.h"

#include <algorithm>

#include "base/format.h"
#include "base/units.h"

namespace loadstone::config {
namespace {

bool is_name_start(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool is_name_character(char c) { return is_name_start(c) || (c >= '0' && c <= '9'); }

class Substitution {
 public:
  Substitution(const Variables& variables, std::set<std::string, std::less<>>& used, Diagnostics& problems)
      : variables_(variables), used_(used), problems_(problems) {}

  void in(Node& node) {
    for (Node& item : node.items) in(item);
    for (Entry& entry : node.entries) in(entry.value);
    if (node.kind == Kind::kScalar && node.text.find('$') != std::string::npos) in_scalar(node);
  }

 private:
  void in_scalar(Node& node) {
    const std::string& text = node.text;
    std::string out;
    for (std::size_t i = 0; i < text.size();) {
      if (text[i] != '$' || i + 1 == text.size() || (text[i + 1] != '$' && text[i + 1] != '{')) {
        out.push_back(text[i++]);
      } else if (text[i + 1] == '$') {
        out.push_back('$');
        i += 2;
      } else {
        const std::size_t end = text.find('}', i);
        if (end == std::string::npos) {
          problems_.error(node.part(i, 2), "'${' has no matching '}'; write $$ for a plain $");
          return;
        }
        const auto value = value_of(node, i, std::string_view(text).substr(i + 2, end - i - 2));
        if (!value) return;
        out += *value;
        i = end + 1;
      }
      if (out.size() > kMaxValueBytes) {
        problems_.error(node.span, format("longer than {} bytes once its variables are put in", kMaxValueBytes));
        return;
      }
    }
    if (out == text) return;
    node.text = std::move(out);
    node.text_offset.reset();
  }

  std::optional<std::string> value_of(const Node& node, std::size_t offset, std::string_view inside) {
    const Span place = node.part(offset, inside.size() + 3);
    const std::size_t colon = inside.find(":-");
    const std::string_view name = inside.substr(0, colon);
    if (!is_variable_name(name)) {
      problems_.error(place,
                      format("{} is not a variable's name; expected ${{NAME}} or ${{NAME:-default}}", quoted(name)));
      return std::nullopt;
    }
    if (colon != std::string_view::npos && inside.find("${") != std::string_view::npos) {
      problems_.error(place, "a default cannot hold another variable");
      return std::nullopt;
    }
    used_.emplace(name);
    if (const auto set = variables_.set.find(name); set != variables_.set.end()) return set->second;
    if (variables_.environment)
      if (auto value = variables_.environment(name); value && !value->empty()) return value;
    if (colon != std::string_view::npos) return std::string(inside.substr(colon + 2));
    std::vector<std::string_view> known;
    for (const auto& [set_name, value] : variables_.set) known.push_back(set_name);
    const std::string_view near = nearest_word(name, known);
    problems_.error(place, format("the variable {} has no value", name),
                    near.empty()
                        ? format("give it with --set {}=VALUE, in the environment, or as ${{{}:-default}}", name, name)
                        : did_you_mean(near));
    return std::nullopt;
  }

  const Variables& variables_;
  std::set<std::string, std::less<>>& used_;
  Diagnostics& problems_;
};

}  // namespace

bool is_variable_name(std::string_view name) {
  return !name.empty() && is_name_start(name.front()) && std::all_of(name.begin(), name.end(), is_name_character);
}

void substitute(Node& root, const Variables& variables, std::set<std::string, std::less<>>& used,
                Diagnostics& problems) {
  Substitution(variables, used, problems).in(root);
}

}  // namespace loadstone::config

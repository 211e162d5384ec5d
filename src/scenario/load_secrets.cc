#include "scenario/load_parts.h"

namespace loadstone::scenario {
namespace {

// "DB_PASS", "STRIPE_KEY", "apiToken": the words of a variable's name say what it is.
bool is_secret_variable(std::string_view name) {
  if (is_secret_name(name)) return true;
  while (!name.empty()) {
    const std::string_view word = name.substr(0, name.find('_'));
    name.remove_prefix(std::min(word.size() + 1, name.size()));
    if (is_secret_name(word) || word == "KEY" || word == "key") return true;
  }
  return false;
}

class Search {
 public:
  explicit Search(const config::Variables& variables) : variables_(variables) {}

  void in(const config::Node& node, bool is_secret_place) {
    for (const config::Node& item : node.items) in(item, is_secret_place);
    for (const config::Entry& e : node.entries) in(e.value, is_secret_place || is_secret_name(e.key));
    std::string_view text = node.text;
    for (std::size_t at = text.find("${"); at != std::string_view::npos; at = text.find("${")) {
      text.remove_prefix(at + 2);
      const std::string_view name = text.substr(0, text.find_first_of(":}"));
      if (is_secret_place || is_secret_variable(name)) add(name);
    }
  }

  [[nodiscard]] Secrets take() { return std::move(secrets_); }

 private:
  // A default stands in the suite for everybody to read.
  void add(std::string_view name) {
    const std::string shown = "${" + std::string(name) + "}";
    if (const auto set = variables_.set.find(name); set != variables_.set.end())
      secrets_.add(set->second, shown);
    else if (variables_.environment)
      if (const auto value = variables_.environment(name)) secrets_.add(*value, shown);
  }

  const config::Variables& variables_;
  Secrets secrets_;
};

}  // namespace

Secrets find_secrets(const config::Node& root, const config::Variables& variables) {
  Search search(variables);
  search.in(root, false);
  return search.take();
}

}  // namespace loadstone::scenario

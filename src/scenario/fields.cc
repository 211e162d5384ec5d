#include "scenario/fields.h"

#include <algorithm>

#include "base/format.h"
#include "base/units.h"

namespace loadstone::scenario {
namespace {

const config::Node& empty_map() {
  static const config::Node kEmpty = [] {
    config::Node node;
    node.kind = config::Kind::kMap;
    return node;
  }();
  return kEmpty;
}

std::string listed(const std::vector<std::string>& words) {
  std::string text;
  for (const auto& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

}  // namespace

std::optional<std::string_view> scalar(const config::Node& node, std::string_view what, config::Diagnostics& problems) {
  if (node.kind == config::Kind::kScalar) return node.text;
  if (node.kind == config::Kind::kNull)
    problems.error(node.span, format("{} has no value", what));
  else
    problems.error(node.span, format("{}: expected a single value, not {}", what, kind_name(node.kind)));
  return std::nullopt;
}

Fields::Fields(const config::Node& node, std::string_view what, config::Diagnostics& problems)
    : node_(&node), what_(what), problems_(&problems) {
  if (node.kind == config::Kind::kMap) return;
  problems.error(node.span, format("{}: expected a mapping of keys to values, not {}", what, kind_name(node.kind)));
  node_ = &empty_map();
}

void Fields::require(std::string_view key, std::string message) {
  static_cast<void>(entry(key));
  required_.emplace_back(key, std::move(message));
}

void Fields::finish() {
  std::vector<std::string_view> misspelt;
  for (const config::Entry& e : node_->entries) {
    if (std::find(known_.begin(), known_.end(), e.key) != known_.end()) continue;
    const std::string_view near = nearest_word(e.key, known_);
    misspelt.push_back(near);
    problems_->error(e.key_span, format("unknown key {} in {}", config::quoted(e.key), what_),
                     near.empty() ? "expected one of: " + listed(known_) : config::did_you_mean(near));
  }
  if (node_ == &empty_map()) return;
  for (const auto& [key, message] : required_)
    if (node_->find(key) == nullptr && std::find(misspelt.begin(), misspelt.end(), key) == misspelt.end())
      problems_->error(node_->span, message);
}

const config::Entry* Fields::entry(std::string_view key) {
  if (std::find(known_.begin(), known_.end(), key) == known_.end()) known_.emplace_back(key);
  return node_->find(key);
}

std::optional<std::string> Fields::text(std::string_view key) {
  const config::Entry* e = entry(key);
  if (e == nullptr) return std::nullopt;
  const auto text = scalar(e->value, key, *problems_);
  if (!text) return std::nullopt;
  return std::string(*text);
}

std::optional<bool> Fields::boolean(std::string_view key) {
  return value<bool>(key, [](std::string_view text) -> Result<bool> {
    if (text == "true") return true;
    if (text == "false") return false;
    return fail(ErrorCode::kInvalid, "expected true or false");
  });
}

}  // namespace loadstone::scenario

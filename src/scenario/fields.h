// Reads a mapping key by key: asks for what it knows, checks type and range, and at the end reports every key that
// nobody asked for, with a suggestion.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "config/node.h"

namespace loadstone::scenario {

class Fields {
 public:
  // `what` names the mapping in messages: "the scenario". Reports a node that is no mapping, and then has no keys. The
  // node and the diagnostics must outlive this.
  Fields(const config::Node& node, std::string_view what, config::Diagnostics& problems);

  // Without this key finish() reports `message`, unless a misspelling of the key is there and reported.
  void require(std::string_view key, std::string message);

  // Reports the keys that nobody asked for, and those that are missing. To be called once, after everything was asked.
  void finish();

  // The entry of a key, or null. From here on the key is known.
  [[nodiscard]] const config::Entry* entry(std::string_view key);
  // The entry again, without making the key known.
  [[nodiscard]] const config::Entry* find(std::string_view key) const { return node_->find(key); }

  // The single value of a key as text. A list, a mapping or nothing is reported.
  [[nodiscard]] std::optional<std::string> text(std::string_view key);
  [[nodiscard]] std::optional<bool> boolean(std::string_view key);
  // Whatever `read` makes of the text; its error is reported at the value.
  template <class T>
  [[nodiscard]] std::optional<T> value(std::string_view key, Result<T> (*read)(std::string_view));
  // A list of such values; a single value is a list of one.
  template <class T>
  [[nodiscard]] std::optional<std::vector<T>> values(std::string_view key, Result<T> (*read)(std::string_view));

  [[nodiscard]] config::Diagnostics& problems() { return *problems_; }

 private:
  const config::Node* node_;
  std::string what_;
  config::Diagnostics* problems_;
  std::vector<std::string> known_;
  std::vector<std::pair<std::string, std::string>> required_;
};

// The scalar's text, or a report that it is something else.
[[nodiscard]] std::optional<std::string_view> scalar(const config::Node& node, std::string_view what,
                                                     config::Diagnostics& problems);

// What `read` makes of a scalar, or a report at its place.
template <class T>
std::optional<T> read_scalar(const config::Node& node, std::string_view what, Result<T> (*read)(std::string_view),
                             config::Diagnostics& problems) {
  const auto text = scalar(node, what, problems);
  if (!text) return std::nullopt;
  auto result = read(*text);
  if (result) return std::move(*result);
  problems.error(node.span, std::string(what) + ": " + result.error().message);
  return std::nullopt;
}

template <class T>
std::optional<T> Fields::value(std::string_view key, Result<T> (*read)(std::string_view)) {
  const config::Entry* e = entry(key);
  if (e == nullptr) return std::nullopt;
  return read_scalar(e->value, key, read, *problems_);
}

template <class T>
std::optional<std::vector<T>> Fields::values(std::string_view key, Result<T> (*read)(std::string_view)) {
  const config::Entry* e = entry(key);
  if (e == nullptr) return std::nullopt;
  std::vector<T> all;
  if (e->value.kind == config::Kind::kSequence) {
    for (const config::Node& item : e->value.items)
      if (auto v = read_scalar(item, key, read, *problems_)) all.push_back(std::move(*v));
  } else if (auto v = read_scalar(e->value, key, read, *problems_)) {
    all.push_back(std::move(*v));
  }
  return all;
}

}  // namespace loadstone::scenario

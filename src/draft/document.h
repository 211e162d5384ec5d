// Walking a tree of values that may hold anything.
#pragma once

#include <string_view>

#include "config/node.h"

namespace loadstone::draft {

// A member of a mapping; nullptr when there is none, or `node` is no mapping.
[[nodiscard]] inline const config::Node* member(const config::Node* node, std::string_view key) {
  if (node == nullptr || node->kind != config::Kind::kMap) return nullptr;
  const config::Entry* e = node->find(key);
  return e == nullptr ? nullptr : &e->value;
}

// The text of a scalar; empty for anything else.
[[nodiscard]] inline std::string_view text_of(const config::Node* node) {
  return node == nullptr || node->kind != config::Kind::kScalar ? std::string_view() : std::string_view(node->text);
}

}  // namespace loadstone::draft

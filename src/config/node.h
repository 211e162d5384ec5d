// A tree of values that remember where they were written.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/diagnostic.h"
#include "config/source.h"

namespace loadstone::config {

enum class Kind : std::uint8_t { kNull, kScalar, kSequence, kMap };
[[nodiscard]] std::string_view kind_name(Kind kind);  // "a list", with its article

struct Entry;

struct Node {
  Kind kind = Kind::kNull;
  std::string text;        // of a scalar
  bool is_quoted = false;  // then it is a text, whatever it looks like
  Span span;               // the value as written, quotes included
  // Where the scalar's text stands in the source letter by letter; none when it was escaped, folded or substituted.
  std::optional<std::size_t> text_offset;
  std::vector<Node> items;     // of a sequence
  std::vector<Entry> entries;  // of a map, in the order written; keys are unique

  [[nodiscard]] const Entry* find(std::string_view key) const;
  // The place of a part of the scalar's text, or the whole value when parts cannot be told.
  [[nodiscard]] Span part(std::size_t offset, std::size_t length) const;
};

struct Entry {
  std::string key;
  Span key_span;
  Node value;
};

// Compact JSON of a tree. Unquoted words are what JSON makes of them (null, true, false, numbers as JSON writes them);
// everything else is a string. Reports .inf and .nan, which JSON cannot hold.
[[nodiscard]] std::string to_json(const Node& node, Diagnostics& problems);

}  // namespace loadstone::config

// The unique names of a snapshot's nodes, and an index of their substrings.
//
// Names are numbered in the order of their case-folded text, so equality and prefixes are ranges of numbers. Every
// name's letters, pairs and triples (over a folded alphabet of 38 symbols) have a list of the names they occur in; a
// substring is looked for only in the shortest list among the needle's. Immutable once built.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace code_graph::graph {

using NameIndex = std::uint32_t;

// How well a name fits what was asked, best first.
enum class Match : std::uint8_t { kExact, kPrefix, kWord, kInside, kNone };

class NameTable {
 public:
  NameTable() = default;
  // Takes any texts; equal ones become one name. `numbers[i]` is the number of `texts[i]`.
  static NameTable build(std::span<const std::string_view> texts, std::vector<NameIndex>& numbers);

  [[nodiscard]] NameIndex size() const { return static_cast<NameIndex>(offsets_.empty() ? 0 : offsets_.size() - 1); }
  [[nodiscard]] std::string_view text(NameIndex name) const {
    return std::string_view(arena_).substr(offsets_[name], offsets_[name + 1] - offsets_[name]);
  }
  [[nodiscard]] std::string_view folded(NameIndex name) const {
    return std::string_view(folded_).substr(offsets_[name], offsets_[name + 1] - offsets_[name]);
  }

  // The names whose text is exactly this: none or one, as a range of numbers.
  [[nodiscard]] std::pair<NameIndex, NameIndex> exact(std::string_view text) const;
  // The names that begin with this, ignoring case.
  [[nodiscard]] std::pair<NameIndex, NameIndex> prefixed(std::string_view folded_prefix) const;

  // Calls visit(name, match) for every name that contains the needle, ignoring case, in the order of numbers.
  template <class Visit>
  void containing(std::string_view folded_needle, Visit visit) const {
    if (folded_needle.empty()) return;
    for (const NameIndex name : candidates(folded_needle)) {
      if (const Match match = match_of(name, folded_needle); match != Match::kNone) visit(name, match);
    }
  }

  // Names that may contain the needle; each that does is among them, in the order of numbers.
  [[nodiscard]] std::span<const NameIndex> candidates(std::string_view folded_needle) const;
  // Does every candidate contain the needle? True of short needles of letters, digits and '_'.
  [[nodiscard]] static bool candidates_are_certain(std::string_view folded_needle);
  [[nodiscard]] Match match_of(NameIndex name, std::string_view folded_needle) const;
  [[nodiscard]] std::size_t memory_bytes() const;

 private:
  std::string arena_;
  std::string folded_;
  std::vector<std::uint32_t> offsets_;
  struct Grams {
    std::vector<std::uint32_t> offsets;
    std::vector<NameIndex> names;
  };
  Grams grams_[3];  // of one, two and three letters
};

}  // namespace code_graph::graph

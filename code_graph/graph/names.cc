#include "code_graph/graph/names.h"

#include <algorithm>
#include <array>
#include <numeric>

#include "code_graph/graph/kinds.h"

namespace code_graph::graph {
namespace {

constexpr std::uint32_t kSymbols = 38;  // a to z, 0 to 9, _, and everything else as one

constexpr std::array<std::uint8_t, 256> kSymbolOf = [] {
  std::array<std::uint8_t, 256> table{};
  for (int c = 0; c < 256; ++c) {
    const char f = fold(static_cast<char>(c));
    if (f >= 'a' && f <= 'z') {
      table[c] = static_cast<std::uint8_t>(f - 'a');
    } else if (f >= '0' && f <= '9') {
      table[c] = static_cast<std::uint8_t>(26 + f - '0');
    } else {
      table[c] = f == '_' ? 36 : 37;
    }
  }
  return table;
}();

std::uint32_t code_of(std::string_view gram) {
  std::uint32_t code = 0;
  for (const char c : gram) code = code * kSymbols + kSymbolOf[static_cast<unsigned char>(c)];
  return code;
}

std::string folded_copy(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), fold);
  return out;
}

bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Does a word start at `at`: after a separator, at a hump of camel case, or where letters and digits meet.
bool starts_word(std::string_view raw, std::size_t at) {
  const char before = raw[at - 1];
  const char here = raw[at];
  if (!is_lower(before) && !is_upper(before) && !is_digit(before) && static_cast<unsigned char>(before) < 0x80)
    return true;
  if (is_upper(here) && !is_upper(before)) return true;
  // The last capital of a run starts the next word: the S of HTTPServer.
  if (is_upper(here) && is_upper(before) && at + 1 < raw.size() && is_lower(raw[at + 1])) return true;
  return is_digit(here) != is_digit(before);
}

}  // namespace

NameTable NameTable::build(std::span<const std::string_view> texts, std::vector<NameIndex>& numbers) {
  NameTable table;
  std::vector<std::uint32_t> order(texts.size());
  std::iota(order.begin(), order.end(), 0);
  // The first eight folded bytes as one number decide most comparisons.
  std::vector<std::uint64_t> head(texts.size());
  for (std::size_t i = 0; i < texts.size(); ++i) {
    std::uint64_t key = 0;
    for (std::size_t b = 0; b < 8; ++b) {
      key = key << 8 | (b < texts[i].size() ? static_cast<unsigned char>(fold(texts[i][b])) : 0);
    }
    head[i] = key;
  }
  const auto folded_less = [](char x, char y) {
    return static_cast<unsigned char>(fold(x)) < static_cast<unsigned char>(fold(y));
  };
  std::ranges::sort(order, [&](std::uint32_t a, std::uint32_t b) {
    if (head[a] != head[b]) return head[a] < head[b];
    const auto x = texts[a];
    const auto y = texts[b];
    if (std::ranges::lexicographical_compare(x, y, folded_less)) return true;
    if (std::ranges::lexicographical_compare(y, x, folded_less)) return false;
    return x < y;
  });

  numbers.resize(texts.size());
  table.offsets_.push_back(0);
  for (std::size_t i = 0; i < order.size(); ++i) {
    const std::string_view text = texts[order[i]];
    if (i == 0 || text != texts[order[i - 1]]) {
      table.arena_ += text;
      table.offsets_.push_back(static_cast<std::uint32_t>(table.arena_.size()));
    }
    numbers[order[i]] = static_cast<NameIndex>(table.offsets_.size() - 2);
  }
  table.arena_.shrink_to_fit();
  table.offsets_.shrink_to_fit();
  table.folded_ = folded_copy(table.arena_);

  std::uint32_t space = 1;
  for (std::size_t length = 1; length <= 3; ++length) {
    space *= kSymbols;
    Grams& grams = table.grams_[length - 1];
    grams.offsets.assign(space + 1, 0);
    std::vector<NameIndex> last(space, ~NameIndex{0});
    // Twice over the names: count, then place. A name is listed once however often the gram occurs in it.
    const auto each = [&](auto&& found) {
      std::ranges::fill(last, ~NameIndex{0});
      for (NameIndex name = 0; name < table.size(); ++name) {
        const std::string_view text = table.folded(name);
        for (std::size_t at = 0; at + length <= text.size(); ++at) {
          const std::uint32_t code = code_of(text.substr(at, length));
          if (last[code] == name) continue;
          last[code] = name;
          found(code, name);
        }
      }
    };
    each([&](std::uint32_t code, NameIndex) { ++grams.offsets[code + 1]; });
    std::partial_sum(grams.offsets.begin(), grams.offsets.end(), grams.offsets.begin());
    grams.names.resize(grams.offsets.back());
    std::vector<std::uint32_t> next(grams.offsets.begin(), grams.offsets.end() - 1);
    each([&](std::uint32_t code, NameIndex name) { grams.names[next[code]++] = name; });
  }
  return table;
}

std::pair<NameIndex, NameIndex> NameTable::prefixed(std::string_view folded_prefix) const {
  NameIndex low = 0;
  NameIndex high = size();
  while (low < high) {
    const NameIndex middle = low + (high - low) / 2;
    if (folded(middle) < folded_prefix) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  NameIndex end = size();
  NameIndex from = low;
  while (from < end) {
    const NameIndex middle = from + (end - from) / 2;
    if (folded(middle).substr(0, folded_prefix.size()) <= folded_prefix) {
      from = middle + 1;
    } else {
      end = middle;
    }
  }
  return {low, from};
}

std::pair<NameIndex, NameIndex> NameTable::exact(std::string_view wanted) const {
  const std::string folded_wanted = folded_copy(wanted);
  auto [name, end] = prefixed(folded_wanted);
  for (; name < end && folded(name).size() == wanted.size(); ++name) {
    if (text(name) == wanted) return {name, name + 1};
  }
  return {0, 0};
}

Match NameTable::match_of(NameIndex name, std::string_view folded_needle) const {
  const std::string_view text_folded = folded(name);
  std::size_t at = text_folded.find(folded_needle);
  if (at == std::string_view::npos) return Match::kNone;
  if (at == 0) return text_folded.size() == folded_needle.size() ? Match::kExact : Match::kPrefix;
  const std::string_view raw = text(name);
  for (; at != std::string_view::npos; at = text_folded.find(folded_needle, at + 1)) {
    if (starts_word(raw, at)) return Match::kWord;
  }
  return Match::kInside;
}

std::span<const NameIndex> NameTable::candidates(std::string_view folded_needle) const {
  const std::size_t length = std::min<std::size_t>(3, folded_needle.size());
  const Grams& grams = grams_[length - 1];
  if (grams.offsets.empty()) return {};
  std::span<const NameIndex> best;
  for (std::size_t at = 0; at + length <= folded_needle.size(); ++at) {
    const std::uint32_t code = code_of(folded_needle.substr(at, length));
    const std::span<const NameIndex> list(grams.names.data() + grams.offsets[code],
                                          grams.offsets[code + 1] - grams.offsets[code]);
    if (at == 0 || list.size() < best.size()) best = list;
    if (best.empty()) break;
  }
  return best;
}

bool NameTable::candidates_are_certain(std::string_view folded_needle) {
  // 37 stands for several characters.
  return folded_needle.size() <= 3 &&
         std::ranges::none_of(folded_needle, [](char c) { return kSymbolOf[static_cast<unsigned char>(c)] == 37; });
}

std::size_t NameTable::memory_bytes() const {
  std::size_t bytes = arena_.capacity() + folded_.capacity() + offsets_.capacity() * sizeof offsets_[0];
  for (const Grams& grams : grams_)
    bytes += (grams.offsets.capacity() + grams.names.capacity()) * sizeof(std::uint32_t);
  return bytes;
}

}  // namespace code_graph::graph

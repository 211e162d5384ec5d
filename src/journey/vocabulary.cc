#include "journey/vocabulary.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "base/ascii.h"
#include "base/format.h"
#include "base/units.h"

namespace loadstone::journey {
namespace {

struct OwnWord {
  std::string_view name;
  Word::Kind kind;
};
constexpr std::array<OwnWord, 4> kOwn = {{{"request.id", Word::Kind::kRequestId},
                                          {"unique", Word::Kind::kUnique},
                                          {"user", Word::Kind::kUser},
                                          {"random", Word::Kind::kRandom}}};

tl::unexpected<Error> invalid(std::string message) { return fail(ErrorCode::kInvalid, std::move(message)); }

// "random:1-6"
Result<Word> random_between(std::string_view range) {
  Word word;
  word.kind = Word::Kind::kRandom;
  const std::size_t dash = range.find('-');
  const auto number = [](std::string_view text, std::uint64_t& to) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), to);
    return !text.empty() && error == std::errc() && end == text.data() + text.size();
  };
  if (dash == std::string_view::npos || !number(range.substr(0, dash), word.low) ||
      !number(range.substr(dash + 1), word.high) || word.low > word.high || word.high > 1'000'000'000'000'000)
    return invalid(format("'{}' is no range; expected {{{{random:1-6}}}}", range));
  return word;
}

}  // namespace

bool Vocabulary::is_name(std::string_view text) {
  constexpr std::size_t kLongest = 100;
  return !text.empty() && text.size() <= kLongest && is_letter(text.front()) &&
         std::all_of(text.begin(), text.end(), [](char c) { return is_letter(c) || is_digit(c) || c == '_'; });
}

bool Vocabulary::is_taken(std::string_view name) const {
  return name == "request" || name == "raw" ||
         std::any_of(kOwn.begin(), kOwn.end(), [&](const OwnWord& w) { return w.name == name; }) ||
         std::any_of(files_.begin(), files_.end(), [&](const File& f) { return f.name == name; });
}

void Vocabulary::add_file(std::string name, std::shared_ptr<const Table> table) {
  files_.push_back({std::move(name), std::move(table)});
}

std::uint32_t Vocabulary::add_variable(std::string_view name) {
  const auto at = std::find(names_.begin(), names_.end(), name);
  const auto slot = static_cast<std::uint32_t>(at - names_.begin());
  if (at == names_.end()) names_.emplace_back(name);
  if (std::find(known_.begin(), known_.end(), slot) == known_.end()) known_.push_back(slot);
  return slot;
}

Result<Word> Vocabulary::meaning(std::string_view inside) const {
  Word word;
  for (const OwnWord& own : kOwn)
    if (inside == own.name) {
      word.kind = own.kind;
      return word;
    }
  if (inside.starts_with("random:")) return random_between(inside.substr(7));
  for (const std::uint32_t slot : known_)
    if (names_[slot] == inside) {
      word.slot = slot;
      return word;
    }
  std::vector<std::string> known;
  for (const std::uint32_t slot : known_) known.push_back(names_[slot]);
  for (std::uint32_t f = 0; f < files_.size(); ++f) {
    if (files_[f].table == nullptr) {
      if (inside.starts_with(files_[f].name + ".")) return word;
      continue;
    }
    for (std::uint32_t c = 0; c < files_[f].table->columns().size(); ++c) {
      const std::string name = files_[f].name + "." + files_[f].table->columns()[c];
      if (inside == name) {
        word.kind = Word::Kind::kCell;
        word.file = f;
        word.column = c;
        return word;
      }
      known.push_back(name);
    }
  }
  for (const OwnWord& own : kOwn) known.emplace_back(own.name);
  const std::string nothing = format("nothing has set {{{{{}}}}} before this", inside);
  if (const std::string_view near = nearest_word(inside, known); !near.empty())
    return invalid(format("{}; did you mean {{{{{}}}}}?", nothing, near));
  constexpr std::size_t kMostShown = 12;
  std::string list;
  for (std::size_t i = 0; i < known.size() && i < kMostShown; ++i)
    list += format("{}{{{{{}}}}}", list.empty() ? "" : ", ", known[i]);
  return invalid(format("{}; known are {}", nothing, list));
}

}  // namespace loadstone::journey

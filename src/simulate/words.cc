#include "simulate/words.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "base/format.h"
#include "base/units.h"

namespace loadstone::simulate {

std::vector<std::string_view> split_words(std::string_view text) {
  std::vector<std::string_view> all;
  while (!text.empty()) {
    const auto begin = text.find_first_not_of(" \t\n");
    if (begin == std::string_view::npos) break;
    text.remove_prefix(begin);
    const auto end = std::min(text.find_first_of(" \t\n"), text.size());
    all.push_back(text.substr(0, end));
    text.remove_prefix(end);
  }
  return all;
}

Status read_words(const std::vector<std::string_view>& words, std::size_t first, const WordReaders& readers,
                  std::string_view what) {
  std::vector<std::string_view> seen;
  for (std::size_t i = first; i < words.size(); ++i) {
    const auto equals = words[i].find('=');
    if (equals == std::string_view::npos)
      return fail(ErrorCode::kInvalid, format("'{}' in {}: expected key=value", words[i], what));
    const std::string_view key = words[i].substr(0, equals);
    const auto reader = readers.find(key);
    if (reader == readers.end()) {
      std::vector<std::string_view> keys;
      std::string list;
      for (const auto& [name, unused] : readers) {
        keys.push_back(name);
        list += list.empty() ? std::string(name) : ", " + std::string(name);
      }
      const auto near = nearest_word(key, keys);
      return fail(ErrorCode::kInvalid, format("'{}' is not a key of {}{}; there are {}", key, what,
                                              near.empty() ? "" : format(" (did you mean {}?)", near), list));
    }
    for (const auto& before : seen)
      if (before == key) return fail(ErrorCode::kInvalid, format("'{}' is given twice in {}", key, what));
    seen.push_back(key);
    if (const auto status = reader->second(words[i].substr(equals + 1)); !status)
      return fail(status.error().within(format("'{}' in {}", words[i], what)));
  }
  return {};
}

Status read_share(std::string_view text, double& into) {
  const auto r = parse_ratio(text);
  if (!r) return fail(r.error());
  if (*r > 1) return fail(ErrorCode::kInvalid, "a share is at most 100%");
  into = *r;
  return {};
}

Status read_whole(std::string_view text, std::uint64_t& into) {
  const auto n = parse_count(text);
  if (!n) return fail(n.error());
  if (*n != std::floor(*n) || *n > 1e15) return fail(ErrorCode::kInvalid, "expected a whole number");
  into = static_cast<std::uint64_t>(*n);
  return {};
}

Status read_yes_or_no(std::string_view text, bool& into) {
  if (text != "yes" && text != "no") return fail(ErrorCode::kInvalid, "expected yes or no");
  into = text == "yes";
  return {};
}

}  // namespace loadstone::simulate

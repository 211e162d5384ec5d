// What a route takes: one table for checking what comes, for reading it, and for /openapi.json.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace code_graph::http {

enum class Kind : std::uint8_t {
  kText,      // bounds are its length in bytes
  kInteger,   // bounds are its value
  kNumber,    // bounds are its value
  kBoolean,   // true/false/1/0/yes/no/on/off in any case
  kWord,      // one of `words`, or empty for "not given"
  kLanguage,  // a display name of a language in any case, or empty for "not given"
  kWords,     // several of `words`: an array, or a list with commas; all when empty
  kTexts,     // several texts, each 1 to `most` bytes, at most kMostTexts of them
  kValue,     // any JSON value; bodies only
};

enum class Place : std::uint8_t { kPath, kQuery, kBody, kQueryOrBody };

inline constexpr std::size_t kMostTexts = 64;

struct Parameter {
  std::string_view name;
  Kind kind = Kind::kText;
  Place place = Place::kQuery;
  std::string_view fallback = {};  // what holds when it is not given, as JSON; empty: nothing
  double least = 0;
  double most = 0;
  bool required = false;
  std::string_view unless = {};  // not required when this one is given
  std::span<const std::string_view> aliases = {};
  std::span<const std::string_view> words = {};
  std::string_view says = {};
};

}  // namespace code_graph::http

#include "base/json_pointer.h"

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <cstdint>
#include <cstring>

#include "base/ascii.h"
#include "base/format.h"
#include "base/utf8.h"

namespace loadstone {
namespace {

bool is_blank(char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }

// The bits of the bytes of `word` that are `c`; those above the first such byte may be wrong.
std::uint64_t matches(std::uint64_t word, char c) {
  constexpr std::uint64_t kOnes = 0x0101010101010101ULL;
  const std::uint64_t zeros = word ^ (kOnes * static_cast<unsigned char>(c));
  return (zeros - kOnes) & ~zeros & (kOnes << 7);
}

// The first quote or backslash, or the end.
const char* find_special(const char* at, const char* end) {
  if constexpr (std::endian::native == std::endian::little) {
    while (end - at >= 8) {
      std::uint64_t word;
      std::memcpy(&word, at, sizeof word);
      const std::uint64_t found = matches(word, '"') | matches(word, '\\');
      if (found != 0) return at + std::countr_zero(found) / 8;
      at += 8;
    }
  }
  while (at != end && *at != '"' && *at != '\\') ++at;
  return at;
}

// RFC 8259 section 6.
bool is_number(std::string_view text) {
  const auto digits = [&] {
    const std::size_t before = text.size();
    while (!text.empty() && is_digit(text.front())) text.remove_prefix(1);
    return before - text.size();
  };
  if (!text.empty() && text.front() == '-') text.remove_prefix(1);
  const bool zero = !text.empty() && text.front() == '0';
  const std::size_t whole = digits();
  if (whole == 0 || (zero && whole > 1)) return false;
  if (!text.empty() && text.front() == '.') {
    text.remove_prefix(1);
    if (digits() == 0) return false;
  }
  if (!text.empty() && (text.front() == 'e' || text.front() == 'E')) {
    text.remove_prefix(1);
    if (!text.empty() && (text.front() == '+' || text.front() == '-')) text.remove_prefix(1);
    if (digits() == 0) return false;
  }
  return text.empty();
}

std::optional<std::uint32_t> four_digits(std::string_view text) {
  std::uint32_t value = 0;
  if (text.size() < 4) return std::nullopt;
  const auto [end, error] = std::from_chars(text.data(), text.data() + 4, value, 16);
  if (error != std::errc() || end != text.data() + 4) return std::nullopt;
  return value;
}

// The character after "\u", with the second half of a surrogate pair (RFC 8259 section 7). Takes it off the front.
std::optional<std::uint32_t> take_unicode(std::string_view& raw) {
  const auto first = four_digits(raw);
  if (!first || (*first >= 0xdc00 && *first <= 0xdfff)) return std::nullopt;
  raw.remove_prefix(4);
  if (*first < 0xd800 || *first > 0xdbff) return first;
  if (!raw.starts_with("\\u")) return std::nullopt;
  const auto second = four_digits(raw.substr(2));
  if (!second || *second < 0xdc00 || *second > 0xdfff) return std::nullopt;
  raw.remove_prefix(6);
  return 0x10000 + ((*first - 0xd800) << 10) + (*second - 0xdc00);
}

// What a string with escapes says, in `to`. False when an escape does not exist.
bool unescape(std::string_view raw, std::string& to) {
  constexpr std::string_view kLetters = "\"\\/bfnrt";
  constexpr std::string_view kMeanings = "\"\\/\b\f\n\r\t";
  to.clear();
  for (;;) {
    const std::size_t at = raw.find('\\');
    to.append(raw.substr(0, at));
    if (at == std::string_view::npos) return true;
    raw.remove_prefix(at + 1);
    if (raw.empty()) return false;
    const char letter = raw.front();
    raw.remove_prefix(1);
    if (letter == 'u') {
      const auto character = take_unicode(raw);
      if (!character) return false;
      append_utf8(to, *character);
      continue;
    }
    const std::size_t which = kLetters.find(letter);
    if (which == std::string_view::npos) return false;
    to.push_back(kMeanings[which]);
  }
}

struct RawString {
  std::string_view text;  // between the quotes
  bool escaped = false;
};

// A place in a JSON text. Every take or skip returns false, or nothing, where the text is not JSON.
class Cursor {
 public:
  explicit Cursor(std::string_view json) : at_(json.data()), end_(json.data() + json.size()) {
    if (json.starts_with("\xef\xbb\xbf")) at_ += 3;  // a byte order mark; RFC 8259 section 8.1
  }

  // The next character that is not blank, or NUL at the end.
  char peek() {
    while (at_ != end_ && is_blank(*at_)) ++at_;
    return at_ == end_ ? '\0' : *at_;
  }
  bool take(char c) {
    if (peek() != c) return false;
    ++at_;
    return true;
  }

  std::optional<RawString> take_string() {
    if (!take('"')) return std::nullopt;
    RawString string;
    const char* const begin = at_;
    while ((at_ = find_special(at_, end_)) != end_) {
      if (*at_ == '"') {
        string.text = {begin, static_cast<std::size_t>(at_ - begin)};
        ++at_;
        return string;
      }
      string.escaped = true;
      at_ += std::min<std::ptrdiff_t>(2, end_ - at_);
    }
    return std::nullopt;
  }

  // A number, or one of the words.
  std::string_view take_plain() {
    peek();
    const char* const begin = at_;
    while (at_ != end_ && *at_ != ',' && *at_ != '}' && *at_ != ']' && !is_blank(*at_)) ++at_;
    return {begin, static_cast<std::size_t>(at_ - begin)};
  }

  // A whole value, as it stands.
  std::optional<std::string_view> take_value() {
    peek();
    const char* const begin = at_;
    if (!skip_value()) return std::nullopt;
    return std::string_view(begin, static_cast<std::size_t>(at_ - begin));
  }

  bool skip_value() {
    const char first = peek();
    if (first == '"') return take_string().has_value();
    if (first != '{' && first != '[') return !take_plain().empty();
    std::size_t depth = 0;
    while (at_ != end_) {
      const char c = *at_;
      if (c == '"') {
        if (!take_string()) return false;
        continue;
      }
      ++at_;
      if (c == '{' || c == '[') ++depth;
      if ((c == '}' || c == ']') && --depth == 0) return true;
    }
    return false;
  }

 private:
  const char* at_;
  const char* end_;
};

bool is_same(const RawString& string, std::string_view key, std::string& scratch) {
  if (!string.escaped) return string.text == key;
  return unescape(string.text, scratch) && scratch == key;
}

// Goes to the value of that key, from the object's brace.
bool enter_object(Cursor& cursor, std::string_view key, std::string& scratch) {
  cursor.take('{');
  if (cursor.peek() == '}') return false;
  do {
    const auto name = cursor.take_string();
    if (!name || !cursor.take(':')) return false;
    if (is_same(*name, key, scratch)) return true;
    if (!cursor.skip_value()) return false;
  } while (cursor.take(','));
  return false;
}

bool enter_array(Cursor& cursor, std::size_t index) {
  cursor.take('[');
  if (cursor.peek() == ']') return false;
  for (; index > 0; --index)
    if (!cursor.skip_value() || !cursor.take(',')) return false;
  return true;
}

}  // namespace

Result<JsonPointer> JsonPointer::parse(std::string_view text) {
  JsonPointer pointer;
  if (!text.empty() && text.front() != '/')
    return fail(ErrorCode::kInvalid, format("a JSON pointer begins with '/': {}", text));
  while (!text.empty()) {
    text.remove_prefix(1);
    const std::string_view token = text.substr(0, text.find('/'));
    text.remove_prefix(token.size());
    Step step;
    for (std::size_t i = 0; i < token.size(); ++i) {
      if (token[i] != '~') {
        step.key += token[i];
        continue;
      }
      const char escape = ++i < token.size() ? token[i] : '\0';
      if (escape != '0' && escape != '1')
        return fail(ErrorCode::kInvalid, format("in a JSON pointer '~' is followed by 0 or 1: {}", token));
      step.key += escape == '0' ? '~' : '/';
    }
    std::size_t index = 0;
    const char* const end = token.data() + token.size();
    const auto read = std::from_chars(token.data(), end, index);
    const bool leading_zero = token.size() > 1 && token.front() == '0';
    if (!token.empty() && is_digit(token.front()) && read.ec == std::errc() && read.ptr == end && !leading_zero)
      step.index = index;
    pointer.steps_.push_back(std::move(step));
  }
  return pointer;
}

namespace {

// Goes to the value that the steps lead to.
template <class Steps>
bool enter(Cursor& cursor, const Steps& steps, std::string& scratch) {
  for (const auto& step : steps) {
    const char first = cursor.peek();
    if (first == '{') {
      if (!enter_object(cursor, step.key, scratch)) return false;
    } else if (first != '[' || !step.index || !enter_array(cursor, *step.index)) {
      return false;
    }
  }
  return true;
}

}  // namespace

std::optional<std::string_view> JsonPointer::find(std::string_view json, std::string& scratch) const {
  Cursor cursor(json);
  if (!enter(cursor, steps_, scratch)) return std::nullopt;
  if (cursor.peek() == '"') {
    const auto string = cursor.take_string();
    if (!string || !string->escaped) return string ? std::optional(string->text) : std::nullopt;
    return unescape(string->text, scratch) ? std::optional<std::string_view>(scratch) : std::nullopt;
  }
  const std::string_view plain = cursor.take_plain();
  return plain == "true" || plain == "false" || is_number(plain) ? std::optional(plain) : std::nullopt;
}

std::optional<std::string_view> JsonPointer::find_any(std::string_view json, std::string& scratch) const {
  Cursor cursor(json);
  if (!enter(cursor, steps_, scratch)) return std::nullopt;
  const char first = cursor.peek();
  if (first == '{' || first == '[') return cursor.take_value();
  if (first == 'n') return cursor.take_plain() == "null" ? std::optional<std::string_view>("null") : std::nullopt;
  return find(json, scratch);
}

}  // namespace loadstone

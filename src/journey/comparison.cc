#include "journey/comparison.h"

#include <array>
#include <charconv>

#include "base/ascii.h"
#include "base/format.h"

namespace loadstone::journey {
namespace {

std::optional<double> number(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::string_view unquoted(std::string_view s) {
  for (const char quote : {'"', '\''})
    if (s.size() >= 2 && s.front() == quote && s.back() == quote) return s.substr(1, s.size() - 2);
  return s;
}

}  // namespace

Result<Comparison> Comparison::parse(std::string_view text, const Vocabulary& vocabulary) {
  constexpr std::string_view kExpected =
      "expected 'exists', 'is missing', or one of == != < <= > >= contains matches with a value";
  struct Spelling {
    std::string_view text;
    How how;
  };
  // Of two that begin alike the longer comes first.
  static constexpr std::array<Spelling, 8> kWithValue = {{{"==", How::kEqual},
                                                          {"!=", How::kDiffers},
                                                          {"<=", How::kAtMost},
                                                          {">=", How::kAtLeast},
                                                          {"<", How::kLess},
                                                          {">", How::kMore},
                                                          {"contains ", How::kContains},
                                                          {"matches ", How::kMatches}}};
  Comparison comparison;
  text = trim(text);
  if (text == "exists") return comparison;
  if (text == "is missing") {
    comparison.how_ = How::kMissing;
    return comparison;
  }
  for (const Spelling& spelling : kWithValue) {
    if (!text.starts_with(spelling.text)) continue;
    comparison.how_ = spelling.how;
    const std::string_view value = trim(text.substr(spelling.text.size()));
    if (value.empty()) return fail(ErrorCode::kInvalid, "the value to compare with is missing");
    if (spelling.how == How::kMatches) {
      auto pattern = Pattern::compile(unquoted(value));
      if (!pattern) return fail(pattern.error());
      comparison.pattern_ = std::make_shared<const Pattern>(std::move(*pattern));
      return comparison;
    }
    auto with = Template::parse(unquoted(value), vocabulary);
    if (!with) return fail(with.error());
    comparison.with_ = std::move(*with);
    return comparison;
  }
  return fail(ErrorCode::kInvalid, std::string(kExpected));
}

bool Comparison::holds(const std::optional<std::string_view>& value, const Values& values) const {
  if (how_ == How::kExists) return value.has_value();
  if (how_ == How::kMissing) return !value.has_value();
  if (!value) return how_ == How::kDiffers;
  if (how_ == How::kMatches) return pattern_->matches(*value);
  std::string with;
  with_.append(with, values, Escape::kNone);
  if (how_ == How::kContains) return value->find(with) != std::string_view::npos;
  const auto a = number(*value);
  const auto b = number(with);
  const bool are_numbers = a && b;
  switch (how_) {
    case How::kEqual:
      return are_numbers ? *a == *b : *value == with;
    case How::kDiffers:
      return are_numbers ? *a != *b : *value != with;
    case How::kLess:
      return are_numbers && *a < *b;
    case How::kAtMost:
      return are_numbers && *a <= *b;
    case How::kMore:
      return are_numbers && *a > *b;
    case How::kAtLeast:
      return are_numbers && *a >= *b;
    default:
      return false;
  }
}

}  // namespace loadstone::journey

#include "ledger/wall_time.h"

#include <charconv>
#include <chrono>
#include <cstdint>

#include "base/ascii.h"

namespace loadstone::ledger {
namespace {

// Takes exactly `count` digits off the front.
std::optional<int> take_digits(std::string_view& text, std::size_t count) {
  int value = 0;
  if (text.size() < count) return std::nullopt;
  for (const char c : text.substr(0, count)) {
    if (!is_digit(c)) return std::nullopt;
    value = value * 10 + (c - '0');
  }
  text.remove_prefix(count);
  return value;
}

bool take_one_of(std::string_view& text, std::string_view signs) {
  if (text.empty() || signs.find(text.front()) == std::string_view::npos) return false;
  text.remove_prefix(1);
  return true;
}

// Digits after a point, at least one, as parts of `unit`. Takes them off the front.
std::optional<std::int64_t> take_fraction(std::string_view& text, std::int64_t unit) {
  if (text.empty() || !is_digit(text.front())) return std::nullopt;
  std::int64_t value = 0;
  for (; !text.empty() && is_digit(text.front()); text.remove_prefix(1)) {
    unit /= 10;
    value += (text.front() - '0') * unit;
  }
  return value;
}

// How many nanoseconds the number counts in, told by its size.
std::int64_t unit_of(std::int64_t number) {
  if (number < 100'000'000'000) return 1'000'000'000;
  if (number < 100'000'000'000'000) return 1'000'000;
  if (number < 100'000'000'000'000'000) return 1'000;
  return 1;
}

std::optional<Nanoseconds> scaled(std::int64_t number, std::int64_t unit, std::int64_t rest) {
  std::int64_t nanoseconds = 0;
  if (__builtin_mul_overflow(number, unit, &nanoseconds) || __builtin_add_overflow(nanoseconds, rest, &nanoseconds) ||
      nanoseconds < 0)
    return std::nullopt;
  return Nanoseconds(nanoseconds);
}

std::optional<Nanoseconds> parse_number(std::string_view text) {
  const std::string_view all = text;
  std::int64_t whole = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), whole);
  if (read.ec != std::errc() || all.front() == '-') return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(read.ptr - text.data()));
  std::optional<std::int64_t> rest = 0;
  if (take_one_of(text, ".")) rest = take_fraction(text, unit_of(whole));
  if (!rest) return std::nullopt;
  if (text.empty()) return scaled(whole, unit_of(whole), *rest);
  // With an exponent: as exact as a double is, which is a quarter of a microsecond.
  double number = 0;
  const auto real = std::from_chars(all.data(), all.data() + all.size(), number);
  if (real.ec != std::errc() || real.ptr != all.data() + all.size() || number >= 9.2e18) return std::nullopt;
  const double nanoseconds = number * static_cast<double>(unit_of(static_cast<std::int64_t>(number)));
  if (nanoseconds >= 9.2e18) return std::nullopt;
  return scaled(static_cast<std::int64_t>(nanoseconds), 1, 0);
}

// RFC 3339 section 5.6.
std::optional<Nanoseconds> parse_rfc3339(std::string_view text) {
  const auto year = take_digits(text, 4);
  if (!year || !take_one_of(text, "-")) return std::nullopt;
  const auto month = take_digits(text, 2);
  if (!month || !take_one_of(text, "-")) return std::nullopt;
  const auto day = take_digits(text, 2);
  if (!day || !take_one_of(text, "Tt ")) return std::nullopt;
  const auto hour = take_digits(text, 2);
  if (!hour || !take_one_of(text, ":")) return std::nullopt;
  const auto minute = take_digits(text, 2);
  if (!minute || !take_one_of(text, ":")) return std::nullopt;
  const auto second = take_digits(text, 2);  // 60 in a leap second
  if (!second || *hour > 23 || *minute > 59 || *second > 60) return std::nullopt;
  std::optional<std::int64_t> fraction = 0;
  if (take_one_of(text, ".,")) fraction = take_fraction(text, 1'000'000'000);
  if (!fraction) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(*year), std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(*day))};
  if (!date.ok()) return std::nullopt;
  std::int64_t seconds = std::chrono::sys_days(date).time_since_epoch().count() * std::int64_t{86400};
  seconds += *hour * 3600 + *minute * 60 + *second;
  if (!take_one_of(text, "Zz")) {
    const bool west = text.starts_with('-');
    if (!take_one_of(text, "+-")) return std::nullopt;
    const auto hours = take_digits(text, 2);
    if (!hours || !take_one_of(text, ":")) return std::nullopt;
    const auto minutes = take_digits(text, 2);
    if (!minutes || *hours > 23 || *minutes > 59) return std::nullopt;
    seconds += (west ? 1 : -1) * (*hours * 3600 + *minutes * 60);
  }
  return text.empty() ? scaled(seconds, 1'000'000'000, *fraction) : std::nullopt;
}

}  // namespace

std::optional<Nanoseconds> parse_wall_time(std::string_view text) {
  if (text.size() > 4 && text[4] == '-') return parse_rfc3339(text);
  return parse_number(text);
}

}  // namespace loadstone::ledger

#include "base/units.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <span>
#include <vector>

#include "base/ascii.h"
#include "base/format.h"

namespace loadstone {
namespace {

struct Suffix {
  std::string_view text;
  double factor;
};

constexpr Suffix kDurations[] = {{"ns", 1e-9}, {"us", 1e-6}, {"µs", 1e-6}, {"ms", 1e-3}, {"s", 1},
                                 {"sec", 1},   {"m", 60},    {"min", 60},  {"h", 3600},  {"d", 86400}};
constexpr Suffix kCounts[] = {{"", 1}, {"k", 1e3}, {"K", 1e3}, {"M", 1e6}, {"G", 1e9}};
constexpr Suffix kBytes[] = {{"", 1},
                             {"B", 1},
                             {"kB", 1e3},
                             {"KB", 1e3},
                             {"MB", 1e6},
                             {"GB", 1e9},
                             {"TB", 1e12},
                             {"KiB", 1024.0},
                             {"MiB", 1048576.0},
                             {"GiB", 1073741824.0},
                             {"TiB", 1099511627776.0}};

// Takes a finite, non-negative number from the front of s.
Result<double> take_number(std::string_view& s) {
  double value = 0;
  const auto [end, error] = std::from_chars(s.data(), s.data() + s.size(), value);
  if (error != std::errc() || !std::isfinite(value) || value < 0 || std::signbit(value))
    return fail(ErrorCode::kInvalid, "expected a number");
  s.remove_prefix(static_cast<std::size_t>(end - s.data()));
  return value;
}

std::string_view take_letters(std::string_view& s) {
  std::size_t n = 0;
  while (n < s.size() &&
         (std::isalpha(static_cast<unsigned char>(s[n])) != 0 || static_cast<unsigned char>(s[n]) >= 0x80))
    ++n;
  const std::string_view letters = s.substr(0, n);
  s.remove_prefix(n);
  return letters;
}

Result<double> with_suffix(std::string_view text, std::span<const Suffix> suffixes, std::string_view expected) {
  std::string_view rest = trim(text);
  const auto number = take_number(rest);
  if (!number) return fail(ErrorCode::kInvalid, format("expected {}", expected));
  const std::string_view suffix = trim(rest);
  for (const auto& s : suffixes)
    if (s.text == suffix) return *number * s.factor;
  return fail(ErrorCode::kInvalid, format("expected {}; '{}' is not a unit here", expected, suffix));
}

}  // namespace

Result<Nanoseconds> parse_duration(std::string_view text) {
  constexpr std::string_view kExpected = "a duration such as 250ms, 5s or 1m30s";
  std::string_view rest = trim(text);
  if (rest == "0") return Nanoseconds(0);
  if (rest.empty()) return fail(ErrorCode::kInvalid, format("expected {}", kExpected));
  double seconds = 0;
  while (!rest.empty()) {
    const auto number = take_number(rest);
    if (!number) return fail(ErrorCode::kInvalid, format("expected {}", kExpected));
    rest = trim(rest);
    const std::string_view unit = take_letters(rest);
    if (unit.empty()) return fail(ErrorCode::kInvalid, format("expected {}; the unit is missing", kExpected));
    const auto* known =
        std::find_if(std::begin(kDurations), std::end(kDurations), [&](const Suffix& s) { return s.text == unit; });
    if (known == std::end(kDurations))
      return fail(ErrorCode::kInvalid, format("expected {}; '{}' is not a unit of time", kExpected, unit));
    seconds += *number * known->factor;
    rest = trim(rest);
  }
  // 100 years is where nanoseconds in 64 bits come near their end.
  if (seconds > 100.0 * 365 * 86400) return fail(ErrorCode::kInvalid, "a duration may be at most 100 years");
  return from_seconds(seconds);
}

Result<double> parse_count(std::string_view text) {
  return with_suffix(text, kCounts, "a number such as 100, 2.5k or 1M");
}

Result<double> parse_rate(std::string_view text) {
  constexpr std::string_view kExpected = "a rate such as 500/s, 10k/s or 600/m";
  std::string_view rest = trim(text);
  double per = 1;
  if (const auto slash = rest.find('/'); slash != std::string_view::npos) {
    const std::string_view unit = trim(rest.substr(slash + 1));
    if (unit == "s" || unit == "sec")
      per = 1;
    else if (unit == "m" || unit == "min")
      per = 60;
    else if (unit == "h")
      per = 3600;
    else
      return fail(ErrorCode::kInvalid, format("expected {}; '/{}' is not a unit of rate", kExpected, unit));
    rest = rest.substr(0, slash);
  }
  const auto count = with_suffix(rest, kCounts, kExpected);
  if (!count) return count;
  return *count / per;
}

Result<double> parse_bytes(std::string_view text) {
  return with_suffix(text, kBytes, "a size such as 512KiB, 10MB or 1.5GiB");
}

Result<double> parse_ratio(std::string_view text) {
  constexpr Suffix kRatios[] = {{"", 1}, {"%", 0.01}};
  return with_suffix(text, kRatios, "a share such as 95% or 0.95");
}

Result<double> parse_quantity(std::string_view text, Unit unit) {
  switch (unit) {
    case Unit::kSeconds: {
      const auto d = parse_duration(text);
      if (!d) return fail(d.error());
      return to_seconds(*d);
    }
    case Unit::kPerSecond:
      return parse_rate(text);
    case Unit::kRatio:
      return parse_ratio(text);
    case Unit::kCount:
      return parse_count(text);
    case Unit::kBytes:
      return parse_bytes(text);
    case Unit::kBytesPerSecond: {
      std::string_view rest = trim(text);
      if (rest.ends_with("/s")) rest.remove_suffix(2);
      return parse_bytes(rest);
    }
  }
  return fail(ErrorCode::kInternal, "unknown unit");
}

namespace {

// Three significant figures without an exponent.
std::string figures(double v) {
  const double a = std::fabs(v);
  if (a == 0) return "0";
  if (a >= 100) return format("{:.0f}", v);
  if (a >= 10) return format("{:.1f}", v);
  return format("{:.2f}", v);
}

std::string scaled(double v, std::span<const Suffix> ascending, std::string_view separator) {
  // 999.6 must become "1.00k", not "1000".
  const Suffix* chosen = &ascending.front();
  for (const auto& s : ascending)
    if (std::fabs(v) >= s.factor * 0.9995) chosen = &s;
  return format("{}{}{}", figures(v / chosen->factor), chosen->text.empty() ? "" : separator, chosen->text);
}

std::string show_seconds(double s) {
  constexpr Suffix kShown[] = {{"ns", 1e-9}, {"µs", 1e-6}, {"ms", 1e-3}, {"s", 1}};
  if (s == 0) return "0 s";
  if (std::fabs(s) < 60) return scaled(s, kShown, " ");
  const auto total = static_cast<std::int64_t>(std::llround(s));
  if (total >= 86400) return format("{}d{}h", total / 86400, total % 86400 / 3600);
  if (total >= 3600) return format("{}h{:02}m", total / 3600, total % 3600 / 60);
  return total % 60 == 0 ? format("{}m", total / 60) : format("{}m{:02}s", total / 60, total % 60);
}

}  // namespace

std::string show_quantity(double value, Unit unit) {
  constexpr Suffix kShownBytes[] = {{"B", 1}, {"kB", 1e3}, {"MB", 1e6}, {"GB", 1e9}, {"TB", 1e12}};
  constexpr Suffix kShownCounts[] = {{"", 1}, {"k", 1e3}, {"M", 1e6}, {"G", 1e9}};
  if (std::isnan(value)) return "-";
  if (std::isinf(value)) return value > 0 ? "∞" : "-∞";
  switch (unit) {
    case Unit::kSeconds:
      return show_seconds(value);
    case Unit::kPerSecond:
      return scaled(value, kShownCounts, "") + "/s";
    case Unit::kRatio: {
      // 99.98 % must not be rounded to 100 %: keep two places, and more near the ends.
      const double percent = value * 100;
      if (percent == std::floor(percent)) return format("{:.0f} %", percent);
      const double edge = std::min(std::fabs(percent), std::fabs(100 - percent));
      return edge < 0.005
                 ? format("{:.2g} %", percent) == "1e+02 %" ? format("{:.6f} %", percent) : format("{:.2g} %", percent)
                 : format("{:.2f} %", percent);
    }
    case Unit::kCount:
      return value == std::floor(value) && std::fabs(value) < 1e15
                 ? (value < 0 ? "-" : "") + show_count(static_cast<std::uint64_t>(std::fabs(value)))
                 : figures(value);
    case Unit::kBytes:
      return scaled(value, kShownBytes, " ");
    case Unit::kBytesPerSecond:
      return scaled(value, kShownBytes, " ") + "/s";
  }
  return {};
}

std::string show_duration(Nanoseconds d) {
  // Whole values as a person typed them ("5 s", not "5.00 s").
  const auto ns = d.count();
  if (ns != 0 && ns % 1'000'000'000 == 0 && ns < 60'000'000'000) return format("{} s", ns / 1'000'000'000);
  if (ns != 0 && ns % 1'000'000 == 0 && ns < 1'000'000'000) return format("{} ms", ns / 1'000'000);
  return show_seconds(to_seconds(d));
}

std::string show_count(std::uint64_t n) {
  std::string digits = std::to_string(n);
  for (auto at = static_cast<std::ptrdiff_t>(digits.size()) - 3; at > 0; at -= 3)
    digits.insert(static_cast<std::size_t>(at), ",");
  return digits;
}

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before(b.size() + 1), last(b.size() + 1), row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) last[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + (a[i - 1] == b[j - 1] ? 0U : 1U)});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) row[j] = std::min(row[j], before[j - 2] + 1);
    }
    std::swap(before, last);
    std::swap(last, row);
  }
  return last[b.size()];
}

}  // namespace loadstone

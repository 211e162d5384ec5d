// "250ms", "10k/s", "1.5GiB", "95%" to values in SI base units, and values back to text for people.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"

namespace loadstone {

// What kind of quantity a number is; decides how it is read and how it is shown.
enum class Unit { kSeconds, kPerSecond, kRatio, kCount, kBytes, kBytesPerSecond };

// The readers accept surrounding blanks and refuse anything else left over. Messages say what was expected.

// ns us µs ms s m h d, several in a row ("1m30s"); a bare number is refused except 0.
[[nodiscard]] Result<Nanoseconds> parse_duration(std::string_view text);
// A non-negative number with an optional k, M or G (thousands): "10k".
[[nodiscard]] Result<double> parse_count(std::string_view text);
// Per second: "500/s", "10k/s", "600/m"; a bare number means per second.
[[nodiscard]] Result<double> parse_rate(std::string_view text);
// B, kB KB MB GB TB (thousands), KiB MiB GiB TiB (1024); a bare number is bytes.
[[nodiscard]] Result<double> parse_bytes(std::string_view text);
// "95%" or "0.95", as a ratio.
[[nodiscard]] Result<double> parse_ratio(std::string_view text);
// Any of the above by kind, in SI base units.
[[nodiscard]] Result<double> parse_quantity(std::string_view text, Unit unit);

// Three significant figures and a fitting unit: "1.25 ms", "10.2k/s", "99.98 %", "41.3 MB".
[[nodiscard]] std::string show_quantity(double value, Unit unit);
[[nodiscard]] std::string show_duration(Nanoseconds d);
// A count in full with separators: 1,234,567.
[[nodiscard]] std::string show_count(std::uint64_t n);

// The word of `candidates` nearest to `word`, or empty when none is near enough to suggest.
template <class Range>
[[nodiscard]] std::string_view nearest_word(std::string_view word, const Range& candidates);
// Optimal string alignment distance (insert, delete, replace, swap of neighbours).
[[nodiscard]] std::size_t edit_distance(std::string_view a, std::string_view b);

template <class Range>
std::string_view nearest_word(std::string_view word, const Range& candidates) {
  std::string_view best;
  std::size_t best_distance = word.size() / 3 + 2;
  for (const auto& candidate : candidates) {
    const std::size_t d = edit_distance(word, candidate);
    if (d < best_distance) {
      best = candidate;
      best_distance = d;
    }
  }
  return best;
}

}  // namespace loadstone

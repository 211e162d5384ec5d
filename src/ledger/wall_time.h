// Instants as services write them into their messages.
#pragma once

#include <optional>
#include <string_view>

#include "base/clock.h"

namespace loadstone::ledger {

// Since 1970 in UTC, from a number or RFC 3339:
//   1700000000, 1700000000.25    seconds below 10^11, milliseconds below 10^14, microseconds below 10^17, else
//                                nanoseconds; with a fraction, or an exponent
//   2023-11-14T22:13:20.25Z      or with an offset, a blank for T, any number of digits
// What is finer than a nanosecond is cut off. Nothing for what is neither, before 1970, or after 2262.
[[nodiscard]] std::optional<Nanoseconds> parse_wall_time(std::string_view text);

}  // namespace loadstone::ledger

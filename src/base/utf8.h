// Text from outside is bytes: which of them are UTF-8.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace loadstone {

// The length of the well-formed sequence beyond ASCII at the start of `text` (Unicode 15, table 3-7), which is not
// empty; 0 when there is none.
[[nodiscard]] std::size_t utf8_length(std::string_view text);

// The text with U+FFFD in place of each byte that is no part of a well-formed sequence.
[[nodiscard]] std::string valid_utf8(std::string_view text);

// Appends the code point; a number that is none (a surrogate, or beyond U+10FFFF) becomes U+FFFD.
void append_utf8(std::string& out, std::uint32_t code);

}  // namespace loadstone

// Whether text is UTF-8 (RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF), as it comes: a character
// may be cut between two pieces.
#pragma once

#include <cstdint>
#include <string_view>

namespace loadstone::websocket {

class Utf8Check {
 public:
  // False from the first byte on that no continuation can make valid.
  [[nodiscard]] bool add(std::string_view piece);
  // Whether the text may end here.
  [[nodiscard]] bool is_complete() const { return more_ == 0; }
  void reset() { *this = Utf8Check(); }

 private:
  // Of the character that has begun: how many bytes are missing, and between which the next must lie.
  std::uint8_t more_ = 0;
  std::uint8_t low_ = 0x80;
  std::uint8_t high_ = 0xbf;
};

// Of a whole text.
[[nodiscard]] bool is_utf8(std::string_view text);

}  // namespace loadstone::websocket

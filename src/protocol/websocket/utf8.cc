#include "protocol/websocket/utf8.h"

#include <bit>
#include <cstring>

namespace loadstone::websocket {
namespace {

constexpr std::uint64_t kHighBits = 0x8080808080808080ULL;

std::uint64_t word(const char* at) {
  std::uint64_t w;
  std::memcpy(&w, at, sizeof w);
  return w;
}

// The first byte that is not ASCII, or the end. Nearly all text is ASCII for long stretches.
const char* skip_ascii(const char* at, const char* end) {
  while (end - at >= 32) {
    if (((word(at) | word(at + 8) | word(at + 16) | word(at + 24)) & kHighBits) != 0) break;
    at += 32;
  }
  while (end - at >= 8) {
    const std::uint64_t high = word(at) & kHighBits;
    if (high != 0) {
      if constexpr (std::endian::native == std::endian::little) return at + std::countr_zero(high) / 8;
      break;
    }
    at += 8;
  }
  while (at != end && static_cast<unsigned char>(*at) < 0x80) ++at;
  return at;
}

}  // namespace

bool Utf8Check::add(std::string_view piece) {
  const char* at = piece.data();
  const char* const end = at + piece.size();
  while (at != end) {
    if (more_ == 0) {
      at = skip_ascii(at, end);
      if (at == end) return true;
    }
    const auto byte = static_cast<std::uint8_t>(*at++);
    if (more_ > 0) {
      if (byte < low_ || byte > high_) return false;
      --more_;
      low_ = 0x80;
      high_ = 0xbf;
      continue;
    }
    // Table 3-7 of the Unicode standard: what may follow depends on the first byte.
    if (byte < 0xc2 || byte > 0xf4) return false;
    more_ = byte < 0xe0 ? 1 : byte < 0xf0 ? 2 : 3;
    if (byte == 0xe0) low_ = 0xa0;
    if (byte == 0xed) high_ = 0x9f;
    if (byte == 0xf0) low_ = 0x90;
    if (byte == 0xf4) high_ = 0x8f;
  }
  return true;
}

bool is_utf8(std::string_view text) {
  Utf8Check check;
  return check.add(text) && check.is_complete();
}

}  // namespace loadstone::websocket

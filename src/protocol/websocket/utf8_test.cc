#include "protocol/websocket/utf8.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>

#include "base/random.h"

namespace loadstone::websocket {
namespace {

// Written from RFC 3629 section 3 another way: decode, then look at the number.
bool is_utf8_by_decoding(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    const auto first = static_cast<unsigned char>(text[i]);
    const int length = first < 0x80 ? 1 : (first & 0xe0) == 0xc0 ? 2 : (first & 0xf0) == 0xe0 ? 3 : 4;
    if (length == 4 && (first & 0xf8) != 0xf0) return false;
    if (i + static_cast<std::size_t>(length) > text.size()) return false;
    std::uint32_t c = length == 1 ? first : first & (0x7fU >> length);
    for (int k = 1; k < length; ++k) {
      const auto next = static_cast<unsigned char>(text[i + static_cast<std::size_t>(k)]);
      if ((next & 0xc0) != 0x80) return false;
      c = c << 6 | (next & 0x3fU);
    }
    constexpr std::uint32_t kLeast[] = {0, 0, 0x80, 0x800, 0x10000};
    if (c < kLeast[length] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff)) return false;
    i += static_cast<std::size_t>(length);
  }
  return true;
}

TEST(Utf8, AgreesWithADecoderOnAllShortTextsOfEdgeBytes) {
  constexpr unsigned char kEdges[] = {0x00, 0x41, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf,
                                      0xc0, 0xc1, 0xc2, 0xdf, 0xe0, 0xe1, 0xec, 0xed, 0xee,
                                      0xef, 0xf0, 0xf1, 0xf3, 0xf4, 0xf5, 0xf8, 0xfe, 0xff};
  std::size_t valid = 0;
  std::string text(4, '\0');
  for (const auto a : kEdges)
    for (const auto b : kEdges)
      for (const auto c : kEdges)
        for (const auto d : kEdges) {
          text = {static_cast<char>(a), static_cast<char>(b), static_cast<char>(c), static_cast<char>(d)};
          ASSERT_EQ(is_utf8(text), is_utf8_by_decoding(text))
              << int{a} << ' ' << int{b} << ' ' << int{c} << ' ' << int{d};
          valid += is_utf8(text) ? 1U : 0U;
        }
  EXPECT_GT(valid, 81U);
}

TEST(Utf8, FindsABadByteAtEveryPlaceOfLongText) {
  for (std::size_t size = 1; size < 80; ++size) {
    EXPECT_TRUE(is_utf8(std::string(size, 'a')));
    for (std::size_t at = 0; at < size; ++at) {
      std::string text(size, 'a');
      text[at] = '\xff';
      EXPECT_FALSE(is_utf8(text)) << size << " at " << at;
    }
  }
}

TEST(Utf8, DoesNotDependOnHowTheTextIsCut) {
  Random random(1);
  const std::string pieces[] = {
      "a", "plain text of some length, ", "é", "€", "😀", "\xf4\x8f\xbf\xbf", "\xed\x9f\xbf", "\x80", "\xe2"};
  for (int round = 0; round < 20000; ++round) {
    std::string text;
    for (std::uint64_t n = random.below(8); n > 0; --n)
      text += pieces[random.below(random.below(4) == 0 ? std::size(pieces) : 7)];
    Utf8Check check;
    bool good = true;
    for (std::string_view rest = text; good && !rest.empty();) {
      const std::size_t n = 1 + random.below(rest.size());
      good = check.add(rest.substr(0, n));
      rest.remove_prefix(n);
    }
    ASSERT_EQ(good && check.is_complete(), is_utf8_by_decoding(text)) << text;
  }
}

}  // namespace
}  // namespace loadstone::websocket

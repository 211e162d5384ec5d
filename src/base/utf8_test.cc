#include "base/utf8.h"

#include <gtest/gtest.h>

namespace loadstone {
namespace {

TEST(Utf8, ValidTextStaysAsItIs) {
  for (const char* text : {"", "plain", "µs ✓", "שלום", "\xF0\x9F\x98\x80"}) EXPECT_EQ(valid_utf8(text), text);
}

TEST(Utf8, EachBadByteIsReplaced) {
  EXPECT_EQ(valid_utf8("a\xFF\xC3"), "a\xEF\xBF\xBD\xEF\xBF\xBD");
  EXPECT_EQ(valid_utf8("\xC0\x80"), "\xEF\xBF\xBD\xEF\xBF\xBD");              // overlong
  EXPECT_EQ(valid_utf8("\xED\xA0\x80").find("\xED"), std::string::npos);      // a surrogate
  EXPECT_EQ(valid_utf8("\xE2\x9C"), "\xEF\xBF\xBD\xEF\xBF\xBD");              // cut short
  EXPECT_EQ(valid_utf8("\xF4\x90\x80\x80").find("\xF4"), std::string::npos);  // beyond the last code point
}

TEST(Utf8, LengthsOfSequences) {
  EXPECT_EQ(utf8_length("é"), 2U);
  EXPECT_EQ(utf8_length("✓"), 3U);
  EXPECT_EQ(utf8_length("\xF0\x9F\x98\x80"), 4U);
  EXPECT_EQ(utf8_length("a"), 0U);
  EXPECT_EQ(utf8_length("\x80"), 0U);
}

TEST(Utf8, WritesCodePoints) {
  std::string out;
  for (const std::uint32_t code : {0x41U, 0xE9U, 0x2713U, 0x1F600U}) append_utf8(out, code);
  EXPECT_EQ(out, "Aé✓\xF0\x9F\x98\x80");
  out.clear();
  for (const std::uint32_t code : {0xD800U, 0xDFFFU, 0x110000U}) append_utf8(out, code);
  EXPECT_EQ(out, "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD");
}

}  // namespace
}  // namespace loadstone

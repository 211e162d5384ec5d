#include "base/ascii.h"

#include <gtest/gtest.h>

namespace loadstone {
namespace {

TEST(Ascii, OnlyItsOwnLettersHaveCase) {
  EXPECT_EQ(lower("Content-TYPE @[`{ \xc3\x84"), "content-type @[`{ \xc3\x84");
  EXPECT_TRUE(equals_ignoring_case("ETag", "etag"));
  EXPECT_TRUE(equals_ignoring_case("etag", "ETAG"));
  EXPECT_FALSE(equals_ignoring_case("etag", "etags"));
  EXPECT_FALSE(equals_ignoring_case("a@", "a`"));
  for (const char c : {'@', '[', '`', '{', '/', ':', '\xc4'}) EXPECT_FALSE(is_letter(c) || is_digit(c)) << c;
  for (const char c : {'A', 'Z', 'a', 'z'}) EXPECT_TRUE(is_letter(c)) << c;
  for (const char c : {'0', '9'}) EXPECT_TRUE(is_digit(c)) << c;
}

TEST(Ascii, BlanksAndTabsAreTrimmedAndNothingElse) {
  EXPECT_EQ(trim(" \t a b\t "), "a b");
  EXPECT_EQ(trim(" \t"), "");
  EXPECT_EQ(trim("\ra\n"), "\ra\n");
}

}  // namespace
}  // namespace loadstone

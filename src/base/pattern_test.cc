#include "base/pattern.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace loadstone {
namespace {

TEST(Pattern, MatchesAnywhereAndGivesItsFirstGroup) {
  const auto pattern = *Pattern::compile(R"("id": *([0-9]+)(,|}))");
  EXPECT_EQ(pattern.groups(), 2);
  EXPECT_TRUE(pattern.matches(R"({"id": 17, "x": 1})"));
  EXPECT_EQ(pattern.first_group(R"({"a": 1, "id": 17})"), "17");
  EXPECT_EQ(pattern.first_group(R"({"id": "17"})"), std::nullopt);
}

TEST(Pattern, AGroupThatTookNoPartIsNotEmptyText) {
  const auto pattern = *Pattern::compile("(a)|b()");
  EXPECT_EQ(pattern.first_group("b"), std::nullopt);
  EXPECT_EQ(Pattern::compile("b()")->first_group("b"), "");
  EXPECT_EQ(Pattern::compile("b")->first_group("b"), std::nullopt);
}

TEST(Pattern, BytesThatAreNoTextMatchToo) {
  EXPECT_EQ(Pattern::compile("id=([0-9]+)")->first_group(std::string_view("\xff\x00id=5\xfe", 7)), "5");
}

TEST(Pattern, WhatIsWrongIsSaid) {
  for (const char* bad : {"", "(a", "a**", "[z-a]", "(a)\\1", "(?=a)"}) {
    const auto pattern = Pattern::compile(bad);
    ASSERT_FALSE(pattern) << bad;
    EXPECT_EQ(pattern.error().code, ErrorCode::kInvalid);
  }
  EXPECT_EQ(Pattern::compile("(a").error().message, "not a regular expression: missing ): (a");
  EXPECT_FALSE(Pattern::compile(std::string(Pattern::kMaxLength + 1, 'a')));
}

}  // namespace
}  // namespace loadstone

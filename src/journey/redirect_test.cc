#include "journey/redirect.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace loadstone::journey {
namespace {

const Url kOrigin = *parse_url("http://shop.example:8080/");

std::string from(std::string_view target, std::string_view location) {
  const auto found = resolve_location(location, target, kOrigin);
  return found ? *found : "error: " + found.error().message;
}

TEST(Redirect, LeadsWhereTheLocationSays) {
  EXPECT_EQ(from("/a/b?x=1", "/c"), "/c");
  EXPECT_EQ(from("/a/b?x=1", "/c?y=http://z#part"), "/c?y=http://z");
  EXPECT_EQ(from("/a/b?x=1", "c"), "/a/c");
  EXPECT_EQ(from("/a/b/", "c?z"), "/a/b/c?z");
  EXPECT_EQ(from("/a/b/d", "../c"), "/a/c");
  EXPECT_EQ(from("/a/b", "../../../c"), "/c");
  EXPECT_EQ(from("/a/b", "./"), "/a/");
  EXPECT_EQ(from("/a/b?x", "?y"), "/a/b?y");
  EXPECT_EQ(from("/a/b?x", ""), "/a/b?x");
  EXPECT_EQ(from("/a", "http://shop.example:8080/c"), "/c");
  EXPECT_EQ(from("/a", "//shop.example:8080/c"), "/c");
}

TEST(Redirect, LeadsToNoOtherService) {
  for (const char* location :
       {"http://other.example:8080/", "http://shop.example/", "https://shop.example:8080/", "//other/"})
    EXPECT_THAT(from("/a", location), ::testing::HasSubstr("another service")) << location;
  EXPECT_THAT(from("/a", "/a b"), ::testing::HasSubstr("no path"));
}

TEST(Redirect, SaysWhatTheNextRequestIs) {
  for (const std::uint16_t status : {301, 302, 303, 307, 308}) EXPECT_TRUE(is_redirect(status));
  for (const std::uint16_t status : {200, 300, 304, 305, 400}) EXPECT_FALSE(is_redirect(status));
  EXPECT_TRUE(becomes_get(302, "POST"));
  EXPECT_FALSE(becomes_get(302, "PUT"));
  EXPECT_TRUE(becomes_get(303, "PUT"));
  EXPECT_FALSE(becomes_get(303, "HEAD"));
  EXPECT_FALSE(becomes_get(307, "POST"));
}

}  // namespace
}  // namespace loadstone::journey

#include "simulate/json.h"

#include <gmock/gmock.h>

#include "simulate/routes.h"

namespace loadstone::simulate {
namespace {

TEST(Json, GivesMembersAsTheyStand) {
  const auto m = json_members(R"( {"a" : {"b":[1,2.5e-3,"}"]}, "s":"x\"\u00e9", "n":null,"t":true, "z":-0} )");
  ASSERT_TRUE(m);
  ASSERT_EQ(m->size(), 5U);
  EXPECT_EQ((*m)[0].name, "a");
  EXPECT_EQ((*m)[0].value, R"({"b":[1,2.5e-3,"}"]})");
  EXPECT_EQ((*m)[1].value, R"("x\"\u00e9")");
  EXPECT_TRUE((*m)[1].is_string());
  EXPECT_EQ((*m)[4].value, "-0");
  EXPECT_TRUE(json_members("{}")->empty());
}

TEST(Json, RefusesWhatIsNoObject) {
  for (const auto* text :
       {"", "[]", "1", "{", "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "{a:1}", "{\"a\":01}", "{\"a\":1.}", "{\"a\":\"\\x\"}",
        "{\"a\":\"\n\"}", "{\"a\":\"\\u12g4\"}", "{\"a\":tru}", "{} {}", "{\"a\":1e}"})
    EXPECT_FALSE(json_members(text)) << text;
  EXPECT_FALSE(json_members("{\"a\":" + std::string(70, '[') + std::string(70, ']') + "}"));
  EXPECT_TRUE(json_members("{\"a\":" + std::string(60, '[') + std::string(60, ']') + "}"));
}

TEST(Json, FollowsPointersThroughObjects) {
  constexpr std::string_view kText = R"({"a":{"b c":{"d/e":[1],"~":"x"}},"n":7})";
  for (const auto& [pointer, value] : {std::pair{"", kText.data()},
                                       {"/n", "7"},
                                       {"/a/b c/d~1e", "[1]"},
                                       {"/a/b c/~0", "\"x\""},
                                       {"/n/x", ""},
                                       {"/a/b c/d~1e/0", ""},
                                       {"/missing", ""},
                                       {"/", ""}})
    EXPECT_EQ(json_at(kText, pointer), value) << pointer;
  EXPECT_EQ(json_at("no object", "/n"), "");
}

TEST(Json, QuotesWhatMustBeQuoted) { EXPECT_EQ(json_quote("a\"\\\n\xc3\xa9"), "\"a\\\"\\\\\\u000a\xc3\xa9\""); }

TEST(PaddedBody, HasTheSizeAskedFor) {
  for (const std::size_t n : {0UL, 1UL, 13UL, 14UL, 15UL, 1000UL}) EXPECT_EQ(padded_body(n).size(), n);
  EXPECT_TRUE(json_members(padded_body(1000)));
}

}  // namespace
}  // namespace loadstone::simulate

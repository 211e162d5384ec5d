#include "journey/lookup.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "journey/comparison.h"

namespace loadstone::journey {
namespace {

using ::testing::HasSubstr;

const Answer kAnswer{201, "Content-Type: text/html\r\nLocation:  /items/7 \r\nX-Empty:\r\nLOCATION: /second\r\n",
                     R"({"items": [{"id": "a7", "n": 3}], "none": null, "text": "id=42;"})"};

std::string found(std::string_view where) {
  const auto lookup = Lookup::parse(where);
  if (!lookup) return "error: " + lookup.error().message;
  std::string scratch;
  const auto value = lookup->find(kAnswer, scratch);
  return value ? std::string(*value) : "nothing";
}

TEST(Lookup, FindsWhatStandsThere) {
  EXPECT_EQ(found("/items/0/id"), "a7");
  EXPECT_EQ(found("/items/0"), R"({"id": "a7", "n": 3})");
  EXPECT_EQ(found("/none"), "null");
  EXPECT_EQ(found("/items/1"), "nothing");
  EXPECT_EQ(found("header location"), "/items/7");
  EXPECT_EQ(found("header X-Empty"), "");
  EXPECT_EQ(found("header X-None"), "nothing");
  EXPECT_EQ(found("re:id=([0-9]+)"), "42");
  EXPECT_EQ(found("re:id=([a-z]+)"), "nothing");
  EXPECT_EQ(found("status"), "201");
  EXPECT_EQ(found("body"), kAnswer.body);
}

TEST(Lookup, SaysWhatItExpects) {
  EXPECT_THAT(found("items"), HasSubstr("expected where to look in the answer"));
  EXPECT_THAT(found("/a b"), HasSubstr("expected where to look in the answer"));
  EXPECT_THAT(found("header"), HasSubstr("the name of the header is missing"));
  EXPECT_THAT(found("re:id"), HasSubstr("needs a group"));
  EXPECT_THAT(found("re:("), HasSubstr("not a regular expression"));
  EXPECT_THAT(found("/a~2"), HasSubstr("'~' is followed by 0 or 1"));
}

TEST(Lookup, KnowsWhichPartOfTheAnswerItNeeds) {
  EXPECT_TRUE(Lookup::parse("/a")->needs_body());
  EXPECT_TRUE(Lookup::parse("re:(a)")->needs_body());
  EXPECT_FALSE(Lookup::parse("header a")->needs_body());
  EXPECT_TRUE(Lookup::parse("header a")->needs_fields());
  EXPECT_FALSE(Lookup::parse("status")->needs_body());
  EXPECT_FALSE(Lookup::parse("status")->needs_fields());
}

class Holds : public ::testing::Test {
 protected:
  Holds() { vocabulary_.add_variable("node"); }
  bool holds(std::string_view text, std::optional<std::string_view> value) {
    const auto comparison = Comparison::parse(text, vocabulary_);
    EXPECT_TRUE(comparison) << text << ": " << comparison.error().message;
    const std::string variables[] = {"a7"};
    Random random(1);
    return comparison->holds(value, {variables, {}, {}, 0, 0, 1, &random});
  }
  Vocabulary vocabulary_;
};

TEST_F(Holds, WhatIsSaidOfAValue) {
  EXPECT_TRUE(holds("exists", ""));
  EXPECT_FALSE(holds("exists", std::nullopt));
  EXPECT_TRUE(holds("is missing", std::nullopt));
  EXPECT_FALSE(holds("is missing", "x"));
  EXPECT_TRUE(holds("== 3", "3.0"));
  EXPECT_FALSE(holds("== 3", "4"));
  EXPECT_TRUE(holds("== shoes", "shoes"));
  EXPECT_TRUE(holds("== \"two words\"", "two words"));
  EXPECT_TRUE(holds("== {{node}}", "a7"));
  EXPECT_TRUE(holds("!= shoes", "boots"));
  EXPECT_TRUE(holds("!= shoes", std::nullopt));
  EXPECT_FALSE(holds("== shoes", std::nullopt));
  EXPECT_TRUE(holds("< 10", "9"));
  EXPECT_FALSE(holds("< 10", "10"));
  EXPECT_TRUE(holds("<= 10", "10"));
  EXPECT_TRUE(holds("> 2", "10"));  // as numbers, not as text
  EXPECT_TRUE(holds(">=2", "2"));
  EXPECT_FALSE(holds("> 2", "many"));
  EXPECT_TRUE(holds("contains o e", "two en"));
  EXPECT_FALSE(holds("contains x", "two en"));
  EXPECT_TRUE(holds("matches ^t.o", "two en"));
  EXPECT_FALSE(holds("matches ^o", "two en"));
}

TEST_F(Holds, NothingThatIsNoComparison) {
  for (const auto& [text, message] :
       std::vector<std::pair<std::string, std::string>>{{"is there", "expected 'exists', 'is missing'"},
                                                        {"", "expected 'exists'"},
                                                        {"==", "the value to compare with is missing"},
                                                        {"== {{nod}}", "did you mean {{node}}?"},
                                                        {"matches (", "not a regular expression"}}) {
    const auto comparison = Comparison::parse(text, vocabulary_);
    ASSERT_FALSE(comparison) << text;
    EXPECT_THAT(comparison.error().message, HasSubstr(message));
  }
}

}  // namespace
}  // namespace loadstone::journey

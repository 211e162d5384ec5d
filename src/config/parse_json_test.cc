#include "config/parse_json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <random>

namespace loadstone::config {
namespace {

std::optional<Node> read(std::string_view text, std::string* problems = nullptr, const Bounds& bounds = {}) {
  const auto source = std::make_shared<const Source>("x.json", text);
  Diagnostics found(source);
  auto node = parse_json(*source, found, bounds);
  EXPECT_EQ(node.has_value(), found.empty());
  if (problems != nullptr) *problems = found.text();
  return node;
}

std::string problem(std::string_view text, const Bounds& bounds = {}) {
  std::string problems;
  EXPECT_FALSE(read(text, &problems, bounds));
  return problems;
}

TEST(ParseJson, KeepsKindsQuotesAndPlaces) {
  const auto root = read(R"({"a": [1, "1", true, null], "b": {"c": "x"}})");
  ASSERT_TRUE(root);
  const Node& list = root->find("a")->value;
  ASSERT_EQ(list.items.size(), 4U);
  EXPECT_FALSE(list.items[0].is_quoted);
  EXPECT_TRUE(list.items[1].is_quoted);
  EXPECT_EQ(list.items[2].text, "true");
  EXPECT_EQ(list.items[3].kind, Kind::kNull);
  const Node& c = root->find("b")->value.find("c")->value;
  EXPECT_EQ(c.span.offset, 39U);
  EXPECT_EQ(c.span.length, 3U);
  EXPECT_EQ(c.text_offset, 40U);
}

TEST(ParseJson, ReadsEscapesAndSurrogates) {
  EXPECT_EQ(read(R"("\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00")")->text, "\"\\/\b\f\n\r\t\u00e9\U0001F600");
  EXPECT_EQ(read(R"("\ud83d")")->text, "\uFFFD");
  EXPECT_EQ(read(R"("\ud83d\u0041")")->text,
            "\uFFFD"
            "A");
  EXPECT_EQ(read(R"("\ude00x")")->text, "\uFFFDx");
}

TEST(ParseJson, TakesTheLastOfARepeatedName) {
  const auto root = read(R"({"a": 1, "b": 2, "a": 3})");
  ASSERT_EQ(root->entries.size(), 2U);
  EXPECT_EQ(root->find("a")->value.text, "3");
}

TEST(ParseJson, SaysWhereTheMistakeIs) {
  EXPECT_THAT(problem("{\"a\": 1,\n \"b\": oops}"), testing::HasSubstr("x.json:2:7: error: expected a value"));
  EXPECT_THAT(problem("{\"a\": [1, 2"), testing::HasSubstr("x.json:1:7: error: this '[' has no matching ']'"));
  EXPECT_THAT(problem("{\"a\": \"xy"), testing::HasSubstr("x.json:1:7: error: this quote is never closed"));
  EXPECT_THAT(problem("{} x"), testing::HasSubstr("x.json:1:4: error: nothing may follow"));
  EXPECT_THAT(problem(""), testing::HasSubstr("x.json:1:1: error: the text ends"));
}

TEST(ParseJson, HoldsToItsBounds) {
  const std::string deep = std::string(100'000, '[') + std::string(100'000, ']');
  EXPECT_THAT(problem(deep), testing::HasSubstr("nested more than 64 deep"));
  EXPECT_THAT(problem("[1,2,3]", {.nodes = 3}), testing::HasSubstr("more than 3 values"));
  EXPECT_THAT(problem(R"(["abc"])", {.text_bytes = 2}), testing::HasSubstr("more than 2 bytes"));
  EXPECT_TRUE(read("[1,2,3]", nullptr, {.nodes = 4}));
}

// nlohmann/json judges the same texts, each with a few bytes changed. Two differences are ours: halves of surrogates
// are replaced, not refused, and numbers may be larger than a double.
TEST(ParseJson, AcceptsWhatAnotherReaderAccepts) {
  const std::string seed =
      R"({"log": {"v": "1.2", "n": [0, -1.5e+3, 10E2, true, false, null], "s": "a\u0041\n\\", "o": {}}, "e": []})";
  std::mt19937 random(1);
  const std::string letters = "{}[]:,\"\\ \n0123456789.eE+-truefalsnu";
  int accepted = 0;
  for (int round = 0; round < 20'000; ++round) {
    std::string text = seed;
    for (auto changes = random() % 3; changes-- > 0;) {
      const auto at = random() % text.size();
      if (random() % 2 == 0)
        text.erase(at, 1);
      else
        text[at] = letters[random() % letters.size()];
    }
    const auto source = std::make_shared<const Source>("x.json", text);
    Diagnostics problems(source);
    const bool ours = parse_json(*source, problems).has_value();
    EXPECT_EQ(ours, nlohmann::json::accept(text)) << text;
    accepted += ours ? 1 : 0;
  }
  EXPECT_GT(accepted, 5'000);
  EXPECT_LT(accepted, 19'000);
}

}  // namespace
}  // namespace loadstone::config

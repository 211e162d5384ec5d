#include "code_graph/http/values.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "code_graph/http/body.h"
#include "code_graph/http/gzip.h"

namespace code_graph::http {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr std::string_view kAliases[] = {"q"};
constexpr std::string_view kColours[] = {"red", "green"};
constexpr Parameter kTable[] = {
    {.name = "id", .place = Place::kQueryOrBody, .most = 8, .required = true},
    {.name = "name", .most = 8, .aliases = kAliases},
    {.name = "limit", .kind = Kind::kInteger, .place = Place::kQueryOrBody, .fallback = "50", .least = 1, .most = 500},
    {.name = "on", .kind = Kind::kBoolean, .place = Place::kQueryOrBody, .fallback = "true"},
    {.name = "colour", .kind = Kind::kWord, .fallback = "\"red\"", .words = kColours},
    {.name = "colours", .kind = Kind::kWords, .place = Place::kQueryOrBody, .words = kColours},
    {.name = "data", .kind = Kind::kValue, .place = Place::kBody},
};

std::vector<std::string> types(const Intake& intake) {
  std::vector<std::string> out;
  for (const Violation& v : intake.violations()) out.push_back(v.type + "@" + std::get<std::string>(v.where.back()));
  return out;
}

TEST(Values, FallBackWhenNotGiven) {
  Values values(kTable);
  Intake intake(values);
  intake.take_query({{"id", "x"}, {"unknown", "1"}}, false);
  intake.finish();
  ASSERT_TRUE(intake.good());
  EXPECT_EQ(values.integer("limit"), 50);
  EXPECT_TRUE(values.boolean("on"));
  EXPECT_EQ(values.text("colour"), "red");
  EXPECT_FALSE(values.has("name"));
}

TEST(Values, AreCheckedOneByOne) {
  Values values(kTable);
  Intake intake(values);
  intake.take_query({{"limit", "5x"}, {"on", "maybe"}, {"colour", "blue"}, {"name", "much too long"}, {"what", ""}},
                    true);
  intake.finish();
  EXPECT_THAT(types(intake), ElementsAre("int_parsing@limit", "bool_parsing@on", "enum@colour", "string_too_long@name",
                                         "extra_forbidden@what", "missing@id"));
}

TEST(Values, NamesOfDigitsAreNamesAndPlacesAreNumbers) {
  Values values(kTable);
  Intake intake(values);
  intake.take_query({{"0080", ""}, {"id", "x"}}, true);
  intake.take_body(R"({"colours":["red",5]})");
  intake.finish();
  const std::string told = violations_json(intake.violations());
  EXPECT_THAT(told, HasSubstr(R"("loc":["query","0080"])"));
  EXPECT_THAT(told, HasSubstr(R"("loc":["body","colours",1])"));
}

TEST(Values, IntegersOfAnyLengthMeetTheirBounds) {
  for (const auto& [text, type] :
       std::vector<std::pair<std::string, std::string>>{{"0", "greater_than_equal@limit"},
                                                        {"-" + std::string(400, '9'), "greater_than_equal@limit"},
                                                        {std::string(400, '9'), "less_than_equal@limit"},
                                                        {"", "int_parsing@limit"},
                                                        {"1e2", "int_parsing@limit"},
                                                        {"0x10", "int_parsing@limit"}}) {
    Values values(kTable);
    Intake intake(values);
    intake.take_query({{"id", "x"}, {"limit", text}}, false);
    intake.finish();
    EXPECT_THAT(types(intake), ElementsAre(type)) << text;
  }
}

TEST(Values, AliasesMustAgree) {
  for (const bool agree : {true, false}) {
    Values values(kTable);
    Intake intake(values);
    intake.take_query({{"id", "x"}, {"name", "a"}, {"q", agree ? "a" : "b"}}, false);
    intake.finish();
    EXPECT_EQ(intake.good(), agree);
  }
}

TEST(Values, ComeFromTheBodyAsSent) {
  Values values(kTable);
  Intake intake(values);
  intake.take_body(R"( {"id":"x", "on":false, "colours":["green"], "data" : {"a\"}": [1.50, "]"] } , "limit": 7} )");
  intake.finish();
  ASSERT_TRUE(intake.good()) << violations_json(intake.violations());
  EXPECT_FALSE(values.boolean("on"));
  EXPECT_EQ(values.integer("limit"), 7);
  EXPECT_THAT(values.texts("colours"), ElementsAre("green"));
  EXPECT_EQ(values.json("data"), R"({"a\"}": [1.50, "]"] })");
}

TEST(RawMember, FindsTheLastOfItsName) {
  EXPECT_EQ(raw_member(R"({"a":1,"b":[{"a":2}],"a":{"c":"}"}})", "a"), R"({"c":"}"})");
  EXPECT_EQ(raw_member(R"({"a": 1 })", "a"), "1");
  EXPECT_EQ(raw_member(R"({"\u0061":1})", "a"), std::nullopt);
  EXPECT_EQ(raw_member("{}", "a"), std::nullopt);
}

TEST(Gzip, IsTakenOnlyWhenAllowed) {
  for (const char* yes : {"gzip", "deflate, gzip;q=0.5", "*", "GZIP;Q=1", "br,*;q=0.1"})
    EXPECT_TRUE(accepts_gzip(yes)) << yes;
  for (const char* no : {"", "br", "gzip;q=0", "gzip;q=0, *", "*;q=0", "gzipped"}) EXPECT_FALSE(accepts_gzip(no)) << no;
}

}  // namespace
}  // namespace code_graph::http

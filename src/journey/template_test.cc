#include "journey/template.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/source.h"

namespace loadstone::journey {
namespace {

using ::testing::HasSubstr;

// node and token are variables, users.name and users.age columns.
class Texts : public ::testing::Test {
 protected:
  Texts() {
    auto read = read_csv(*config::make_source("users.csv", "name,age\nAda L,36\n"));
    vocabulary_.add_file("users", std::make_shared<const Table>(std::move(*read.table)));
    vocabulary_.add_variable("node");
    vocabulary_.add_variable("token");
  }
  std::string filled(std::string_view text, Escape escape = Escape::kNone, Template::Rules rules = {}) {
    const auto made = Template::parse(text, vocabulary_, rules);
    if (!made) return "error: " + made.error().message;
    const std::string variables[] = {node_, "t0k"};
    const std::string_view cells[] = {"Ada L", "36"};
    const std::uint32_t first[] = {0};
    const Values values{variables, cells, first, 17, 400, 3, &random_};
    std::string out;
    made->append(out, values, escape);
    return out;
  }
  std::string node_ = "a/b \"c\"\r\n&";
  Vocabulary vocabulary_;
  Random random_{1};
};

TEST_F(Texts, HaveTheirWordsFilledIn) {
  EXPECT_EQ(filled("plain"), "plain");
  EXPECT_EQ(filled(""), "");
  EXPECT_EQ(filled("{{token}}"), "t0k");
  EXPECT_EQ(filled("a{{token}}b{{ token }}c"), "at0kbt0kc");
  EXPECT_EQ(filled("{{users.name}} is {{users.age}}"), "Ada L is 36");
  EXPECT_EQ(filled("{{request.id}}-{{unique}}-{{user}}"), "17-400-3");
}

TEST_F(Texts, AreEscapedByWhereTheyStand) {
  EXPECT_EQ(filled("/n/{{node}}", Escape::kTarget), "/n/a%2Fb%20%22c%22%0D%0A%26");
  EXPECT_EQ(filled("/n/{{raw:node}}", Escape::kTarget), "/n/a/b%20\"c\"%0D%0A&");
  EXPECT_EQ(filled("x {{node}}", Escape::kField), "x a/b \"c\"  &");
  EXPECT_EQ(filled("x {{raw:node}}", Escape::kField), "x a/b \"c\"  &");
  EXPECT_EQ(filled(R"({"a":"{{node}}"})", Escape::kJson), R"({"a":"a/b \"c\"\r\n&"})");
  EXPECT_EQ(filled("a={{node}}", Escape::kForm), "a=a%2Fb%20%22c%22%0D%0A%26");
  EXPECT_EQ(filled("{{node}}", Escape::kNone), node_);
}

TEST_F(Texts, InJsonARawValueLosesItsQuotes) {
  const Template::Rules json{.is_json = true, .keeps_unknown = false};
  node_ = "{\"x\": 1}";
  EXPECT_EQ(filled(R"({"a":"{{raw:node}}","b":"{{raw:users.age}}","c":"n{{raw:users.age}}"})", Escape::kJson, json),
            R"({"a":{"x": 1},"b":36,"c":"n36"})");
  node_ = "";
  EXPECT_EQ(filled(R"(["{{raw:node}}"])", Escape::kJson, json), "[null]");
}

TEST_F(Texts, LeaveTheBracesOfOthersAlone) {
  EXPECT_EQ(filled("{{#each}} {{=x}} {{}} {{ {{token}} }}"), "{{#each}} {{=x}} {{}} {{ t0k }}");
  EXPECT_EQ(filled("{{nobody}}", Escape::kNone, {.is_json = false, .keeps_unknown = true}), "{{nobody}}");
  EXPECT_EQ(filled("{{token"), "{{token");
}

TEST_F(Texts, SayWhichWordIsUnknownAndWhichWasMeant) {
  EXPECT_EQ(filled("{{tokn}}"), "error: nothing has set {{tokn}} before this; did you mean {{token}}?");
  EXPECT_THAT(filled("{{users.nam}}"), HasSubstr("did you mean {{users.name}}?"));
  EXPECT_THAT(filled("{{something_else_entirely}}"), HasSubstr("known are {{node}}, {{token}}, {{users.name}}"));
  EXPECT_THAT(filled("{{random:6-1}}"), HasSubstr("'6-1' is no range"));
  vocabulary_.forget_variables();
  EXPECT_THAT(filled("{{token}}"), HasSubstr("nothing has set {{token}} before this"));
  EXPECT_EQ(vocabulary_.add_variable("token"), 1U);
  EXPECT_EQ(filled("{{token}}"), "t0k");
}

TEST_F(Texts, DrawWithinTheRangeAnewWhereverItStands) {
  std::set<std::string> seen;
  for (int i = 0; i < 200; ++i) seen.insert(filled("{{random:1-6}}"));
  EXPECT_EQ(seen, (std::set<std::string>{"1", "2", "3", "4", "5", "6"}));
  const std::string two = filled("{{random}} {{random}}");
  EXPECT_NE(two.substr(0, two.find(' ')), two.substr(two.find(' ') + 1));
}

TEST(Vocabulary, KnowsWhichNamesAreTaken) {
  const Vocabulary vocabulary;
  for (const char* name : {"user", "unique", "random", "request", "raw"})
    EXPECT_TRUE(vocabulary.is_taken(name)) << name;
  EXPECT_FALSE(vocabulary.is_taken("node"));
  EXPECT_TRUE(Vocabulary::is_name("node_1"));
  for (const char* name : {"", "1a", "a.b", "a b", "_a"}) EXPECT_FALSE(Vocabulary::is_name(name)) << name;
}

}  // namespace
}  // namespace loadstone::journey

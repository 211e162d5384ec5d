#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "base/format.h"
#include "config/parse.h"
#include "config/variables.h"

namespace loadstone::config {
namespace {

using ::testing::HasSubstr;

struct Parsed {
  std::optional<Node> node;
  std::string problems;
};

Parsed parse_text(std::string_view text) {
  const auto source = make_source("suite.yaml", text);
  if (!source) return {std::nullopt, source.error().message};
  Diagnostics problems(*source);
  auto node = parse(**source, problems);
  return {std::move(node), problems.text()};
}

TEST(Parse, ValuesRememberWhereTheyWereWritten) {
  const auto source = *make_source("s", "a: 1\nb:\n  - 'two x'\n  - \"th\\tree\"\nc: {d: é, e: five}\n");
  Diagnostics problems(source);
  const auto root = parse(*source, problems);
  ASSERT_TRUE(root) << problems.text();
  const auto written = [&](const Node& n) { return source->text().substr(n.span.offset, n.span.length); };
  EXPECT_EQ(written(root->find("a")->value), "1");
  const Node& list = root->find("b")->value;
  EXPECT_EQ(written(list.items[0]), "'two x'");
  EXPECT_EQ(source->text().substr(*list.items[0].text_offset, 5), "two x");
  EXPECT_EQ(written(list.items[1]), "\"th\\tree\"");
  EXPECT_FALSE(list.items[1].text_offset);  // escaped, so letters do not match places
  const Node& map = root->find("c")->value;
  EXPECT_EQ(written(map.find("e")->value), "five");  // after a letter of two bytes
  EXPECT_EQ(source->position(root->find("c")->key_span.offset).line, 4U);
  EXPECT_TRUE(list.items[0].is_quoted);
  EXPECT_FALSE(map.find("e")->value.is_quoted);
}

TEST(Parse, MistakesAreShownWithLineColumnAndCaret) {
  EXPECT_EQ(parse_text("a: 1\nb: 2\n  c: 3\n").problems,
            "suite.yaml:3:4: error: a ':' is not expected here; check the indentation, or put the text in quotes\n"
            "    3 |   c: 3\n"
            "      |    ^\n");
  EXPECT_EQ(parse_text("a: 1\nb: 2\na: 3\nb: 4\n").problems,
            "suite.yaml:3:1: error: the key 'a' is given twice; first on line 1\n"
            "    3 | a: 3\n"
            "      | ^\n"
            "suite.yaml:4:1: error: the key 'b' is given twice; first on line 2\n"
            "    4 | b: 4\n"
            "      | ^\n");
}

TEST(Parse, HardInputIsRefusedWithAReason) {
  const struct {
    std::string text;
    const char* says;
  } cases[] = {
      {"", "is empty"},
      {"# only a comment\n", "is empty"},
      {"---\n...\n", "is empty"},
      {"a:\n\tb: 1\n", "suite.yaml:2:1: error: a tab in the indentation"},
      {"a: [1, 2\n", "suite.yaml:1:4: error: the '[' of this list has no matching ']'"},
      {"a: {b: '${X}', c: ${D}}\n", "suite.yaml:1:19: error: inside {} and [] a text with ${...} needs quotes"},
      {"a: [x?y=1]\n", "suite.yaml:1:6: error: this character cannot stand here without quotes"},
      {"a: \"never closed\n", "suite.yaml:1:4: error: this quote is never closed"},
      {"a: 'it''s\n", "this quote is never closed"},
      {"a: *nobody\n", "no anchor of this name"},
      {"a: 1\n---\nb: 2\n", "a second document"},
      {"? [x, y]\n: 1\n", "a key must be a single word, not a list"},
      {"a: !!binary xx\n", "tags such as"},
      {"a: &x [1, *x]\n", "inside the value it repeats"},
      {std::string("a: \xff\n"), "suite.yaml:1: invalid UTF-8 (byte 0xff)"},
      {std::string("a: \xc0\xaf\n"), "invalid UTF-8"},
      {std::string("a: \xed\xa0\x80\n"), "invalid UTF-8"},
      {std::string("a: b\nc\0d\n", 9), "suite.yaml:2: a zero byte"},
      {std::string(kMaxSourceBytes + 1, 'x'), "larger than"},
      {std::string(10'000, '['), "nested more than 64 deep"},
      {"a: {<<: 5}\n", "<< needs a mapping"},
  };
  for (const auto& c : cases) {
    const auto parsed = parse_text(c.text);
    EXPECT_FALSE(parsed.node) << c.says;
    EXPECT_THAT(parsed.problems, HasSubstr(c.says)) << c.text.substr(0, 80);
  }
}

TEST(Parse, AliasesThatUnfoldToBillionsAreRefused) {
  std::string text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 10; ++i) {
    text += format("a{}: &a{} [", i, i);
    for (int k = 0; k < 10; ++k) text += format("{}*a{}", k ? ", " : "", i - 1);
    text += "]\n";
  }
  EXPECT_THAT(parse_text(text).problems, HasSubstr("more than 100000 values"));
  const std::string big = "a: &a " + std::string(500'000, 'x') + "\nb: [*a";
  std::string many = big;
  for (int i = 0; i < 100; ++i) many += ", *a";
  EXPECT_THAT(parse_text(many + "]\n").problems, HasSubstr("bytes of text"));
}

TEST(Parse, AnchorsMergeAndOwnKeysWin) {
  const auto parsed = parse_text("d: &d {x: 1, y: 2}\nm:\n  <<: *d\n  y: 3\nn: *d\n");
  ASSERT_TRUE(parsed.node) << parsed.problems;
  const Node& m = parsed.node->find("m")->value;
  EXPECT_EQ(m.find("x")->value.text, "1");
  EXPECT_EQ(m.find("y")->value.text, "3");
  EXPECT_EQ(m.entries.size(), 2U);
  EXPECT_EQ(parsed.node->find("n")->value.find("y")->value.text, "2");
}

TEST(Parse, WindowsLineEndsAndByteOrderMarksDoNotMatter) {
  const auto parsed = parse_text(
      "\xEF\xBB\xBF"
      "a: 1\r\nb: two\r\n");
  ASSERT_TRUE(parsed.node) << parsed.problems;
  EXPECT_EQ(parsed.node->find("b")->value.text, "two");
  EXPECT_EQ(parse_text("a: 1\r\nb: [\r\n").problems.find('\r'), std::string::npos);
}

TEST(Source, FilesThatCannotBeReadAreNamed) {
  const std::string folder = ::testing::TempDir() + "config_source";
  std::filesystem::remove_all(folder);
  std::filesystem::create_directories(folder);
  EXPECT_THAT(read_source(folder).error().message, HasSubstr("is a folder"));
  EXPECT_THAT(read_source(folder + "/none.yaml").error().message, HasSubstr("none.yaml: there is no such file"));
  ASSERT_EQ(::mkfifo((folder + "/fifo").c_str(), 0600), 0);
  EXPECT_THAT(read_source(folder + "/fifo").error().message, HasSubstr("not a regular file"));
  std::ofstream(folder + "/good.yaml") << "a: 1\n";
  EXPECT_EQ((*read_source(folder + "/good.yaml"))->text(), "a: 1\n");
}

TEST(Diagnostics, AreBoundedSortedAndSafeToPrint) {
  const auto source = *make_source("s", "one\ntwo \x1b[31m\n" + std::string(500, 'a') + "X" + std::string(500, 'b'));
  Diagnostics problems(source);
  problems.error({4, 3}, "later");
  problems.error({0, 3}, "earlier \x1b[0m");
  problems.error({0, 3}, "earlier \x1b[0m");
  problems.error({4 + 9 + 1 + 499, 1}, "far right");
  EXPECT_EQ(problems.size(), 3U);
  const std::string text = problems.text();
  EXPECT_LT(text.find("earlier"), text.find("later"));
  EXPECT_EQ(text.find('\x1b'), std::string::npos);
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = text.find('\n', at);
    EXPECT_LT(end - at, 160U);
    at = end + 1;
  }
  for (std::size_t i = 0; i < 100; ++i) problems.error({i % 10, 1}, format("problem {}", i));
  EXPECT_THAT(problems.text(), HasSubstr("and 53 more\n"));
}

struct Substituted {
  std::optional<Node> node;
  std::set<std::string, std::less<>> used;
  std::string problems;
};

Substituted substitute_text(std::string_view text) {
  const auto source = *make_source("suite.yaml", text);
  Diagnostics problems(source);
  Substituted result{parse(*source, problems), {}, {}};
  Variables variables;
  variables.set = {{"HOST", "set.example"}, {"TRICK", "${HOST}"}};
  variables.environment = [](std::string_view name) -> std::optional<std::string> {
    if (name == "HOST") return "env.example";
    if (name == "PORT") return "8000";
    if (name == "EMPTY") return "";
    return std::nullopt;
  };
  if (result.node) substitute(*result.node, variables, result.used, problems);
  result.problems = problems.text();
  return result;
}

TEST(Variables, SetWinsOverEnvironmentWinsOverDefault) {
  const auto s = substitute_text("a: http://${HOST}:${PORT:-1}/${EMPTY:-d}\nb: $$5 $ ${NONE:-} ${TRICK}\n");
  ASSERT_EQ(s.problems, "");
  EXPECT_EQ(s.node->find("a")->value.text, "http://set.example:8000/d");
  EXPECT_EQ(s.node->find("b")->value.text, "$5 $  ${HOST}");  // what was put in is not looked at again
  EXPECT_EQ(s.used, (std::set<std::string, std::less<>>{"EMPTY", "HOST", "NONE", "PORT", "TRICK"}));
}

TEST(Variables, MistakesPointAtTheVariable) {
  EXPECT_EQ(substitute_text("a: x ${NONE} y\n").problems,
            "suite.yaml:1:6: error: the variable NONE has no value\n"
            "    1 | a: x ${NONE} y\n"
            "      |      ^~~~~~~\n"
            "      | give it with --set NONE=VALUE, in the environment, or as ${NONE:-default}\n");
  EXPECT_THAT(substitute_text("a: ${HOSTT}\n").problems, HasSubstr("did you mean 'HOST'?"));
  EXPECT_THAT(substitute_text("a: ${HOST\n").problems, HasSubstr("no matching '}'"));
  EXPECT_THAT(substitute_text("a: ${1x}\n").problems, HasSubstr("'1x' is not a variable's name"));
  EXPECT_THAT(substitute_text("a: '${A:-${B}}'\n").problems, HasSubstr("cannot hold another variable"));
}

TEST(Json, PlainWordsHaveTypesAndQuotedOnesAreTexts) {
  const auto parsed =
      parse_text("{a: 1, b: '1', c: true, d: null, e: [1.5e3, 007, -0], f: \"q\\\"\\n\\u0001\", g: {}, h: yes}");
  ASSERT_TRUE(parsed.node) << parsed.problems;
  Diagnostics problems;
  EXPECT_EQ(to_json(*parsed.node, problems),
            R"({"a":1,"b":"1","c":true,"d":null,"e":[1.5e3,"007",-0],"f":"q\"\n\u0001","g":{},"h":"yes"})");
  EXPECT_TRUE(problems.empty());
  const auto infinite = parse_text("a: .inf\n");
  EXPECT_EQ(to_json(*infinite.node, problems), R"({"a":})");
  EXPECT_EQ(problems.text(), "error: JSON has no number .inf\n");
}

}  // namespace
}  // namespace loadstone::config

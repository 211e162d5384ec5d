#include "draft/suite_value.h"

#include <gtest/gtest.h>

#include "base/format.h"
#include "base/utf8.h"
#include "config/parse.h"
#include "config/variables.h"

namespace loadstone::draft {
namespace {

// What a suite's reader makes of `key: VALUE`, with variables filled in.
std::string read_back(const std::string& yaml) {
  const config::Source source("x", format("key: {}\nlist: [{}]\n", yaml, yaml.starts_with('"') ? yaml : "1"));
  config::Diagnostics problems;
  auto root = config::parse(source, problems);
  if (!root) return "unreadable: " + problems.text();
  std::set<std::string, std::less<>> used;
  config::substitute(*root, {}, used, problems);
  const config::Node& value = root->find("key")->value;
  if (value.kind != config::Kind::kScalar) return "no text";
  return problems.empty() ? value.text : problems.text();
}

TEST(SuiteValue, EveryTextReadsBackAsItWas) {
  for (const std::string text : {"",
                                 "plain",
                                 "GET /a?b=c&d=%20",
                                 "a: b",
                                 "a #b",
                                 "a:",
                                 "- a",
                                 "null",
                                 "~",
                                 "true",
                                 "yes",
                                 "12",
                                 "1e5",
                                 "0x1",
                                 " a ",
                                 "a\nb\tc\r",
                                 "\"'\\",
                                 "${X} $$ $",
                                 "$$",
                                 "{a: b}",
                                 "[a]",
                                 "&a",
                                 "*a",
                                 "!a",
                                 "%a",
                                 "@a",
                                 "`a",
                                 "|",
                                 ">",
                                 "<<",
                                 "\x01\x7f",
                                 "\u0085\u2028\uFEFFé\U0001F600",
                                 "http://[::1]:80/",
                                 "a, b",
                                 "a} b",
                                 "?",
                                 "=",
                                 "...",
                                 "---"})
    EXPECT_EQ(read_back(yaml_scalar(literal(text))), text);
  for (int c = 1; c < 0x300; ++c) {
    std::string text = "a";
    append_utf8(text, static_cast<std::uint32_t>(c));
    for (const std::string& t : {text, text + "b", text.substr(1)})
      EXPECT_EQ(read_back(yaml_scalar(literal(t))), t) << c;
  }
}

TEST(SuiteValue, BytesThatAreNoTextAreReplaced) {
  EXPECT_EQ(read_back(yaml_quoted("a\xFF"
                                  "b")),
            "a\uFFFDb");
}

TEST(SuiteValue, TargetsHoldWhatARequestLineCan) {
  EXPECT_EQ(request_target("a b#\u00e9{{x}}{y}"), "/a%20b%23%C3%A9%7B{x}}{y}");
  EXPECT_FALSE(holds_placeholder(request_target("/{{x}}{{{y}}}")));
}

TEST(SuiteValue, CommentsStayOnTheirLine) {
  EXPECT_EQ(comment_text("a\nb\r\u0085c\xFF"), "a?b??c\uFFFD");
  EXPECT_LE(comment_text(std::string(5000, 'x')).size(), 203U);
}

TEST(SuiteValue, Names) {
  EXPECT_EQ(variable_name("X-Api-Key"), "X_API_KEY");
  EXPECT_EQ(variable_name("1a"), "_1A");
  EXPECT_EQ(scenario_name("/"), "front_page");
  EXPECT_EQ(scenario_name("/api/Graph//stats/?x=1"), "api_graph_stats");
}

}  // namespace
}  // namespace loadstone::draft

#include "draft/shell_words.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>

namespace loadstone::draft {
namespace {

std::vector<std::string> words(std::string_view text, std::string* rest = nullptr) {
  const auto source = std::make_shared<const config::Source>("command", text);
  config::Diagnostics problems(source);
  const auto cut = shell_words(*source, problems);
  EXPECT_TRUE(cut) << problems.text();
  std::vector<std::string> found;
  if (!cut) return found;
  for (const ShellWord& w : cut->words) found.push_back(w.text);
  if (rest != nullptr) *rest = cut->rest;
  return found;
}

using testing::ElementsAre;

TEST(ShellWords, QuotesJoinAndBlanksSeparate) {
  EXPECT_THAT(words("a  'b c'd \"e f\" ''"), ElementsAre("a", "b cd", "e f", ""));
  EXPECT_THAT(words(R"(a\ b \'c "d\"e\x\\" 'f\')"), ElementsAre("a b", "'c", "d\"e\\x\\", "f\\"));
}

TEST(ShellWords, LinesGoOnAfterABackslash) { EXPECT_THAT(words("\n\na \\\n  b\\\nc"), ElementsAre("a", "bc")); }

TEST(ShellWords, DollarQuotesHaveTheEscapesOfC) {
  EXPECT_THAT(words(R"($'a\'b\n\t\\\x41\u00e9\U0001F600\101\q')"), ElementsAre("a'b\n\t\\A\u00e9\U0001F600Aq"));
}

TEST(ShellWords, TheCommandEndsAtAnOperator) {
  std::string rest;
  EXPECT_THAT(words("a 'b|c' | jq .", &rest), ElementsAre("a", "b|c"));
  EXPECT_EQ(rest, "| jq .");
  EXPECT_THAT(words("a b ;\n", &rest), ElementsAre("a", "b"));
  EXPECT_EQ(rest, "");
  EXPECT_THAT(words("a\nb", &rest), ElementsAre("a"));
  EXPECT_EQ(rest, "\nb");
}

TEST(ShellWords, SaysWhichWordsAShellWouldHaveExpanded) {
  const config::Source source("command", "a $B '$C' \"$D\" \\$E \"`f`\" $1");
  config::Diagnostics problems;
  std::string expanded;
  const auto found = shell_words(source, problems);
  ASSERT_TRUE(found);
  for (const ShellWord& w : found->words) expanded += w.has_expansion ? 'y' : 'n';
  EXPECT_EQ(expanded, "nynynyn");
}

TEST(ShellWords, PointsAtTheQuoteThatIsNeverClosed) {
  for (const char* text : {"curl \\\n 'abc", "curl \\\n \"abc\\\"", "curl \\\n $'abc\\'"}) {
    const auto source = std::make_shared<const config::Source>("command", text);
    config::Diagnostics problems(source);
    EXPECT_FALSE(shell_words(*source, problems)) << text;
    EXPECT_THAT(problems.text(), testing::HasSubstr("has no matching")) << text;
  }
}

}  // namespace
}  // namespace loadstone::draft

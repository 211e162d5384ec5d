#include "cli/command.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "cli/check.h"
#include "cli/schema.h"

namespace loadstone::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

// Two real commands; the whole table would need all of loadstone.
constexpr Command kTable[] = {{"check", "validate suites", check}, {"schema", "print the schema", schema}};

struct Answer {
  int code;
  std::string out;
  std::string err;
};
Answer type(const std::vector<std::string>& words) {
  std::ostringstream out;
  std::ostringstream err;
  Console console{out, err};
  console.environment = [](std::string_view) { return std::nullopt; };
  const int code = dispatch(console, words, kTable);
  return {code, out.str(), err.str()};
}

TEST(Command, HelpIsAnAnswerAndNothingAtAllIsAMistake) {
  const auto help = type({"--help"});
  EXPECT_EQ(help.code, 0);
  EXPECT_THAT(help.out, HasSubstr("  check       validate suites\n"));
  EXPECT_EQ(type({"help"}).out, help.out);
  EXPECT_EQ(type({"-h"}).out, help.out);
  const auto nothing = type({});
  EXPECT_EQ(nothing.code, 2);
  EXPECT_EQ(nothing.err, help.out);
  EXPECT_EQ(nothing.out, "");
}

TEST(Command, EachCommandHasHelp) {
  for (const auto& words :
       {std::vector<std::string>{"help", "check"}, {"check", "--help"}, {"check", "-h", "--nonsense"}}) {
    const auto help = type(words);
    EXPECT_EQ(help.code, 0);
    EXPECT_THAT(help.out, StartsWith("Usage: loadstone check SUITE... [FLAGS]\n"));
    EXPECT_THAT(help.out, HasSubstr("\n      --scale X  "));
    EXPECT_EQ(help.err, "");
  }
}

TEST(Command, TheVersionIsTheProjects) {
  EXPECT_THAT(type({"--version"}).out, ::testing::MatchesRegex("loadstone [0-9]+\\.[0-9]+\\.[0-9]+\n"));
}

TEST(Command, WhatIsNoCommandIsAnsweredWithWhatMayHaveBeenMeant) {
  const struct {
    std::vector<std::string> typed;
    const char* said;
  } cases[] = {
      {{"chek", "x"}, "loadstone: 'chek' is not a command; did you mean 'check'?\n"},
      {{"help", "shema"}, "loadstone: 'shema' is not a command; did you mean 'schema'?\n"},
      {{"http://h/"}, "loadstone: 'http://h/' is not a command; to test a URL: loadstone http http://h/\n"},
      {{"ws://h/"}, "loadstone: 'ws://h/' is not a command; to test a WebSocket: loadstone ws ws://h/\n"},
      {{"a/b.yaml"}, "loadstone: 'a/b.yaml' is not a command; to run a suite: loadstone run a/b.yaml\n"},
      {{"--frobnicate"},
       "loadstone: '--frobnicate' is not a flag of loadstone itself; `loadstone --help` lists the commands\n"},
      {{"\x1b[31m"}, "loadstone: '?[31m' is not a command; `loadstone --help` lists the commands\n"},
      {{""}, "loadstone: '' is not a command; `loadstone --help` lists the commands\n"},
  };
  for (const auto& c : cases) {
    const auto answer = type(c.typed);
    EXPECT_EQ(answer.code, 2);
    EXPECT_EQ(answer.err, c.said);
    EXPECT_EQ(answer.out, "");
  }
}

TEST(Command, MistakesOfACommandNameItAndPointToItsHelp) {
  const auto answer = type({"schema", "--verbos"});
  EXPECT_EQ(answer.code, 2);
  EXPECT_EQ(answer.err, "loadstone schema: unknown flag --verbos\n`loadstone help schema` lists the flags.\n");
}

}  // namespace
}  // namespace loadstone::cli

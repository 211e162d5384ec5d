#include "scenario/values.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace loadstone::scenario {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(Values, StagesAreTimesOfARateOrOfUsers) {
  const auto stages = *parse_stages("10s@500/s, 30s@500/s:1k/s,5s@10");
  ASSERT_EQ(stages.size(), 3U);
  EXPECT_EQ(stages[0].duration, 10s);
  EXPECT_EQ(stages[0].rate->from, 500);
  EXPECT_EQ(stages[1].rate->to, 1000);
  EXPECT_FALSE(stages[2].rate);
  EXPECT_EQ(stages[2].users, 10);
  for (const char* bad : {"", "10s", "10@5", "10s@", "10s@0/s", "10s@0", "0s@5", "10s@5,", "10s@x/s"})
    EXPECT_FALSE(parse_stages(bad)) << bad;
}

TEST(Values, CommandsAreCutAsAShellWouldAndNothingIsExpanded) {
  EXPECT_THAT(*split_command("a  'b c' \"d\\\"e f\" g\\ h i''j --x='1 2'"),
              ElementsAre("a", "b c", "d\"e f", "g h", "ij", "--x=1 2"));
  EXPECT_THAT(*split_command("'$HOME|x'"), ElementsAre("$HOME|x"));
  for (const char* bad : {"", "  ", "a | b", "a > b", "a; b", "$(a)", "'a", "a \\", "''", "a & b"})
    EXPECT_FALSE(split_command(bad)) << bad;
}

TEST(Values, StatusesAreListsAndRanges) {
  const auto ranges = *parse_statuses("200, 3xx,404-410");
  ASSERT_EQ(ranges.size(), 3U);
  EXPECT_EQ(ranges[1].low, 300);
  EXPECT_EQ(ranges[1].high, 399);
  EXPECT_EQ(ranges[2].high, 410);
  for (const char* bad : {"", "20", "xx", "6xx", "300-200", "200,", "99", "1000", "2x", "-200"})
    EXPECT_FALSE(parse_statuses(bad)) << bad;
}

TEST(Values, HeadersCannotSmuggleLines) {
  EXPECT_EQ(parse_header("X-A:  b ")->value, "b");
  EXPECT_EQ(parse_header("X-A:")->value, "");
  for (const char* bad : {"", "no colon", ": v", "X A: v", "X-A: a\r\nB: c", "X-A: a\nB: c", "Connection: close",
                          "transfer-encoding: chunked", "Expect: 100-continue", "X\t: a"})
    EXPECT_FALSE(parse_header(bad)) << bad;
  EXPECT_FALSE(check_header_value(std::string_view("a\0b", 3)));
}

TEST(Values, PlaceholdersThatNobodyFillsAreRefusedButForeignBracesAreNot) {
  const auto known = Placeholders::kRequest;
  EXPECT_TRUE(check_placeholders("{{request.id}} {\"a\":{\"b\":1}} {{#each x}} {{ 5 }} {{", known));
  EXPECT_FALSE(check_placeholders("{{request.number}}", known));
  EXPECT_FALSE(check_placeholders("{{ request.id }}", known));
  EXPECT_THAT(check_placeholders("{{reqest.id}}", known).error().message, HasSubstr("did you mean {{request.id}}?"));
}

TEST(Values, WhichPlaceholdersAreKnownDependsOnThePlace) {
  EXPECT_TRUE(check_placeholders("{{message.id}}{{message.header}}", Placeholders::kMessage));
  EXPECT_THAT(check_placeholders("{{request.id}}", Placeholders::kMessage).error().message,
              HasSubstr("known are {{message.id}} and {{message.header}}"));
  EXPECT_THAT(check_placeholders("{{message.header}}", Placeholders::kRequest).error().message,
              HasSubstr("known is {{request.id}}"));
  EXPECT_EQ(check_placeholders("{{message.id}}", Placeholders::kNone).error().message,
            "there is nothing to put in for {{message.id}} here");
  EXPECT_TRUE(check_placeholders("{{", Placeholders::kNone));
  EXPECT_EQ(encode_query("a {{message.id}}{{message.header}}{"), "a%20{{message.id}}{{message.header}}%7B");
}

TEST(Values, HostsAndPorts) {
  EXPECT_EQ(parse_host_port("[::1]:80")->host, "::1");
  EXPECT_EQ(parse_host_port("name.test:8000")->port, 8000);
  for (const char* bad : {"", "a", ":80", "a:", "a:0", "a:65536", "::1:80", "[a]:80", "a b:80", "[]:80", "a:+5"})
    EXPECT_FALSE(parse_host_port(bad)) << bad;
}

TEST(Values, RequestLines) {
  EXPECT_EQ(parse_request_line("/x")->method, "GET");
  EXPECT_EQ(parse_request_line(" DELETE  /x?y=1 ")->target, "/x?y=1");
  for (const char* bad : {"", "GET", "GET x", "GET /x y", "GET http://h/", "get /", "G(T /", "GET /\r\nX: y"})
    EXPECT_FALSE(parse_request_line(bad)) << bad;
}

TEST(Values, FileNamesAreSafe) {
  EXPECT_EQ(safe_file_name("GET /a b"), "GET__a_b");
  EXPECT_EQ(safe_file_name("../../etc"), "_._.._etc");
  EXPECT_EQ(safe_file_name(""), "_");
}

}  // namespace
}  // namespace loadstone::scenario

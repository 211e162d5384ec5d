#include "serve/request.h"

#include <gmock/gmock.h>

#include "serve/output.h"

namespace serve {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;

TEST(Request, SplitsTheTargetAtTheFirstQuestionMark) {
  Request r;
  r.set_line("GET", "/a/b?x=1?2", 11);
  EXPECT_EQ(r.path(), "/a/b");
  EXPECT_EQ(r.query(), "x=1?2");
  r.set_line("GET", "/a", 11);
  EXPECT_EQ(r.path(), "/a");
  EXPECT_EQ(r.query(), "");
}

TEST(Request, FindsHeadersWithoutCaseAndTrimsValues) {
  Request r;
  r.add_header("Content-TYPE", "  text/plain\t");
  r.add_header("X-Empty", "");
  EXPECT_EQ(r.header("content-type"), "text/plain");
  EXPECT_EQ(r.header("x-empty"), "");
  EXPECT_EQ(r.header("missing"), std::nullopt);
}

TEST(Request, WantsWebSocketOnlyWithAllThatTheStandardAsks) {
  const auto request = [](std::string_view left_out) {
    Request r;
    r.set_line("GET", "/ws", 11);
    for (const auto& [name, value] : {std::pair{"Upgrade", "WebSocket"},
                                      {"Connection", "keep-alive, upgrade"},
                                      {"Sec-WebSocket-Key", "x"},
                                      {"Sec-WebSocket-Version", "13"}})
      if (left_out != name) r.add_header(name, value);
    return r.wants_websocket();
  };
  EXPECT_TRUE(request(""));
  for (const auto* name : {"Upgrade", "Connection", "Sec-WebSocket-Key", "Sec-WebSocket-Version"})
    EXPECT_FALSE(request(name)) << name;
}

TEST(Query, DecodesPairsInOrder) {
  EXPECT_THAT(*parse_query("name=a%20b+c&x&&=v&e=%c3%A9"),
              ElementsAre(Pair("name", "a b c"), Pair("x", ""), Pair("", "v"), Pair("e", "\xc3\xa9")));
  EXPECT_THAT(*parse_query(""), ElementsAre());
}

TEST(Query, RefusesHalfAnEscape) {
  for (const auto* text : {"a=%", "a=%4", "a=%zz", "%4=1"}) EXPECT_FALSE(parse_query(text)) << text;
}

TEST(Output, GivesBackTheSameBytesHoweverTheyAreConsumed) {
  for (const std::size_t step : {1UL, 7UL, 4096UL, 100000UL}) {
    Output out;
    std::string expected;
    std::string got;
    for (int i = 0; i < 300; ++i) {
      std::string piece(static_cast<std::size_t>(i) * 97 % 12000, static_cast<char>('a' + i % 26));
      expected += piece;
      if (i % 2 == 0)
        out.append(piece);
      else
        out.take(std::move(piece));
      if (i % 3 != 0) continue;
      iovec v[4];
      std::size_t left = step;
      const std::size_t n = out.pieces(v);
      for (std::size_t k = 0; k < n && left > 0; ++k) {
        const std::size_t used = std::min(left, v[k].iov_len);
        got.append(static_cast<const char*>(v[k].iov_base), used);
        left -= used;
      }
      out.consume(step - left);
      ASSERT_EQ(out.size() + got.size(), expected.size());
    }
    while (!out.empty()) {
      iovec v[1];
      ASSERT_EQ(out.pieces(v), 1U);
      const std::size_t used = std::min(step, v[0].iov_len);
      got.append(static_cast<const char*>(v[0].iov_base), used);
      out.consume(used);
    }
    EXPECT_TRUE(got == expected) << step;
  }
}

}  // namespace
}  // namespace serve

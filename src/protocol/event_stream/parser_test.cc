#include "protocol/event_stream/parser.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/random.h"
#include "protocol/event_stream/stream_for_test.h"

namespace loadstone::event_stream {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using namespace std::string_view_literals;

constexpr std::size_t kLimit = 1000;

struct Parsed {
  std::vector<std::string> events;
  std::string last_id;
  std::optional<Nanoseconds> retry;
};

Parsed parse_cut(std::string_view stream, const Cut& cut, std::size_t limit) {
  Parser parser(limit);
  Parsed parsed;
  parsed.events = events_of(parser, stream, cut);
  parsed.last_id = parser.last_id();
  parsed.retry = parser.retry();
  return parsed;
}

// What comes of a stream, which must be the same however it is cut.
Parsed parse(std::string_view stream, std::size_t limit = kLimit) {
  Parsed whole = parse_cut(stream, [](std::size_t left) { return left; }, limit);
  const auto expect_same = [&](const Parsed& cut) {
    EXPECT_EQ(cut.events, whole.events) << stream;
    EXPECT_EQ(cut.last_id, whole.last_id) << stream;
    EXPECT_EQ(cut.retry, whole.retry) << stream;
  };
  expect_same(parse_cut(stream, [](std::size_t) { return 1; }, limit));
  for (std::uint64_t seed = 1; seed <= 30; ++seed) {
    Random random(seed);
    // Short pieces cut lines, longer ones cut between the lines of an event.
    const std::size_t longest = seed % 2 == 0 ? 7 : 25;
    expect_same(parse_cut(stream, [&](std::size_t) { return 1 + random.below(longest); }, limit));
  }
  return whole;
}

std::vector<std::string> events(std::string_view stream) { return parse(stream).events; }

// The examples of the standard, section 9.2.6.
TEST(EventStreamParser, DoesAsTheStandardsExamplesSay) {
  EXPECT_THAT(events("data: YHOO\ndata: +2\ndata: 10\n\n"), ElementsAre("YHOO\n+2\n10"));
  const Parsed four =
      parse(": test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\ndata:  third event\n");
  EXPECT_THAT(four.events, ElementsAre("first event", "second event"));  // the third has no empty line
  EXPECT_EQ(four.last_id, "");                                           // the second has reset it
  EXPECT_THAT(events("data\n\ndata\ndata\n\ndata:"), ElementsAre("", "\n"));
  EXPECT_THAT(events("data:test\n\ndata: test\n\n"), ElementsAre("test", "test"));
}

TEST(EventStreamParser, TakesEveryEndOfLineAndAnyMixture) {
  EXPECT_THAT(events("data: a\r\n\r\ndata: b\n\ndata: c\r\r"), ElementsAre("a", "b", "c"));
  EXPECT_THAT(events("data: a\rdata: b\ndata: c\r\n\ndata: d\r\n\r"), ElementsAre("a\nb\nc", "d"));
  EXPECT_THAT(events("data: a\r\ndata: b\r\n\r\n"), ElementsAre("a\nb"));  // CRLF is one end, not two
  EXPECT_THAT(events("data: a\r\n\n"), ElementsAre("a"));
  EXPECT_THAT(events("\r\n\r\n\n\rdata: a\n\n"), ElementsAre("a"));
}

TEST(EventStreamParser, LeavesOutOneMarkAtTheBeginningOnly) {
  EXPECT_THAT(events("\xEF\xBB\xBF"
                     "data: a\n\n"),
              ElementsAre("a"));
  EXPECT_THAT(events("\xEF\xBB\xBF\xEF\xBB\xBF"
                     "data: a\n\ndata: b\n\n"),
              ElementsAre("b"));
  EXPECT_THAT(events("\xEF\xBB"
                     "data: a\n\ndata: b\n\n"),
              ElementsAre("b"));
  EXPECT_THAT(events("data: a\n\n\xEF\xBB\xBF"
                     "data: b\n\n"),
              ElementsAre("a"));
}

TEST(EventStreamParser, IgnoresCommentsAndUnknownFieldsOfAnyName) {
  EXPECT_THAT(events(":\n: ping\n:data: no\ndata: a\nDATA: no\n data: no\nfoo: bar\nfoo\n\n"), ElementsAre("a"));
  EXPECT_THAT(events(":" + std::string(10 * kLimit, 'x') + "\ndata: a\n\n"), ElementsAre("a"));
}

TEST(EventStreamParser, TakesOneBlankOffTheValueAndNoMore) {
  EXPECT_THAT(events("data:  a \ndata:\tb\n\n"), ElementsAre(" a \n\tb"));
  EXPECT_THAT(events("data:a:b: c\n\n"), ElementsAre("a:b: c"));
}

TEST(EventStreamParser, AnEventWithoutDataIsNoneAndItsTypeIsForgotten) {
  EXPECT_THAT(events("event: x\n\ndata: a\n\nevent: y\ndata: b\n\ndata: c\n\n"), ElementsAre("a", "y: b", "c"));
  EXPECT_THAT(events("\n\n\n"), IsEmpty());
}

TEST(EventStreamParser, AnIdCountsWhenItsEventEndsEvenWithoutData) {
  EXPECT_EQ(parse("id: 7\n\n").last_id, "7");
  EXPECT_EQ(parse("id: 7\ndata: a\n").last_id, "");
  EXPECT_EQ(parse("id: 7\n\ndata: a\n\n").last_id, "7");
  EXPECT_EQ(parse("id: 7\n\nid: 8\0\n\n"sv).last_id, "7");
  EXPECT_EQ(parse("id: 7\n\nid:\n\n").last_id, "");
}

TEST(EventStreamParser, APauseIsDigitsAndNothingElse) {
  EXPECT_EQ(parse("retry: 1500\n").retry, Nanoseconds(1500ms));
  EXPECT_EQ(parse("retry: 1500\nretry: 2s\nretry: -1\nretry: 1.5\nretry\nretry:  1\n").retry, Nanoseconds(1500ms));
  EXPECT_EQ(parse("retry:0\n").retry, Nanoseconds(0));
  EXPECT_GT(parse("retry: 99999999999999999999999\n").retry, Nanoseconds(1h));
  EXPECT_EQ(parse("data: a\n\n").retry, std::nullopt);
}

TEST(EventStreamParser, RefusesWhatIsLargerThanTheLimit) {
  const std::string most(kLimit, 'x');
  EXPECT_THAT(events("data: " + most + "\n\n"), ElementsAre(most));
  EXPECT_THAT(events("data: a\n\ndata: " + most + "x\n\n"),
              ElementsAre("a", "problem: an event larger than the limit"));
  EXPECT_THAT(events("data: a\ndata: " + most + "\n\n"), ElementsAre("problem: an event larger than the limit"));
  EXPECT_THAT(events(std::string(5 * kLimit, 'x')), ElementsAre("problem: an event larger than the limit"));
  EXPECT_THAT(parse("id: " + std::string(Parser::kMaxId + 1, 'x') + "\n\n", 100 * kLimit).events,
              ElementsAre("problem: an id too long to be sent back"));
}

TEST(EventStreamParser, KeepsBytesAsTheyAre) {
  EXPECT_THAT(events("data: \xff\0\x80 \xC3\xA4\n\n"sv), ElementsAre("\xff\0\x80 \xC3\xA4"sv));
}

TEST(EventStreamParser, ANewConnectionKeepsTheLastIdAndThePauseAlone) {
  Parser parser(kLimit);
  const Cut whole = [](std::size_t left) { return left; };
  EXPECT_THAT(events_of(parser, "\xEF\xBB\xBFid: 3\nretry: 10\ndata: a\n\nid: 4\nevent: x\ndata: half", whole),
              ElementsAre("a"));
  parser.reset();
  EXPECT_THAT(events_of(parser,
                        "\xEF\xBB\xBF"
                        "data: b\n\n",
                        whole),
              ElementsAre("b"));
  EXPECT_EQ(parser.last_id(), "3");
  EXPECT_EQ(parser.retry(), Nanoseconds(10ms));
  parser.forget();
  EXPECT_EQ(parser.last_id(), "");
  EXPECT_EQ(parser.retry(), std::nullopt);
}

TEST(EventStreamParser, DataThatLiesWholeInTheBytesIsNotCopied) {
  Parser parser(kLimit);
  const std::string_view stream = "id: 1\ndata: hello\n\n";
  const Parser::Step step = parser.step(stream);
  ASSERT_TRUE(step.is_event);
  EXPECT_EQ(step.data.data(), stream.data() + stream.find("hello"));
}

}  // namespace
}  // namespace loadstone::event_stream

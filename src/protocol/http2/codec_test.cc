// Conversations with a server on the same library (tests/oracle has another one's), whole and cut in pieces, and with
// bytes that no sound server sends.
#include "protocol/http2/codec.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/format.h"
#include "protocol/http2/encode.h"
#include "protocol/http2/talk_for_test.h"

namespace loadstone::http2 {
namespace {

using protocol::Event;
using ::testing::ElementsAre;

protocol::PreparedRequest get(std::string_view path = "/", bool wants_body = true) {
  return encode(
      {.method = "GET", .target = path, .authority = "h", .headers = {}, .body = {}, .wants_body = wants_body});
}

// Starts exchanges 0 and 1; what the server has heard of them.
auto ask_twice(Talk& talk, const protocol::PreparedRequest& request) {
  talk.codec.start(0, request, 0);
  talk.codec.start(1, request, 0);
  talk.exchange_bytes();
  return talk.server.requests;
}

class HowEver : public ::testing::TestWithParam<std::size_t> {};
INSTANTIATE_TEST_SUITE_P(Pieces, HowEver, ::testing::Values(0, 1, 2, 7, 100));

TEST(Http2, HasNoRoomUntilTheServersSettingsHaveCome) {
  Codec codec(10);
  codec.reset();
  EXPECT_EQ(codec.room(), 0U);
  EXPECT_TRUE(codec.reusable());
  EXPECT_TRUE(codec.output().starts_with("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"));
  Talk talk(10);
  EXPECT_EQ(talk.codec.room(), 10U);
}

TEST(Http2, HasTheRoomThatTheServerAllows) {
  Talk talk(10, 3);
  EXPECT_EQ(talk.codec.room(), 3U);
  const auto request = get();
  for (std::uint32_t i = 0; i < 3; ++i) talk.codec.start(i, request, 0);
  EXPECT_EQ(talk.codec.room(), 0U);
  talk.server.allow(5);
  talk.exchange_bytes();
  EXPECT_EQ(talk.codec.room(), 2U);
  talk.server.allow(1);
  talk.exchange_bytes();
  EXPECT_EQ(talk.codec.room(), 0U);
}

TEST_P(HowEver, AnswersFindTheirExchangesInAnyOrder) {
  Talk talk(8, 100, GetParam());
  const auto request = get("/{{request.id}}");
  for (std::uint32_t i = 0; i < 8; ++i) talk.codec.start(i, request, 100 + i);
  talk.exchange_bytes();
  ASSERT_EQ(talk.server.requests.size(), 8U);
  for (std::size_t i = 0; i < 8; ++i) EXPECT_EQ(talk.server.requests[i].fields[":path"], format("/{}", 100 + i));
  for (const int i : {3, 0, 7, 1, 2, 6, 5, 4}) {
    const auto& asked = talk.server.requests[static_cast<std::size_t>(i)];
    talk.server.answer(asked.stream, {{":status", format("{}", 400 + i)}, {"server", "x"}}, asked.fields.at(":path"));
    if (i == 7) talk.exchange_bytes();
  }
  talk.exchange_bytes();
  for (std::uint32_t i = 0; i < 8; ++i)
    EXPECT_THAT(talk.of(i), ElementsAre(format("head {}", 400 + i), format("body /{}", 100 + i), "done"));
  EXPECT_EQ(talk.codec.room(), 8U);
}

TEST_P(HowEver, InterimAnswersAndTrailersAreNoAnswers) {
  Talk talk(1, 100, GetParam());
  const auto request = get();
  talk.codec.start(0, request, 0);
  talk.exchange_bytes();
  const std::int32_t stream = talk.server.requests.at(0).stream;
  talk.server.interim(stream);
  talk.exchange_bytes();
  EXPECT_THAT(talk.of(0), ElementsAre());
  talk.server.answer(stream, {{":status", "404"}}, "gone", true);
  talk.exchange_bytes();
  EXPECT_THAT(talk.of(0), ElementsAre("head 404", "body gone"));
  talk.server.trailers(stream, {{"grpc-status", "0"}});
  talk.exchange_bytes();
  EXPECT_THAT(talk.of(0), ElementsAre("done"));
}

TEST_P(HowEver, AnswersWithoutBody) {
  Talk talk(3, 100, GetParam());
  const auto head = encode({.method = "HEAD", .target = "/", .authority = "h", .headers = {}, .body = {}});
  const auto request = get();
  talk.codec.start(0, head, 0);
  talk.codec.start(1, request, 0);
  talk.codec.start(2, request, 0);
  talk.exchange_bytes();
  auto& asked = talk.server.requests;
  talk.server.answer(asked[0].stream, {{":status", "200"}, {"content-length", "1000"}}, {});
  talk.server.answer(asked[1].stream, {{":status", "204"}}, {});
  talk.server.answer(asked[2].stream, {{":status", "304"}, {"content-length", "1000"}}, {});
  talk.exchange_bytes();
  EXPECT_THAT(talk.of(0), ElementsAre("head 200", "done"));
  EXPECT_THAT(talk.of(1), ElementsAre("head 204", "done"));
  EXPECT_THAT(talk.of(2), ElementsAre("head 304", "done"));
}

TEST(Http2, BodiesAreShownOnlyToThoseWhoWantThem) {
  Talk talk(1);
  const auto request = get("/", false);
  talk.codec.start(0, request, 0);
  talk.exchange_bytes();
  talk.server.answer(talk.server.requests[0].stream);
  talk.exchange_bytes();
  EXPECT_THAT(talk.of(0), ElementsAre("head 200", "done"));
}

TEST(Http2, AnswersOfAnySizeComeWithoutTheServerWaitingForAWindow) {
  Talk talk(2);
  const auto request = get();
  talk.codec.start(0, request, 0);
  talk.codec.start(1, request, 0);
  while (!talk.codec.output().empty()) {
    talk.server.receive(talk.codec.output());
    talk.codec.sent(talk.codec.output().size());
  }
  // All of it in one go, before the client has said anything.
  talk.server.answer(talk.server.requests.at(0).stream, {{":status", "200"}}, std::string(3'000'000, 'a'));
  talk.server.answer(talk.server.requests.at(1).stream, {{":status", "200"}}, std::string(2'000'000, 'b'));
  talk.give(talk.server.output());
  EXPECT_THAT(talk.of(0), ElementsAre("head 200", "body-bytes 3000000", "done"));
  EXPECT_THAT(talk.of(1), ElementsAre("head 200", "body-bytes 2000000", "done"));
}

TEST(Http2, AStreamThatIsResetFailsAlone) {
  Talk talk(3);
  const auto request = get();
  for (std::uint32_t i = 0; i < 3; ++i) talk.codec.start(i, request, 0);
  talk.exchange_bytes();
  auto& asked = talk.server.requests;
  talk.server.reset(asked[0].stream, NGHTTP2_REFUSED_STREAM);
  talk.server.reset(asked[1].stream, NGHTTP2_INTERNAL_ERROR);
  talk.server.answer(asked[2].stream);
  protocol::Events events;
  talk.codec.receive(talk.server.output(), events);
  ASSERT_EQ(events.size(), 5U);
  EXPECT_EQ(events[0].reason, Event::Reason::kReset);
  EXPECT_EQ(events[0].bytes, "the server reset the stream: RST_STREAM REFUSED_STREAM");
  EXPECT_EQ(events[1].bytes, "the server reset the stream: RST_STREAM INTERNAL_ERROR");
  EXPECT_EQ(events[4].kind, Event::Kind::kDone);
  EXPECT_EQ(events[4].exchange, 2U);
  EXPECT_TRUE(talk.codec.reusable());
  EXPECT_EQ(talk.codec.room(), 3U);
}

TEST(Http2, AfterGoAwayWhatTheServerHasTakenIsFinishedAndTheRestUntouched) {
  Talk talk(4);
  const auto request = get();
  for (std::uint32_t i = 0; i < 4; ++i) talk.codec.start(i, request, 0);
  talk.exchange_bytes();
  const auto asked = talk.server.requests;
  talk.server.go_away(asked[1].stream);
  protocol::Events events;
  talk.codec.receive(talk.server.output(), events);
  std::vector<std::uint32_t> untouched;
  for (const Event& event : events) {
    EXPECT_EQ(event.kind, Event::Kind::kFailed);
    EXPECT_EQ(event.reason, Event::Reason::kUntouched);
    untouched.push_back(event.exchange);
  }
  EXPECT_THAT(untouched, ::testing::UnorderedElementsAre(2, 3));
  EXPECT_EQ(talk.codec.room(), 0U);
  EXPECT_FALSE(talk.codec.reusable());
  talk.server.answer(asked[1].stream);
  talk.server.answer(asked[0].stream);
  talk.exchange_bytes();
  EXPECT_THAT(talk.of(0), ElementsAre("head 200", "body ok", "done"));
  EXPECT_THAT(talk.of(1), ElementsAre("head 200", "body ok", "done"));
  talk.end_of_input();
  EXPECT_THAT(talk.of(0), ElementsAre());
}

TEST(Http2, ACancelledExchangeIsHeardOfNoMoreAndItsPlaceIsFree) {
  Talk talk(2);
  const auto request = get();
  const auto asked = ask_twice(talk, request);
  EXPECT_TRUE(talk.codec.cancel(0));
  EXPECT_EQ(talk.codec.room(), 1U);
  talk.codec.start(0, request, 0);  // while the answer to the old one is on its way
  talk.server.answer(asked[0].stream, {{":status", "500"}}, "late");
  talk.give(talk.server.output());
  talk.exchange_bytes();
  EXPECT_THAT(talk.server.resets, ElementsAre(std::pair(asked[0].stream, std::uint32_t{NGHTTP2_CANCEL})));
  EXPECT_THAT(talk.of(0), ElementsAre());
  talk.server.answer(talk.server.requests.at(2).stream);
  talk.exchange_bytes();
  EXPECT_THAT(talk.of(0), ElementsAre("head 200", "body ok", "done"));
  EXPECT_FALSE(talk.codec.cancel(0));
}

TEST(Http2, WhatIsCancelledInTheMiddleOfItsAnswerIsSilentFromThenOn) {
  Talk talk(2);
  const auto request = get();
  const auto asked = ask_twice(talk, request);
  talk.server.answer(asked[0].stream, {{":status", "200"}}, "late");
  const std::string answer = talk.server.output();
  // The field section has been read, and the frames of the body come behind it.
  const std::size_t head = 9 + static_cast<unsigned char>(answer[2]);
  ASSERT_LT(head, answer.size());
  talk.give(std::string_view(answer).substr(0, head));
  EXPECT_THAT(talk.of(0), ElementsAre("head 200"));
  EXPECT_TRUE(talk.codec.cancel(0));
  talk.give(std::string_view(answer).substr(head));
  EXPECT_THAT(talk.of(0), ElementsAre());
  EXPECT_EQ(talk.codec.room(), 1U);
  talk.server.answer(asked[1].stream);
  talk.exchange_bytes();
  EXPECT_THAT(talk.of(1), ElementsAre("head 200", "body ok", "done"));
}

TEST(Http2, BodiesGoOutAsTheServersWindowAllowsAndInBoundedPieces) {
  Talk talk(2);
  const std::string body(300'000, 'x');
  const auto post = encode({.method = "POST", .target = "/", .authority = "h", .headers = {}, .body = body});
  talk.codec.start(0, post, 0);
  std::string first(talk.codec.output());
  EXPECT_LT(first.size(), 100'000U);
  EXPECT_GT(first.size(), 60'000U);
  talk.exchange_bytes();
  ASSERT_EQ(talk.server.requests.size(), 1U);
  EXPECT_EQ(talk.server.requests[0].body, body);
  EXPECT_EQ(talk.server.requests[0].fields["content-length"], "300000");
}

TEST(Http2, AnAnswerThatCompletesBeforeTheRequestCounts) {
  Talk talk(1);
  const auto post =
      encode({.method = "POST", .target = "/", .authority = "h", .headers = {}, .body = std::string(300'000, 'x')});
  talk.codec.start(0, post, 0);
  talk.server.receive(talk.codec.output());
  talk.codec.sent(talk.codec.output().size());
  talk.server.answer(1, {{":status", "413"}}, "too large");
  talk.give(talk.server.output());
  EXPECT_THAT(talk.of(0), ElementsAre("head 413", "done"));
  EXPECT_EQ(talk.codec.room(), 1U);
  talk.exchange_bytes();
  EXPECT_TRUE(talk.codec.reusable());
}

TEST(Http2, PingsAreAnswered) {
  Talk talk(1);
  talk.server.ping();
  talk.exchange_bytes();
  EXPECT_EQ(talk.server.pongs, 1);
}

TEST(Http2, TheEndOfTheConnectionFailsWhatIsInFlight) {
  Talk talk(2);
  const auto request = get();
  talk.codec.start(0, request, 0);
  talk.codec.start(1, request, 0);
  talk.exchange_bytes();
  talk.server.answer(talk.server.requests[1].stream, {{":status", "200"}, {"content-length", "5"}}, "o", true);
  talk.exchange_bytes();
  talk.end_of_input();
  EXPECT_THAT(talk.of(0), ElementsAre("failed closed closed before the head of the answer"));
  EXPECT_THAT(talk.of(1), ElementsAre("head 200", "body o", "failed closed closed within the body of the answer"));
  EXPECT_FALSE(talk.codec.reusable());
}

TEST_P(HowEver, AnswersOfTheWrongLengthFailAlone) {
  Talk talk(3, 100, GetParam());
  const auto request = get("/", false);
  for (std::uint32_t i = 0; i < 3; ++i) talk.codec.start(i, request, 0);
  talk.exchange_bytes();
  const auto asked = talk.server.requests;
  talk.server.answer(asked[0].stream, {{":status", "200"}, {"content-length", "5"}}, "too long");
  talk.server.answer(asked[1].stream, {{":status", "200"}, {"content-length", "50"}}, "short");
  talk.server.answer(asked[2].stream);
  talk.exchange_bytes();
  EXPECT_THAT(talk.of(0), ElementsAre("head 200", "failed protocol the answer is not HTTP/2: PROTOCOL_ERROR"));
  EXPECT_THAT(talk.of(1), ElementsAre("head 200", "failed protocol the answer is not HTTP/2: PROTOCOL_ERROR"));
  EXPECT_THAT(talk.of(2), ElementsAre("head 200", "done"));
  EXPECT_TRUE(talk.codec.reusable());
}

TEST_P(HowEver, AServerOfHttp1IsToldByItsAnswer) {
  Talk talk(1, 100, GetParam());
  talk.codec.reset();
  talk.give("HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n");
  EXPECT_THAT(talk.unsolicited(), ElementsAre("the server speaks HTTP/1.1, not HTTP/2"));
  EXPECT_FALSE(talk.codec.reusable());
  EXPECT_EQ(talk.codec.room(), 0U);
}

TEST(Http2, BytesThatBreakTheConnectionFailEverything) {
  Talk talk(2);
  const auto request = get();
  talk.codec.start(0, request, 0);
  talk.codec.start(1, request, 0);
  talk.exchange_bytes();
  talk.give(std::string_view("\x00\x00\x04\x08\x00\x00\x00\x00\x00\x00\x00\x00\x00", 13));  // WINDOW_UPDATE by nothing
  for (const std::uint32_t i : {0U, 1U}) {
    const Lines lines = talk.of(i);
    ASSERT_EQ(lines.size(), 1U);
    EXPECT_TRUE(lines[0].starts_with("failed protocol ")) << lines[0];
  }
  EXPECT_FALSE(talk.codec.reusable());
  EXPECT_FALSE(talk.codec.cancel(0));
}

TEST(Http2, APushIsRefusedAsItWasForbidden) {
  Talk talk(1);
  const auto request = get();
  talk.codec.start(0, request, 0);
  talk.exchange_bytes();
  // PUSH_PROMISE on stream 1 of stream 2, with ":method: GET" from the static table.
  talk.give(std::string_view("\x00\x00\x05\x05\x04\x00\x00\x00\x01\x00\x00\x00\x02\x82", 14));
  const Lines lines = talk.of(0);
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_TRUE(lines[0].starts_with("failed protocol ")) << lines[0];
}

TEST(Http2, AConnectionIsFreshAfterReset) {
  Talk talk(2);
  const auto request = get();
  talk.codec.start(0, request, 0);
  talk.exchange_bytes();
  talk.server.go_away(0, NGHTTP2_ENHANCE_YOUR_CALM);
  talk.exchange_bytes();
  EXPECT_FALSE(talk.codec.reusable());
  talk.codec.reset();
  EXPECT_TRUE(talk.codec.reusable());
  EXPECT_EQ(talk.codec.room(), 0U);
  ServerForTest other;
  other.receive(talk.codec.output());
  talk.codec.sent(talk.codec.output().size());
  talk.give(other.output());
  EXPECT_EQ(talk.codec.room(), 2U);
}

// Who looks into answers is told of their header and of how their body is encoded; what an interim answer said is not
// theirs.
TEST(Http2, AnswersTellOfTheirFieldsWhenAsked) {
  Talk talk(1);
  const auto request =
      encode({.method = "GET", .target = "/", .authority = "h", .headers = {}, .body = {}, .wants_fields = true});
  talk.codec.start(0, request, 1);
  talk.exchange_bytes();
  talk.server.interim(1);
  talk.server.answer(1, {{":status", "200"}, {"x-id", "5"}, {"content-encoding", "br"}}, "ok");
  std::string fields;
  encoding::Coding coding{};
  protocol::Events events;
  talk.codec.receive(talk.server.output(), events);
  for (const auto& e : events)
    if (e.kind == protocol::Event::Kind::kHead) fields = e.bytes, coding = e.coding;
  EXPECT_EQ(fields, "x-id: 5\r\ncontent-encoding: br\r\n");
  EXPECT_EQ(coding, encoding::Coding::kBrotli);
}

}  // namespace
}  // namespace loadstone::http2

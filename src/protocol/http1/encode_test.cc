#include "protocol/http1/encode.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <vector>

#include "protocol/http1/codec.h"

namespace loadstone::http1 {
namespace {

// What a codec really puts out for a request with this number.
std::string output(const protocol::PreparedRequest& request, std::uint64_t number) {
  HeadMemory memory;
  Codec codec(memory);
  codec.start(0, request, number);
  return std::string(codec.output());
}

std::string output(const RequestParts& parts, std::uint64_t number = 42) { return output(encode(parts), number); }

// The value of Content-Length, and how many bytes follow the empty line.
std::pair<std::string, std::size_t> stated_and_real_length(const std::string& bytes) {
  const std::size_t body = bytes.find("\r\n\r\n") + 4;
  const std::size_t at = bytes.find("Content-Length: ") + 16;
  return {bytes.substr(at, bytes.find("\r\n", at) - at), bytes.size() - body};
}

TEST(Encode, FillsInHostAndUserAgent) {
  EXPECT_EQ(output({.method = "GET", .target = "/a?b=c", .authority = "host:8000", .headers = {}, .body = {}}),
            "GET /a?b=c HTTP/1.1\r\nHost: host:8000\r\nUser-Agent: loadstone\r\n\r\n");
}

TEST(Encode, AGivenHeaderTakesThePlaceOfTheFilledInOneInAnyCase) {
  EXPECT_EQ(output({.method = "GET",
                    .target = "/",
                    .authority = "host",
                    .headers = {{"HOST", "other"}, {"user-agent", "me"}, {"Accept", "*/*"}, {"Accept", "x"}},
                    .body = {}}),
            "GET / HTTP/1.1\r\nHOST: other\r\nuser-agent: me\r\nAccept: */*\r\nAccept: x\r\n\r\n");
}

TEST(Encode, ABodyHasItsLength) {
  EXPECT_EQ(output({.method = "POST", .target = "/", .authority = "h", .headers = {}, .body = "hello"}),
            "POST / HTTP/1.1\r\nHost: h\r\nUser-Agent: loadstone\r\nContent-Length: 5\r\n\r\nhello");
  EXPECT_EQ(output({.method = "DELETE", .target = "/", .authority = "h", .headers = {}, .body = "x"}),
            "DELETE / HTTP/1.1\r\nHost: h\r\nUser-Agent: loadstone\r\nContent-Length: 1\r\n\r\nx");
}

TEST(Encode, AnEmptyBodyHasALengthOnlyWhereTheMethodUsuallyHasABody) {
  for (const char* method : {"POST", "PUT", "PATCH"})
    EXPECT_NE(output({.method = method, .target = "/", .authority = "h", .headers = {}, .body = {}})
                  .find("\r\nContent-Length: 0\r\n"),
              std::string::npos)
        << method;
  for (const char* method : {"GET", "HEAD", "DELETE", "OPTIONS"})
    EXPECT_EQ(
        output({.method = method, .target = "/", .authority = "h", .headers = {}, .body = {}}).find("Content-Length"),
        std::string::npos)
        << method;
}

TEST(Encode, AGivenLengthOrCodingIsLeftAlone) {
  EXPECT_EQ(
      output(
          {.method = "POST", .target = "/", .authority = "h", .headers = {{"content-length", "9"}}, .body = "hello"}),
      "POST / HTTP/1.1\r\nHost: h\r\nUser-Agent: loadstone\r\ncontent-length: 9\r\n\r\nhello");
  EXPECT_EQ(output({.method = "POST",
                    .target = "/",
                    .authority = "h",
                    .headers = {{"Transfer-Encoding", "chunked"}},
                    .body = "0\r\n\r\n"}),
            "POST / HTTP/1.1\r\nHost: h\r\nUser-Agent: loadstone\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n");
}

TEST(Encode, WithoutKeepAliveItAsksToClose) {
  const auto request =
      encode({.method = "GET", .target = "/", .authority = "h", .headers = {}, .body = {}, .keep_alive = false});
  EXPECT_TRUE(request.closes);
  EXPECT_EQ(output(request, 1), "GET / HTTP/1.1\r\nHost: h\r\nUser-Agent: loadstone\r\nConnection: close\r\n\r\n");
  EXPECT_EQ(output({.method = "GET",
                    .target = "/",
                    .authority = "h",
                    .headers = {{"connection", "close, te"}},
                    .body = {},
                    .keep_alive = false}),
            "GET / HTTP/1.1\r\nHost: h\r\nUser-Agent: loadstone\r\nconnection: close, te\r\n\r\n");
}

TEST(Encode, SaysWhatTheCodecMustKnow) {
  EXPECT_TRUE(
      encode({.method = "HEAD", .target = "/", .authority = "h", .headers = {}, .body = {}}).answer_has_no_body);
  const auto get =
      encode({.method = "GET", .target = "/", .authority = "h", .headers = {}, .body = {}, .wants_body = true});
  EXPECT_FALSE(get.answer_has_no_body);
  EXPECT_TRUE(get.wants_body);
  EXPECT_FALSE(get.closes);
}

TEST(Holes, TakeTheNumberWhereverTheyAre) {
  const auto request = encode({.method = "PUT",
                               .target = "/{{request.id}}/x?{{request.id}}",
                               .authority = "h",
                               .headers = {{"X-Id", "{{request.id}}"}, {"X-Two", "a{{request.id}}{{request.id}}b"}},
                               .body = "{{request.id}}"});
  EXPECT_EQ(output(request, 7),
            "PUT /7/x?7 HTTP/1.1\r\nHost: h\r\nUser-Agent: loadstone\r\nX-Id: 7\r\nX-Two: a77b\r\n"
            "Content-Length: 1\r\n\r\n7");
  EXPECT_EQ(output(request, 1'000'000'000'123),
            "PUT /1000000000123/x?1000000000123 HTTP/1.1\r\nHost: h\r\nUser-Agent: loadstone\r\nX-Id: 1000000000123\r\n"
            "X-Two: a10000000001231000000000123b\r\nContent-Length: 13\r\n\r\n1000000000123");
}

TEST(Holes, TheLengthOfATemplatedBodyIsThatOfWhatIsSent) {
  for (const char* body : {"{{request.id}}", "a{{request.id}}", "{{request.id}}b", "{\"id\": {{request.id}}}",
                           "{{request.id}}{{request.id}}", "x{{request.id}}y{{request.id}}z", "{{request.id}", "{{}}",
                           "{{request.id }}", "{{{{request.id}}}}"}) {
    for (const std::uint64_t number : {0ULL, 9ULL, 10ULL, 99ULL, 100ULL, 12'345ULL, 1'000'000'000'000ULL, ~0ULL}) {
      SCOPED_TRACE(::testing::Message() << body << " with " << number);
      const std::string bytes = output(
          {.method = "POST", .target = "/{{request.id}}", .authority = "h", .headers = {}, .body = body}, number);
      const auto [stated, real] = stated_and_real_length(bytes);
      EXPECT_EQ(stated, std::to_string(real));
    }
  }
}

TEST(Holes, ABodyOfNothingButABodyHoleBeginsAfterTheEmptyLine) {
  const std::string bytes =
      output({.method = "POST", .target = "/", .authority = "h", .headers = {}, .body = "{{request.id}}"}, 123);
  EXPECT_TRUE(bytes.ends_with("Content-Length: 3\r\n\r\n123")) << bytes;
}

TEST(Holes, AGivenLengthWithAHoleIsTheUsersOwn) {
  EXPECT_TRUE(output({.method = "POST",
                      .target = "/",
                      .authority = "h",
                      .headers = {{"Content-Length", "{{request.id}}"}},
                      .body = "hello"},
                     5)
                  .ends_with("Content-Length: 5\r\n\r\nhello"));
}

TEST(Output, IsTakenOffAsItIsSent) {
  const auto request = encode({.method = "GET", .target = "/", .authority = "h", .headers = {}, .body = {}});
  HeadMemory memory;
  Codec codec(memory);
  codec.start(0, request, 1);
  std::string sent;
  while (!codec.output().empty()) {
    sent += codec.output().substr(0, 3);
    codec.sent(std::min<std::size_t>(3, codec.output().size()));
  }
  EXPECT_EQ(sent, request.bytes);
}

TEST(Output, OfEachExchangeIsItsOwn) {
  const auto request =
      encode({.method = "GET", .target = "/{{request.id}}", .authority = "h", .headers = {}, .body = {}});
  HeadMemory memory;
  Codec codec(memory);
  protocol::Events events;
  for (std::uint64_t number = 1; number <= 3; ++number) {
    EXPECT_EQ(codec.room(), 1U);
    codec.start(0, request, number);
    EXPECT_EQ(codec.room(), 0U);
    EXPECT_TRUE(codec.output().starts_with("GET /" + std::to_string(number) + " "));
    codec.sent(codec.output().size());
    codec.receive("HTTP/1.1 204 No Content\r\n\r\n", events);
  }
  EXPECT_EQ(events.size(), 6U);
}

TEST(Reset, MakesAFreshConnectionOfAUsedOne) {
  const auto request = encode({.method = "GET", .target = "/", .authority = "h", .headers = {}, .body = {}});
  for (const char* before : {"HTTP/1.1 2", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
                             "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nab", "nonsense", ""}) {
    SCOPED_TRACE(before);
    HeadMemory memory;
    Codec codec(memory);
    codec.start(0, request, 1);
    protocol::Events events;
    codec.receive(before, events);
    codec.end_of_input(events);
    EXPECT_EQ(codec.room(), 0U);
    codec.reset();
    EXPECT_EQ(codec.room(), 1U);
    EXPECT_TRUE(codec.reusable());
    EXPECT_TRUE(codec.output().empty());
    codec.start(7, request, 2);
    events.clear();
    codec.receive("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n", events);
    ASSERT_EQ(events.size(), 2U);
    EXPECT_EQ(events[1].kind, protocol::Event::Kind::kDone);
    EXPECT_EQ(events[1].exchange, 7U);
  }
}

TEST(Encode, TextsGoIntoTheirHoles) {
  const auto request = encode({.method = "PUT",
                               .target = "/n/\1{0}/x?\1{1}",
                               .authority = "h",
                               .headers = {{"Cookie", "\1{2}"}},
                               .body = "[\1{0}\1{10}] {{request.id}} \1{1}",
                               .text_mark = "\1{"});
  std::vector<std::string> texts(11);
  texts[0] = "zero";
  texts[1] = "one";
  texts[2] = "a=1";
  texts[10] = "{{request.id}}";
  HeadMemory memory;
  Codec codec(memory);
  codec.start(0, request, {7, {}, texts});
  const std::string bytes(codec.output());
  EXPECT_EQ(bytes.substr(0, bytes.find(" HTTP/")), "PUT /n/zero/x?one");
  EXPECT_NE(bytes.find("\r\nCookie: a=1\r\n"), std::string::npos);
  // What is put in is not looked at again, and only texts are holes where there are texts.
  EXPECT_EQ(bytes.substr(bytes.find("\r\n\r\n") + 4), "[zero{{request.id}}] {{request.id}} one");
  const auto [stated, real] = stated_and_real_length(bytes);
  EXPECT_EQ(stated, std::to_string(real));
}

TEST(Codec, SaysTheFieldsOfAnAnswerToWhoWantsThem) {
  const std::string answer =
      "HTTP/1.1 100 Continue\r\nA: b\r\n\r\nHTTP/1.1 302 Found\r\nLocation: /x\r\nContent-Length: 0\r\n\r\n";
  for (const bool wants : {true, false})
    for (std::size_t cut = 0; cut < answer.size(); ++cut) {
      HeadMemory memory;
      Codec codec(memory);
      const auto request =
          encode({.method = "GET", .target = "/", .authority = "h", .headers = {}, .body = {}, .wants_fields = wants});
      codec.start(0, request, 1);
      std::string fields;
      std::size_t heads = 0;
      for (const std::string_view piece :
           {std::string_view(answer).substr(0, cut), std::string_view(answer).substr(cut)}) {
        protocol::Events events;
        codec.receive(piece, events);
        for (const auto& event : events)
          if (event.kind == protocol::Event::Kind::kHead) {
            ++heads;
            fields = event.bytes;
          }
      }
      ASSERT_EQ(heads, 1U) << cut;
      ASSERT_EQ(fields, wants ? "Location: /x\r\nContent-Length: 0\r\n\r\n" : "") << cut;
    }
}

}  // namespace
}  // namespace loadstone::http1

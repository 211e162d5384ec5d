#include "protocol/http2/encode.h"

#include <gtest/gtest.h>

#include "protocol/http2/talk_for_test.h"

namespace loadstone::http2 {
namespace {

TEST(Http2Encode, FieldsAreWhatTheServerSees) {
  Talk talk(1);
  const auto request =
      encode({.method = "PUT",
              .scheme = "https",
              .target = "/a/{{request.id}}/b?c={{request.id}}",
              .authority = "host:8443",
              .headers = {{"X-Trace", "{{request.id}}"}, {"Empty", ""}, {"X-Two", "{{request.id}}, x"}},
              .body = "{{request.id}} is the number"});
  talk.codec.start(0, request, 12345);
  talk.exchange_bytes();
  ASSERT_EQ(talk.server.requests.size(), 1U);
  EXPECT_EQ(talk.server.requests[0].fields, (std::map<std::string, std::string>{{":method", "PUT"},
                                                                                {":scheme", "https"},
                                                                                {":authority", "host:8443"},
                                                                                {":path", "/a/12345/b?c=12345"},
                                                                                {"user-agent", "loadstone"},
                                                                                {"x-trace", "12345"},
                                                                                {"empty", ""},
                                                                                {"x-two", "12345, x"},
                                                                                {"content-length", "19"}}));
  EXPECT_EQ(talk.server.requests[0].body, "12345 is the number");
}

TEST(Http2Encode, TextsGoIntoTheirHoles) {
  Talk talk(1);
  const std::string mark = "\x01{";
  const auto request = encode({.method = "POST",
                               .target = "/" + mark + "0}/x",
                               .authority = "h",
                               .headers = {{"Cookie", "a=" + mark + "1}"}},
                               .body = "id " + mark + "0}",
                               .text_mark = mark});
  const std::vector<std::string> texts{"seven", "b"};
  talk.codec.start(0, request, {1, {}, texts});
  talk.exchange_bytes();
  auto& seen = talk.server.requests.at(0);
  EXPECT_EQ(seen.fields[":path"], "/seven/x");
  EXPECT_EQ(seen.fields["cookie"], "a=b");
  EXPECT_EQ(seen.fields["content-length"], "8");
  EXPECT_EQ(seen.body, "id seven");
}

TEST(Http2Encode, AHostAmongTheHeadersIsTheAuthority) {
  Talk talk(1);
  const auto request = encode({.method = "GET",
                               .target = "/",
                               .authority = "h",
                               .headers = {{"Host", "other"}, {"User-Agent", "me"}},
                               .body = {}});
  talk.codec.start(0, request, 1);
  talk.exchange_bytes();
  auto& fields = talk.server.requests.at(0).fields;
  EXPECT_EQ(fields[":authority"], "other");
  EXPECT_EQ(fields["user-agent"], "me");
  EXPECT_EQ(fields.count("host"), 0U);
  EXPECT_EQ(fields.count("content-length"), 0U);
}

}  // namespace
}  // namespace loadstone::http2

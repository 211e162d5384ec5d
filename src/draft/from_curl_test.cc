#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/format.h"
#include "draft/draft_for_test.h"
#include "scenario/values.h"

namespace loadstone::draft {
namespace {

using testing::HasSubstr;
using testing::Not;

// The one request of a command, as the loader reads the suite.
scenario::Request request_of(std::string_view command) {
  const Drafted d = drafted(command, Form::kCurl);
  EXPECT_TRUE(d.draft) << d.problems;
  if (!d.draft) return {};
  const auto suite = loaded(d);
  EXPECT_EQ(suite.problems, "") << d.suite;
  return suite.suite ? std::get<scenario::HttpLoad>(suite.suite->scenarios.at(0).kind).requests.at(0)
                     : scenario::Request{};
}

std::string header_of(const scenario::Request& request, std::string_view name) {
  for (const auto& h : request.headers)
    if (scenario::same_header_name(h.name, name)) return h.value;
  return "(none)";
}

TEST(FromCurl, DataMakesAPost) {
  const auto r = request_of("curl http://h/x -d a=1 --data b=2");
  EXPECT_EQ(r.method, "POST");
  EXPECT_EQ(r.body, "a=1&b=2");
  EXPECT_EQ(header_of(r, "Content-Type"), "application/x-www-form-urlencoded");
}

TEST(FromCurl, GetMovesDataIntoTheQuery) {
  const auto r = request_of("curl -G 'http://h/x?z' -d a=1 --data-urlencode 'b=2 & 3'");
  EXPECT_EQ(r.method, "GET");
  EXPECT_EQ(r.target, "/x?z&a=1&b=2%20%26%203");
  EXPECT_EQ(r.body, "");
}

TEST(FromCurl, HeadRequestAndMethod) {
  EXPECT_EQ(request_of("curl -I http://h/").method, "HEAD");
  EXPECT_EQ(request_of("curl -XDELETE --url http://h/").method, "DELETE");
  EXPECT_EQ(request_of("curl http://h/ --request PATCH --json '{\"a\": [1]}'").body, "{\"a\":[1]}");
  EXPECT_EQ(header_of(request_of("curl http://h/ --json '{}'"), "Accept"), "application/json");
}

TEST(FromCurl, SecretsStayInTheEnvironment) {
  for (const char* command :
       {"curl -u ann:do-not-tell http://h/", "curl http://ann:do-not-tell@h/", "curl -b 'a=do-not-tell' http://h/",
        "curl -H 'Authorization: Bearer do-not-tell' http://h/", "curl -H 'X-Api-Key: do-not-tell' http://h/",
        "curl 'http://h/?api_key=do-not-tell'", "curl --oauth2-bearer do-not-tell http://h/",
        "curl --proxy-user u:do-not-tell http://h/", "curl -H 'Proxy-Authorization: do-not-tell' http://h/"}) {
    const Drafted d = drafted(command, Form::kCurl);
    ASSERT_TRUE(d.draft) << d.problems;
    EXPECT_THAT(d.suite, Not(HasSubstr("do-not-tell"))) << command;
    EXPECT_EQ(loaded(d).problems, "");
  }
  EXPECT_EQ(header_of(request_of("curl -u a:b http://h/"), "Authorization"), "Basic value-of-BASIC_CREDENTIALS");
  EXPECT_EQ(header_of(request_of("curl -H 'authorization: bearer x' http://h/"), "authorization"),
            "Bearer value-of-BEARER_TOKEN");
  EXPECT_EQ(header_of(request_of("curl -H 'authorization: Custom x' http://h/"), "authorization"),
            "value-of-AUTHORIZATION");
}

TEST(FromCurl, UnknownFlagsAreNamedAndNothingElseIsLost) {
  const Drafted d = drafted("curl --quantum foam -J --http2 -F a=b http://h/x -H 'A: b' && rm -rf /", Form::kCurl);
  ASSERT_TRUE(d.draft) << d.problems;
  EXPECT_THAT(d.suite, HasSubstr("# Left out: --quantum, a flag that loadstone does not know"));
  EXPECT_THAT(d.suite, HasSubstr("# Left out: --http2"));
  EXPECT_THAT(d.suite, HasSubstr("# Left out: --form"));
  EXPECT_THAT(d.suite, HasSubstr("# Left out: what the shell does after the command: && rm -rf /"));
  EXPECT_THAT(d.suite, HasSubstr("A: b"));
  EXPECT_EQ(d.draft->requests.at(0).target, "/x");
}

TEST(FromCurl, TheVersionOfHttpIsCarriedOver) {
  struct Case {
    const char* command;
    const char* line;  // of the suite
    const char* note;
    scenario::HttpVersion version;
  };
  using enum scenario::HttpVersion;
  for (const Case& c : {
           Case{"curl https://h/", "", "", k1_1},
           Case{"curl --http2 https://h/ -H 'keep-alive: 300'", "version: 2 ", "", k2},
           Case{"curl -sS --http2-prior-knowledge http://h:8080/v1/items", "version: 2 ", "", k2},
           Case{"curl 'https://h/' --http2-prior-knowledge -X POST --data-raw '{}'", "version: 2 ", "", k2},
           Case{"curl --http1.1 https://h/", "version: 1.1 ", "", k1_1},
           Case{"curl --http2 --http1.1 https://h/", "version: 1.1 ", "", k1_1},  // the last of them counts
           Case{"curl --http1.1 --http2 https://h/", "version: 2 ", "", k2},
           Case{"curl --http2 http://h/", "", "Left out: --http2, with http://", k1_1},
           Case{"curl --http2 --http3 https://h/", "", "Left out: --http3, a version", k1_1},
           Case{"curl --http2 -0 https://h/", "", "Left out: --http1.0, a version", k1_1},
       }) {
    SCOPED_TRACE(c.command);
    const Drafted d = drafted(c.command, Form::kCurl);
    ASSERT_TRUE(d.draft) << d.problems;
    // Each is there, and nothing of its kind where none is expected.
    EXPECT_EQ(d.suite.find("\n      version:") != std::string::npos, *c.line != '\0') << d.suite;
    EXPECT_THAT(d.suite, HasSubstr(c.line));
    EXPECT_EQ(d.suite.find("Left out: --http") != std::string::npos, *c.note != '\0') << d.suite;
    EXPECT_THAT(d.suite, HasSubstr(c.note));
    const auto suite = loaded(d);
    ASSERT_TRUE(suite.suite) << suite.problems << d.suite;
    EXPECT_EQ(std::get<scenario::HttpLoad>(suite.suite->scenarios.at(0).kind).version, c.version);
  }
}

TEST(FromCurl, FilesStayFiles) {
  const Drafted d = drafted("curl http://h/ --data-binary @body.json -H 'Content-Type: application/json'", Form::kCurl);
  EXPECT_THAT(d.suite, HasSubstr("body_file: body.json"));
  EXPECT_THAT(d.suite, HasSubstr("request: POST /"));
}

TEST(FromCurl, SaysWhereAMistakeIs) {
  EXPECT_THAT(drafted("curl -H", Form::kCurl).problems, HasSubstr("input:1:6: error: '-H' needs a value"));
  EXPECT_THAT(drafted("curl -k", Form::kCurl).problems, HasSubstr("input:1:1: error: this command names no URL"));
  EXPECT_THAT(drafted("wget http://h/", Form::kCurl).problems, HasSubstr("begins with curl"));
  EXPECT_THAT(drafted("curl ftp://h/", Form::kCurl).problems, HasSubstr("input:1:6: error: 'ftp://h/' has scheme"));
  EXPECT_THAT(drafted("curl http://h/ -X post", Form::kCurl).problems, HasSubstr("upper case: POST"));
}

TEST(FromCurl, AWebSocketBecomesOne) {
  const Drafted d =
      drafted("curl 'ws://h/live?room=1' -H 'Sec-WebSocket-Key: x' -H 'Upgrade: websocket' -H 'Origin: http://h' -m 3",
              Form::kCurl);
  const auto suite = loaded(d);
  ASSERT_TRUE(suite.suite) << suite.problems << d.suite;
  EXPECT_EQ(std::get<scenario::AudienceLoad>(suite.suite->scenarios.at(0).kind).path, "/live?room=1");
  // Which stays on HTTP/1.1.
  const Drafted over_http2 = drafted("curl --http2 wss://h/live", Form::kCurl);
  EXPECT_EQ(loaded(over_http2).problems, "");
  EXPECT_THAT(over_http2.suite, HasSubstr("Left out: --http2; a WebSocket"));
  EXPECT_THAT(drafted("curl --http1.1 wss://h/live", Form::kCurl).suite, Not(HasSubstr("Left out: --http1.1")));
}

}  // namespace
}  // namespace loadstone::draft

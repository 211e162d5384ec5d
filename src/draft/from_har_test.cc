#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/format.h"
#include "draft/draft_for_test.h"

namespace loadstone::draft {
namespace {

using testing::HasSubstr;

struct Entry {
  std::string method = "GET";
  std::string url = "http://shop.example/";
  std::string rest = {};  // of the request: ,"headers":[...]
};

std::string har(const std::vector<Entry>& entries) {
  std::string text;
  for (const Entry& e : entries)
    text +=
        format(R"({}{{"request":{{"method":"{}","url":"{}"{}}}}})", text.empty() ? "" : ",", e.method, e.url, e.rest);
  return format(R"({{"log":{{"entries":[{}]}}}})", text);
}

const scenario::HttpLoad& http(const scenario::Loaded& loaded) {
  return std::get<scenario::HttpLoad>(loaded.suite->scenarios.at(0).kind);
}

TEST(FromHar, TakesTheMostFrequentOriginOrTheOneAskedFor) {
  const std::string text =
      har({{.url = "http://a/1"}, {.url = "http://b:81/2"}, {.url = "http://b:81/3"}, {.url = "https://b:81/4"}});
  EXPECT_EQ(drafted(text).draft->target, "http://b:81");
  EXPECT_EQ(drafted(text).draft->requests.size(), 2U);
  EXPECT_EQ(drafted(text, {}, {.origin = "http://a"}).draft->requests.at(0).target, "/1");
  EXPECT_THAT(drafted(text, {}, {.origin = "http://c"}).problems,
              HasSubstr("it has http://a, http://b:81, https://b:81"));
}

TEST(FromHar, RepeatedRequestsBecomeWeightsInTheOrderOfTheFirst) {
  const Drafted d =
      drafted(har({{.url = "http://h/a"}, {.url = "http://h/b"}, {.url = "http://h/a"}, {.url = "http://h/a?x"}}));
  const auto suite = loaded(d);
  ASSERT_TRUE(suite.suite) << suite.problems;
  const auto& requests = http(suite).requests;
  ASSERT_EQ(requests.size(), 3U);
  EXPECT_EQ(requests[0].target, "/a");
  EXPECT_EQ(requests[0].weight, 2);
  EXPECT_EQ(requests[1].target, "/b");
  EXPECT_EQ(requests[2].name, "GET /a 2");
}

TEST(FromHar, Http2IsChosenWhereNothingElseWasSpoken) {
  struct Spoken {
    const char* request;
    const char* response;
  };
  const auto drafted_of = [](const std::vector<Spoken>& all, const std::string& scheme = "https") {
    std::vector<Entry> entries;
    for (const Spoken& s : all)
      entries.push_back({.url = format("{}://h/{}", scheme, entries.size()),
                         .rest = format(R"(,"httpVersion":"{}"}},"response":{{"status":200,"httpVersion":"{}")",
                                        s.request, s.response)});
    entries.push_back({.url = "https://elsewhere/", .rest = R"(,"httpVersion":"HTTP/1.1")"});
    entries.push_back({.url = "wss://h/", .rest = R"(,"httpVersion":"HTTP/1.1")"});
    return drafted(har(entries), {}, {.origin = scheme + "://h"});
  };
  const auto version = [](const Drafted& d) {
    const auto suite = loaded(d);
    EXPECT_TRUE(suite.suite) << suite.problems << d.suite;
    return suite.suite ? http(suite).version : scenario::HttpVersion{};
  };
  using enum scenario::HttpVersion;
  // As Chromium, Firefox, Safari and proxies spell it; and as programs record what needs no TLS.
  EXPECT_EQ(version(drafted_of({{"http/2.0", "http/2.0"}, {"HTTP/2", "HTTP/2"}, {"HTTP/2.0", "h2"}, {"h2", ""}})), k2);
  EXPECT_EQ(version(drafted_of({{"HTTP/2", "HTTP/2"}}, "http")), k2);
  EXPECT_EQ(version(drafted_of({{"HTTP/1.1", "HTTP/2"}})), k2);  // what was answered is what was spoken
  for (const Spoken& other : {Spoken{"HTTP/1.1", "HTTP/1.1"}, Spoken{"h3", "h3"}, Spoken{"", ""},
                              Spoken{"HTTP/2", "HTTP/1.1"}, Spoken{"http/2+quic/46", "http/2+quic/46"}}) {
    SCOPED_TRACE(other.response);
    const Drafted mixed = drafted_of({{"HTTP/2", "HTTP/2"}, other, {"HTTP/2", "HTTP/2"}});
    EXPECT_EQ(version(mixed), k1_1);
    EXPECT_THAT(mixed.suite, HasSubstr("# Recorded over HTTP/2 were 2 of 3 requests;"));
    const Drafted none = drafted_of({other});
    EXPECT_EQ(version(none), k1_1);
    EXPECT_THAT(none.suite, testing::Not(HasSubstr("HTTP/2")));
  }
}

TEST(FromHar, DollarsAndBracesStayWhatTheyWere) {
  const Drafted d = drafted(har(
      {{.method = "POST",
        .url = "http://h/${A}?$filter=x&b={{id}}",
        .rest =
            R"(,"headers":[{"name":"X-A","value":"$${B}"}],"postData":{"mimeType":"text/plain","text":"${C} {{d}}"})"}}));
  ASSERT_EQ(d.draft->files.size(), 1U) << d.suite;
  EXPECT_EQ(d.draft->files[0].bytes, "${C} {{d}}");
  Drafted without_body = d;
  without_body.draft->requests[0].body = {};
  without_body.suite = suite_text(*without_body.draft);
  const auto suite = loaded(without_body);
  ASSERT_TRUE(suite.suite) << suite.problems;
  EXPECT_EQ(http(suite).requests[0].target, "/$%7BA%7D?$filter=x&b=%7B%7Bid%7D%7D");
  EXPECT_EQ(http(suite).requests[0].headers.at(0).value, "$${B}");
}

TEST(FromHar, JsonBodiesSayTheSame) {
  const Drafted d = drafted(har(
      {{.method = "POST",
        .rest =
            R"(,"postData":{"mimeType":"application/json","text":"{\"a\": \"1\", \"b\": [1.50, true, null, \"${X}\"], \"é\\n\": {}}"})"}}));
  const auto suite = loaded(d);
  ASSERT_TRUE(suite.suite) << suite.problems << d.suite;
  EXPECT_EQ(http(suite).requests[0].body, R"({"a":"1","b":[1.50,true,null,"${X}"],"é\n":{}})");
}

TEST(FromHar, PasswordsInBodiesBecomeVariables) {
  const Drafted d = drafted(har(
      {{.method = "POST",
        .rest = R"(,"postData":{"mimeType":"application/json","text":"{\"user\":\"ann\",\"Password\":\"pw\"}"})"},
       {.method = "POST",
        .rest =
            R"(,"postData":{"mimeType":"application/x-www-form-urlencoded","params":[{"name":"passwd","value":"pw"},{"name":"a","value":"b c"}]})"}}));
  const auto suite = loaded(d);
  ASSERT_TRUE(suite.suite) << suite.problems;
  EXPECT_EQ(http(suite).requests[0].body, R"({"user":"ann","Password":"value-of-PASSWORD"})");
  EXPECT_EQ(http(suite).requests[1].body, "passwd=value-of-PASSWD&a=b%20c");
}

TEST(FromHar, NamesThePlaceOfAnEntryWithoutAUrl) {
  EXPECT_THAT(drafted("{\"log\": {\"entries\": [\n  {\"request\": {}}]}}").problems,
              HasSubstr("input:2:3: error: expected an entry with a request that has a `url`"));
  EXPECT_THAT(drafted(har({})).problems, HasSubstr("no request over http"));
  EXPECT_THAT(drafted(har({{.url = "data:,x"}})).problems, HasSubstr("no request over http"));
}

}  // namespace
}  // namespace loadstone::draft

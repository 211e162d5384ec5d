// Golden files: each source in testdata becomes the suite beside it (UPDATE_GOLDEN=1 rewrites, git diff reviews), every
// such suite passes the real loader, and no secret of a source is in any of them. Then sources that nobody should send.
#include "draft/read.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "base/format.h"
#include "draft/draft_for_test.h"
#include "scenario/http_load.h"
#include "scenario/values.h"

namespace loadstone::draft {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::Not;

const fs::path kFolder = "src/draft/testdata";

std::string text_of_file(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  EXPECT_TRUE(in) << path;
  return {std::istreambuf_iterator<char>(in), {}};
}

struct Case {
  const char* source;
  const char* golden;
  bool all = false;
  const char* target = "";
  friend void PrintTo(const Case& c, std::ostream* out) { *out << c.golden; }
};

class Golden : public testing::TestWithParam<Case> {};

TEST_P(Golden, IsAsItWasAndPassesTheLoader) {
  const Case& c = GetParam();
  Choices choices;
  choices.name = c.source;
  choices.all = c.all;
  choices.target = c.target;
  const Drafted d = drafted(text_of_file(kFolder / c.source), {}, choices);
  ASSERT_TRUE(d.draft) << d.problems;
  const fs::path golden = kFolder / c.golden;
  if (std::getenv("UPDATE_GOLDEN") != nullptr) {
    std::ofstream(golden, std::ios::binary) << d.suite;
    for (const BodyFile& file : d.draft->files) std::ofstream(kFolder / file.name, std::ios::binary) << file.bytes;
  }
  EXPECT_EQ(d.suite, text_of_file(golden)) << "UPDATE_GOLDEN=1 rewrites it";
  EXPECT_THAT(d.suite, Not(HasSubstr("do-not-tell")));
  for (const BodyFile& file : d.draft->files) EXPECT_EQ(file.bytes, text_of_file(kFolder / file.name));
  scenario::LoadOptions options;
  for (const Variable& v : d.draft->variables) options.variables.set.emplace(v.name, "x");
  const auto suite = scenario::load_suite(golden.string(), options);
  EXPECT_EQ(suite.problems, "");
}

INSTANTIATE_TEST_SUITE_P(
    Sources, Golden,
    testing::Values(Case{"shop.har", "shop.har.yaml"}, Case{"report_page.har", "report_page.har.yaml"},
                    Case{"petshop.openapi.yaml", "petshop.openapi.suite.yaml"},
                    Case{"petshop.openapi.yaml", "petshop.openapi.all.yaml", true},
                    Case{"code_graph.openapi.json", "code_graph.openapi.suite.yaml", false, "http://127.0.0.1:8000"},
                    Case{"browser.curl", "browser.curl.yaml"}, Case{"form.curl", "form.curl.yaml"}));

TEST(FromUrl, DraftsOneScenario) {
  config::Diagnostics problems;
  Drafted d;
  d.draft = from_url("https://shop.example:8443/search?q=a&token=do-not-tell#x", {}, problems);
  ASSERT_TRUE(d.draft) << problems.text();
  d.suite = suite_text(*d.draft);
  EXPECT_THAT(d.suite, Not(HasSubstr("do-not-tell")));
  const auto suite = loaded(d);
  ASSERT_TRUE(suite.suite) << suite.problems << d.suite;
  const auto& s = suite.suite->scenarios.at(0);
  EXPECT_EQ(s.name, "search");
  EXPECT_EQ(s.targets.size(), 2U);
  EXPECT_EQ(std::get<scenario::HttpLoad>(s.kind).requests.at(0).target, "/search?q=a&token=value-of-TOKEN");
}

TEST(FromUrl, DraftsAWebSocket) {
  config::Diagnostics problems;
  Drafted d;
  d.draft = from_url("ws://127.0.0.1:8000/ws/events", {}, problems);
  ASSERT_TRUE(d.draft) << problems.text();
  d.suite = suite_text(*d.draft);
  const auto suite = loaded(d);
  ASSERT_TRUE(suite.suite) << suite.problems << d.suite;
  EXPECT_EQ(std::get<scenario::AudienceLoad>(suite.suite->scenarios.at(0).kind).path, "/ws/events");
}

TEST(FromUrl, SaysWhatIsNoUrl) {
  config::Diagnostics problems;
  EXPECT_FALSE(from_url("ftp://x/", {}, problems));
  EXPECT_THAT(problems.text(), HasSubstr("expected http"));
}

TEST(Read, SaysWhatItExpectedOfOtherThings) {
  EXPECT_THAT(drafted("").problems, HasSubstr("the file is empty"));
  EXPECT_THAT(drafted("{\"a\": 1}").problems, HasSubstr("input:1:1: error: expected a HAR file"));
  EXPECT_THAT(drafted("swagger: '2.0'\n").problems, HasSubstr("input:1:10: error: Swagger 2.0"));
  EXPECT_THAT(drafted("hello").problems, HasSubstr("expected a HAR file"));
  EXPECT_THAT(drafted("{\"log\": {\"entries\": [1").problems,
              HasSubstr("input:1:21: error: this '[' has no matching ']'"));
}

// Whatever is given: a draft that the loader takes, or a message with a place.
void expect_draft_or_message(std::string_view text, std::optional<Form> form, Choices choices = {}) {
  choices.target = "http://127.0.0.1:8000";
  const Drafted d = drafted(text, form, choices);
  if (!d.draft) {
    EXPECT_FALSE(d.problems.empty());
    return;
  }
  EXPECT_LE(d.suite.size(), config::kMaxSourceBytes);
  if (!d.draft->files.empty()) return;
  EXPECT_EQ(loaded(d).problems, "") << d.suite.substr(0, 2000);
}

TEST(Hostile, NestingTruncationAndLength) {
  const std::string deep = std::string(100'000, '[') + std::string(100'000, ']');
  const std::string megabyte(1 << 20, 'x');
  for (const Form form : {Form::kHar, Form::kOpenApi, Form::kCurl}) {
    expect_draft_or_message(deep, form);
    expect_draft_or_message(std::string(100'000, '{'), form);
    expect_draft_or_message(megabyte, form);
    for (const char* name : {"shop.har", "petshop.openapi.yaml", "browser.curl", "code_graph.openapi.json"}) {
      const std::string whole = text_of_file(kFolder / name);
      for (std::size_t size = 0; size < whole.size(); size += 1 + whole.size() / 40)
        expect_draft_or_message(std::string_view(whole).substr(0, size), form);
    }
  }
}

TEST(Hostile, EveryValueOfARecordingMayBeHuge) {
  const std::string x(1 << 20, 'x');
  for (
      const std::string& har :
      {format(R"({{"log":{{"entries":[{{"request":{{"method":"GET","url":"http://h/{}"}}}}]}}}})", x),
       format(R"({{"log":{{"entries":[{{"request":{{"method":"{}","url":"http://h/"}}}}]}}}})", x),
       format(
           R"({{"log":{{"entries":[{{"request":{{"method":"GET","url":"http://h/","headers":[{{"name":"a","value":"{}"}}]}}}}]}}}})",
           x),
       format(
           R"({{"log":{{"entries":[{{"request":{{"method":"GET","url":"http://h/","headers":[{{"name":"{}","value":"b"}}]}}}}]}}}})",
           x)})
    expect_draft_or_message(har, Form::kHar);
  const Drafted d = drafted(
      format(
          R"({{"log":{{"entries":[{{"request":{{"method":"POST","url":"http://h/","postData":{{"text":"{}"}}}}}}]}}}})",
          x),
      Form::kHar);
  ASSERT_TRUE(d.draft) << d.problems;
  ASSERT_EQ(d.draft->files.size(), 1U);
  EXPECT_EQ(d.draft->files[0].bytes.size(), x.size());
}

TEST(Hostile, MoreRequestsThanASuiteMayHave) {
  std::string entries;
  for (int i = 0; i < 12'000; ++i)
    entries += format(R"({}{{"request":{{"method":"GET","url":"http://h/{}?{}"}}}})", i > 0 ? "," : "", i,
                      std::string(200, 'q'));
  const Drafted d = drafted(format(R"({{"log":{{"entries":[{}]}}}})", entries), Form::kHar);
  ASSERT_TRUE(d.draft) << d.problems;
  const auto suite = loaded(d);
  ASSERT_TRUE(suite.suite) << suite.problems;
  EXPECT_EQ(std::get<scenario::HttpLoad>(suite.suite->scenarios[0].kind).requests.size(), scenario::kMaxRequests);
  EXPECT_THAT(d.suite, HasSubstr("# Left out: 9000 more requests"));
}

}  // namespace
}  // namespace loadstone::draft

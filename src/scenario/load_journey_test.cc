#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "scenario/load.h"
#include "scenario/values.h"

namespace loadstone::scenario {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

Loaded load(const std::string& http, const LoadOptions& options = {}) {
  return load_suite_text("suite.yaml",
                         "target: http://127.0.0.1:8000\nscenarios: [{name: one, http: {" + http + "}}]\n", options);
}
const HttpLoad& http_of(const Loaded& loaded, std::size_t i = 0) {
  EXPECT_EQ(loaded.problems, "");
  return std::get<HttpLoad>(loaded.suite->scenarios.at(i).kind);
}
std::vector<std::string> names(const HttpLoad& http) {
  std::vector<std::string> names;
  for (const Request& r : http.requests) names.push_back(r.name);
  return names;
}

TEST(LoadJourney, ReadsStepsWithAllThatBelongsToThem) {
  const Loaded loaded = load_suite("src/scenario/testdata/good/journeys.yaml", {});
  const HttpLoad& http = http_of(loaded);
  EXPECT_THAT(names(http), ElementsAre("search", "node", "traverse", "form", "GET /logout"));
  const journey::Script& script = *http.script;
  ASSERT_EQ(script.journeys.size(), 1U);
  const auto& steps = script.journeys[0].steps;
  ASSERT_EQ(steps.size(), 5U);
  EXPECT_TRUE(script.keeps_cookies);
  EXPECT_EQ(script.most_redirects, 5);
  EXPECT_EQ(steps[0].extractions.size(), 3U);
  EXPECT_EQ(steps[0].extractions[1].otherwise, "");
  EXPECT_EQ(steps[0].checks.size(), 2U);
  EXPECT_EQ(http.requests[0].check.status.size(), 1U);
  EXPECT_THAT(http.requests[0].check.body_contains, ElementsAre("results"));
  EXPECT_TRUE(steps[0].needs_body());
  EXPECT_TRUE(steps[0].needs_fields());
  EXPECT_EQ(steps[0].think, 100ms);
  EXPECT_EQ(steps[1].think, 10ms);
  EXPECT_EQ(steps[1].repeat, 3U);
  EXPECT_TRUE(steps[2].condition);
  EXPECT_FALSE(steps[4].needs_body());
  EXPECT_EQ(http.requests[2].target, "/traverse?user={{user}}&deep=a%20{{node}}");
  EXPECT_EQ(script.data[0].order, journey::RowOrder::kRandom);
  EXPECT_EQ(script.data[1].table->cell(1, 1), "b");
  EXPECT_EQ(describe_load(http), "20 users who think for 100 ms in a closed loop on a journey of 5 steps for 10 s");
}

TEST(LoadJourney, ReadsSeveralJourneysAtARate) {
  const Loaded loaded = load_suite("src/scenario/testdata/good/journeys.yaml", {});
  const HttpLoad& http = http_of(loaded, 1);
  EXPECT_THAT(names(http), ElementsAre("GET /", "list", "order"));
  EXPECT_EQ(http.script->journeys[0].weight, 3);
  EXPECT_EQ(http.script->journeys[1].steps[0].request, 2U);
  EXPECT_EQ(std::get<OpenLoad>(http.load).connections, 10);
  EXPECT_EQ(describe_load(http), "5 journeys/s on 2 journeys of 1 to 2 steps (Poisson) over 10 connections for 10 s");
  // Basic authentication with words stays in words; a bearer is a header.
  EXPECT_EQ(http.requests[0].credentials->password, "pw-{{users.depth}}");
  EXPECT_FALSE(has_header(http.requests[0].headers, "Authorization"));
  EXPECT_FALSE(http.requests[1].credentials);
  EXPECT_TRUE(has_header(http.requests[1].headers, "Authorization"));
  const auto& staged = std::get<ClosedLoad>(http_of(loaded, 2).load);
  EXPECT_EQ(staged.stages[1].users, 2);
}

TEST(LoadJourney, AWholePathFromAnAnswerTakesNoOtherBeforeIt) {
  const Loaded loaded = load_suite_text(
      "suite.yaml",
      "target: http://127.0.0.1:8000/v1\nscenarios: [{name: one, http: {steps: [{request: GET /a, extract: {p: header "
      "Location}}, 'GET {{raw:p}}']}}]\n",
      {});
  const HttpLoad& http = http_of(loaded);
  EXPECT_EQ(http.requests[0].target, "/v1/a");
  EXPECT_EQ(http.requests[1].target, "{{raw:p}}");
  EXPECT_THAT(load("request: 'GET {{raw:p}}'").problems, HasSubstr("nothing to put in for {{raw:p}}"));
}

TEST(LoadJourney, ValuesOfOneJourneyAreUnknownInTheNext) {
  const std::string first = "journeys: [{name: a, steps: [{request: GET /a, extract: {node: /id}}]}, ";
  EXPECT_THAT(load(first + "{name: b, steps: ['GET /b/{{node}}']}]").problems,
              HasSubstr("nothing has set {{node}} before this"));
  EXPECT_EQ(load(first + "{name: b, steps: [GET /b]}], headers: {X: '{{node}}'}").problems, "");
}

TEST(Auth, IsAHeaderThatIsHidden) {
  Loaded loaded = load("request: GET /, auth: {basic: {user: Aladdin, password: open sesame}}");
  const Request& request = http_of(loaded).requests[0];
  ASSERT_EQ(request.headers.size(), 1U);
  EXPECT_EQ(request.headers[0].name, "Authorization");
  EXPECT_EQ(request.headers[0].value, "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");  // RFC 7617 section 2
  EXPECT_EQ(loaded.suite->scenarios[0].secrets.hide("QWxhZGRpbjpvcGVuIHNlc2FtZQ== open%20sesame"), "(hidden) (hidden)");
  loaded = load("requests: [{request: GET /, auth: {bearer: abcdef}}, GET /b], headers: {Authorization: other}");
  EXPECT_EQ(http_of(loaded).requests[0].headers[0].value, "Bearer abcdef");
  EXPECT_EQ(http_of(loaded).requests[1].headers[0].value, "other");
}

TEST(Secrets, AreWhatVariablesOfSuchNamesAndPlacesGive) {
  LoadOptions options;
  options.variables.environment = [](std::string_view name) -> std::optional<std::string> {
    return "value of " + std::string(name);
  };
  const Loaded loaded = load(
      "request: 'GET /a/${PLACE}', headers: {Accept: '${PLAIN}', X-Api-Key: '${IN_A_KEY}'}, json: {a: '${API_TOKEN}', "
      "password: '${WORD}', b: '${STRIPE_KEY}'}",
      options);
  ASSERT_FALSE(loaded.suite);  // a path with a blank
  EXPECT_THAT(loaded.problems, HasSubstr("a path may hold"));
  const Loaded other = load(
      "request: GET /a, headers: {Accept: '${PLAIN}', X-Api-Key: '${IN_A_KEY}'}, json: {a: '${API_TOKEN}', "
      "password: '${WORD}', b: '${STRIPE_KEY}', c: '${OPEN:-x}'}",
      options);
  ASSERT_EQ(other.problems, "");
  const auto& secrets = other.suite->scenarios[0].secrets;
  for (const std::string name : {"IN_A_KEY", "API_TOKEN", "WORD", "STRIPE_KEY"})
    EXPECT_EQ(secrets.hide("<value of " + name + ">"), "<${" + name + "}>");
  for (const std::string name : {"PLAIN", "OPEN"}) EXPECT_EQ(secrets.hide("value of " + name), "value of " + name);
}

TEST(Secrets, AreNotInTheNamesOfStepsNorInMessages) {
  LoadOptions options;
  options.variables.set = {{"PATH_TOKEN", "s3cret-path"}};
  const Loaded loaded = load("request: 'GET /a/${PATH_TOKEN}/b'", options);
  EXPECT_EQ(http_of(loaded).requests[0].name, "GET /a/${PATH_TOKEN}/b");
  EXPECT_EQ(http_of(loaded).requests[0].target, "/a/s3cret-path/b");
  const Loaded wrong = load("request: GET /, headers: {Content-Length: '${PATH_TOKEN}'}", options);
  EXPECT_THAT(wrong.problems, HasSubstr("'${PATH_TOKEN}' does not fit"));
  EXPECT_EQ(wrong.problems.find("s3cret"), std::string::npos);
}

}  // namespace
}  // namespace loadstone::scenario

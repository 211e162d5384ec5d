#include "scenario/load.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "base/format.h"

namespace loadstone::scenario {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

Suite load(std::string_view text, const LoadOptions& options = {}) {
  Loaded loaded = load_suite_text("suite.yaml", text, options);
  EXPECT_EQ(loaded.problems, "");
  if (!loaded.suite) throw std::runtime_error("the suite of the test is wrong");
  return std::move(*loaded.suite);
}

const HttpLoad& http_of(const Suite& suite, std::size_t i = 0) { return std::get<HttpLoad>(suite.scenarios[i].kind); }

// One scenario whose http block is `body`, in flow style.
Suite load_http(const std::string& body, const LoadOptions& options = {}) {
  return load(format("target: http://127.0.0.1:8000\nscenarios:\n  - name: one\n    http: {{{}}}\n", body), options);
}

TEST(Load, TlsOfASuiteAndItsScenarios) {
  const std::string folder = "src/scenario/testdata/good/";
  const Loaded loaded = load_suite(folder + "tls.yaml", {});
  ASSERT_EQ(loaded.problems, "");
  const Suite& suite = *loaded.suite;
  const auto common = tls_to(suite.scenarios[0].endpoint);
  ASSERT_TRUE(common);
  EXPECT_EQ(common->host, "shop.example");
  EXPECT_EQ(common->ca, folder + "tls/ca.pem");
  EXPECT_EQ(common->cert, folder + "tls/client.pem");
  EXPECT_EQ(common->key, folder + "tls/client.pem");
  EXPECT_TRUE(common->verifies);
  EXPECT_FALSE(common->resumes);
  EXPECT_EQ(common->min, TlsVersion::k1_2);
  EXPECT_EQ(tls_to(suite.service->endpoint)->ca, common->ca);

  const auto own = tls_to(suite.scenarios[1].endpoint);
  EXPECT_EQ(own->ca, common->ca);
  EXPECT_EQ(own->crl, folder + "tls/ca.pem");
  EXPECT_EQ(own->key, "");  // a certificate of its own does not come with the others' key
  EXPECT_FALSE(own->verifies);
  EXPECT_TRUE(own->resumes);
  EXPECT_EQ(own->min, TlsVersion::k1_3);
  EXPECT_EQ(tls_to(suite.scenarios[2].endpoint)->host, "127.0.0.1");
  EXPECT_FALSE(tls_to(suite.scenarios[3].endpoint));

  LoadOptions options;
  options.tls.insecure = true;
  options.tls.ca = "other.pem";
  const Loaded changed = load_suite(folder + "tls.yaml", options);
  EXPECT_FALSE(changed.suite->scenarios[0].endpoint.tls.verifies);
  EXPECT_EQ(changed.suite->scenarios[2].endpoint.tls.ca, "other.pem");
  EXPECT_EQ(changed.suite->service->endpoint.tls.ca, "other.pem");
}

TEST(Load, ASuiteWithEverythingInIt) {
  const Loaded loaded = load_suite("src/scenario/testdata/good/everything.yaml", {});
  ASSERT_EQ(loaded.problems, "");
  const Suite& suite = *loaded.suite;
  EXPECT_EQ(suite.name, "everything");
  EXPECT_EQ(suite.file, "src/scenario/testdata/good/everything.yaml");
  const Service& service = *suite.service;
  EXPECT_THAT(service.command, ElementsAre("bin/server", "--port", "8443"));
  EXPECT_EQ(service.directory, "/srv");
  EXPECT_EQ(service.environment.size(), 2U);
  EXPECT_EQ(service.endpoint.url.authority(), "127.0.0.1:8443");
  EXPECT_EQ(service.ready_target, "");
  EXPECT_EQ(service.ready_timeout, 3s);
  EXPECT_EQ(service.stop_timeout, 1s);

  const Endpoint& endpoint = suite.scenarios[0].endpoint;
  EXPECT_EQ(endpoint.url.text(), "https://example.test:8443/");
  EXPECT_EQ(endpoint.connect_to_host, "127.0.0.1");
  EXPECT_EQ(endpoint.connect_to_port, 9000);
  EXPECT_FALSE(endpoint.tls.verifies);
  EXPECT_EQ(endpoint.local_addresses.size(), 2U);

  const HttpLoad& http = http_of(suite);
  const Request& search = http.requests[0];
  EXPECT_EQ(search.name, "search");
  EXPECT_EQ(search.target, "/base/search?limit=5&name=a%20b%26c&id={{request.id}}&tag=x&tag=y");
  EXPECT_EQ(search.weight, 3);
  ASSERT_EQ(search.headers.size(), 2U);
  EXPECT_EQ(search.headers[0].name, "Accept");
  EXPECT_EQ(search.headers[1].value, "b");  // its own hides the default, whatever the case
  const Request& traverse = http.requests[1];
  EXPECT_EQ(traverse.name, "POST /traverse");
  EXPECT_EQ(traverse.method, "POST");
  EXPECT_EQ(traverse.body, R"({"start_node":"x","max_depth":3,"deep":true})");
  EXPECT_EQ(traverse.headers.back().name, "Content-Type");
  ASSERT_EQ(traverse.check.status.size(), 2U);
  EXPECT_EQ(traverse.check.status[1].low, 404);
  EXPECT_THAT(traverse.check.body_contains, ElementsAre("nodes"));

  const auto& load = std::get<OpenLoad>(http.load);
  ASSERT_EQ(load.stages.size(), 1U);
  EXPECT_EQ(load.stages[0].from, 100);
  EXPECT_EQ(load.stages[0].to, 1000);
  EXPECT_EQ(load.stages[0].duration, 10s);
  EXPECT_EQ(load.arrivals, Arrivals::kUniform);
  EXPECT_EQ(load.connections, 7);
  EXPECT_EQ(http.pacing, Pacing::kCoalesced);
  EXPECT_EQ(http.warmup, 1s);
  EXPECT_EQ(http.drain, 3s);
  EXPECT_EQ(http.run_timeout, Nanoseconds(60s));
  EXPECT_FALSE(http.keep_alive);
  EXPECT_EQ(http.connect_timeout, 500ms);
  EXPECT_EQ(http.request_timeout, 2s);
  ASSERT_EQ(suite.scenarios[0].targets.size(), 6U);
  EXPECT_EQ(suite.scenarios[0].targets[0].expression, "latency.p95 < 50ms");
  EXPECT_EQ(suite.scenarios[0].targets[2].metric.step, "POST /traverse");

  const HttpLoad& second = http_of(suite, 1);
  EXPECT_EQ(suite.scenarios[1].endpoint.url.host, "::1");
  EXPECT_EQ(suite.scenarios[1].endpoint.unix_socket, "/run/s.sock");
  EXPECT_EQ(second.request_count, 10'000U);
  const auto& closed = std::get<ClosedLoad>(second.load);
  EXPECT_EQ(closed.stages[0].users, 20);
  EXPECT_EQ(closed.stages[0].duration, 0s);
  EXPECT_EQ(closed.think, 10ms);
  EXPECT_EQ(planned_duration(second), std::nullopt);
}

TEST(Load, WhatIsNotSaidHasADefault) {
  const Suite suite = load("target: localhost\nscenarios:\n  - name: one\n    http: {request: /x}\n");
  EXPECT_EQ(suite.name, "suite");  // the file's
  const HttpLoad& http = http_of(suite);
  EXPECT_EQ(http.requests[0].method, "GET");
  EXPECT_EQ(http.requests[0].name, "GET /x");
  const auto& load = std::get<ClosedLoad>(http.load);
  EXPECT_EQ(load.stages[0].users, 10);
  EXPECT_EQ(load.stages[0].duration, 10s);
  EXPECT_EQ(http.request_timeout, 30s);
  EXPECT_TRUE(http.keep_alive);
}

TEST(Load, EveryRequestMayHaveUsersOfItsOwn) {
  const Suite suite =
      load_http("duration: 5s, requests: [{request: GET /a, concurrency: 5}, {request: GET /b, concurrency: 6}]");
  const auto& load = std::get<ClosedLoad>(http_of(suite).load);
  EXPECT_EQ(load.stages[0].users, 0);
  EXPECT_EQ(http_of(suite).requests[1].concurrency, 6);
}

TEST(Load, BodiesComeFromTheSuiteOrFromAFileBesideIt) {
  const std::string folder = ::testing::TempDir() + "load_body";
  std::filesystem::create_directories(folder);
  const std::string bytes("\x00\x01{{not.ours}}", 14);
  std::ofstream(folder + "/body.bin", std::ios::binary) << bytes;
  std::ofstream(folder + "/suite.yaml")
      << "target: http://h\nscenarios:\n  - name: one\n    http: {request: POST /, body_file: body.bin}\n";
  const Loaded loaded = load_suite(folder + "/suite.yaml", {});
  ASSERT_EQ(loaded.problems, "");
  EXPECT_EQ(http_of(*loaded.suite).requests[0].body, bytes);
  EXPECT_EQ(http_of(load_http("request: POST /, body: 'a: {{request.id}}'")).requests[0].body, "a: {{request.id}}");
  const Suite typed = load_http("request: POST /, json: [1], headers: {content-type: application/ld+json}");
  EXPECT_EQ(http_of(typed).requests[0].headers.size(), 1U);  // given, so not filled in
}

TEST(Load, TheCommandLineChangesTargetsDurationsAndTheChoiceOfScenarios) {
  constexpr std::string_view kText = R"(
target: ${TARGET:-http://127.0.0.1:8000}
service: {command: "run 'me now'", ready: GET /health}
scenarios:
  - name: scaling_light
    http: {request: GET /a, stages: [{concurrency: 1, duration: 2s}, {concurrency: 9, duration: 4s}], warmup: 1s, timeout: 3s}
  - name: scaling_heavy
    target: http://other:1
    http: {request: GET /b, duration: 1ms, run_timeout: 10s}
  - name: stats
    http: {request: GET /c, count: 5}
)";
  const Suite plain = load(kText);
  EXPECT_THAT(plain.service->command, ElementsAre("run", "me now"));
  EXPECT_EQ(plain.service->ready_target, "/health");
  EXPECT_EQ(plain.service->endpoint.url.port, 8000);
  EXPECT_EQ(plain.scenarios.size(), 3U);

  LoadOptions options;
  options.target = *parse_url("http://10.0.0.1:81/v2");
  options.only = {"scaling_*"};
  options.scale = 0.5;
  const Suite changed = load(kText, options);
  EXPECT_FALSE(changed.service);  // another target is another service
  ASSERT_EQ(changed.scenarios.size(), 2U);
  EXPECT_EQ(changed.scenarios[1].endpoint.url.host, "10.0.0.1");
  EXPECT_EQ(http_of(changed).requests[0].target, "/v2/a");
  EXPECT_EQ(std::get<ClosedLoad>(http_of(changed).load).stages[1].duration, 2s);
  EXPECT_EQ(http_of(changed).warmup, 500ms);
  EXPECT_EQ(http_of(changed).request_timeout, 3s);  // belongs to the service, not to the length of the test
  EXPECT_EQ(std::get<ClosedLoad>(http_of(changed, 1).load).stages[0].duration, 1ms);  // never scaled to nothing
  EXPECT_EQ(http_of(changed, 1).run_timeout, Nanoseconds(5s));

  options.only = {"none*"};
  EXPECT_THAT(load_suite_text("s", kText, options).problems,
              HasSubstr("there is: scaling_light, scaling_heavy, stats"));
  LoadOptions with_set;
  with_set.variables.set["TARGET"] = "http://set:5";
  EXPECT_EQ(load(kText, with_set).scenarios[0].endpoint.url.host, "set");
  EXPECT_TRUE(load_suite_text("s", kText, with_set).variables.contains("TARGET"));
}

TEST(Load, VariablesStandForNumbersToo) {
  LoadOptions options;
  options.variables.set = {{"N", "12"}, {"D", "3s"}};
  const Suite suite = load_http("request: GET /, concurrency: '${N}', duration: '${D}'", options);
  EXPECT_EQ(std::get<ClosedLoad>(http_of(suite).load).stages[0].users, 12);
}

TEST(Load, AMistakeInsideAnExpressionIsUnderlinedWhereItIs) {
  const auto problems = load_suite_text("s.yaml",
                                        "target: http://h\nscenarios:\n  - name: one\n    http: {request: GET /}\n    "
                                        "expect: [\"rate > 1/s\", 'latency.p95 <  5x']\n",
                                        {})
                            .problems;
  EXPECT_EQ(problems,
            "s.yaml:5:44: error: expected a duration such as 250ms, 5s or 1m30s; 'x' is not a unit of time\n"
            "    5 |     expect: [\"rate > 1/s\", 'latency.p95 <  5x']\n"
            "      |                                            ^~\n");
}

TEST(Load, FiftyMistakesAreShownAndTheRestCounted) {
  std::string text = "target: http://h\nscenarios:\n";
  for (int i = 0; i < 70; ++i) text += format("  - name: s{}\n    http: {{request: GET /, duration: {}}}\n", i, i + 1);
  const auto problems = load_suite_text("s.yaml", text, {}).problems;
  EXPECT_THAT(problems, HasSubstr("\nand 20 more\n"));
}

TEST(Describe, ALoadIsSaidInWords) {
  const auto said = [](const std::string& body) {
    return describe_load(http_of(load_http("request: GET /, " + body)));
  };
  EXPECT_EQ(said("concurrency: 50, duration: 5s"), "50 users in a closed loop for 5 s");
  EXPECT_EQ(said("concurrency: 1, count: 1000"), "1 user in a closed loop until 1,000 requests are due");
  EXPECT_EQ(said("concurrency: 2, count: 1000, duration: 1m30s, think: 100ms"),
            "2 users who think for 100 ms in a closed loop for 1m30s or until 1,000 requests are due");
  EXPECT_EQ(said("rate: 1000/s, duration: 10s, warmup: 2s"),
            "1,000 requests/s (Poisson) over 50 connections for 10 s after 2 s of warm-up");
  EXPECT_EQ(said("rate: 100/s:1k/s, duration: 10s, arrivals: uniform, connections: 1, keep_alive: false"),
            "100 to 1,000 requests/s (evenly spaced) over 1 connection for 10 s, a new connection for each request");
  EXPECT_EQ(said("stages: [{concurrency: 5, duration: 2s}, {concurrency: 20, duration: 3s}]"),
            "5 users for 2 s, then 20 users for 3 s in a closed loop");
  EXPECT_EQ(said("stages: [{rate: 1/m, duration: 2m}, {rate: 1:20, duration: 3s}]"),
            "0.0166667 requests/s for 2m, then 1 to 20 requests/s for 3 s (Poisson) over 50 connections");
  EXPECT_EQ(describe_load(http_of(load_http(
                "duration: 3s, requests: [{request: GET /a, concurrency: 5}, {request: GET /b, concurrency: 6}]"))),
            "11 users (5 for GET /a, 6 for GET /b) in a closed loop for 3 s");
  EXPECT_EQ(said("version: 2, concurrency: 25, streams: 10, duration: 1s"),
            "25 users in a closed loop for 1 s, HTTP/2 with 10 streams on each of 3 connections");
  EXPECT_EQ(said("version: 2, concurrency: 5, streams: 10, duration: 1s"),
            "5 users in a closed loop for 1 s, HTTP/2 with 10 streams on one connection");
  EXPECT_EQ(said("version: 2, rate: 100/s, connections: 5, streams: 10, duration: 1s"),
            "100 requests/s (Poisson) over 5 connections for 1 s, HTTP/2 with 10 streams on each");
  EXPECT_EQ(said("version: 2, concurrency: 5, duration: 1s"), "5 users in a closed loop for 1 s, HTTP/2");
  EXPECT_EQ(planned_duration(
                http_of(load_http("request: GET /, stages: [{rate: 1, duration: 2s}, {rate: 2, duration: 3s}]"))),
            Nanoseconds(5s));
}

}  // namespace
}  // namespace loadstone::scenario

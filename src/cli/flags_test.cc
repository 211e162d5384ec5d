// What is typed, and exactly what is said when it is wrong.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "base/format.h"
#include "cli/check.h"
#include "cli/http_order.h"
#include "cli/run_flags.h"
#include "cli/run_order.h"
#include "cli/schema.h"
#include "cli/suite_flags.h"

namespace loadstone::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;
using Words = std::vector<std::string>;

struct Heard {
  std::ostringstream out;
  std::ostringstream err;
  Console console{out, err};
  Heard() {
    console.environment = [](std::string_view) { return std::nullopt; };
  }
};

std::vector<std::string> http_mistakes(const Words& words) {
  const auto order = parse_http(words);
  return order ? std::vector<std::string>{} : order.error().mistakes;
}

TEST(HttpFlags, EveryMistakeIsSaidExactly) {
  const std::string url = "http://127.0.0.1:8000/x";
  const struct {
    Words typed;
    std::vector<std::string> said;
  } cases[] = {
      {{}, {"the URL is missing, such as http://127.0.0.1:8000/health"}},
      {{url, url}, {"one URL, not 2; several requests go in a suite"}},
      {{"ftp://h"}, {"'ftp://h': 'ftp://h' has scheme 'ftp'; expected http, https, ws or wss"}},
      {{"ws://h"}, {"'ws://h': a WebSocket address; `loadstone http` needs http or https"}},
      {{"http://h/{{reqest.id}}"},
       {"'http://h/{{reqest.id}}': there is nothing to put in for {{reqest.id}}; did you mean {{request.id}}?"}},
      {{url, "--conections", "5"}, {"unknown flag --conections; did you mean --connections?"}},
      {{url, "--zzzzzzz=5"}, {"unknown flag --zzzzzzz"}},
      {{url, "-z"}, {"unknown flag -z"}},
      {{url, "-c"}, {"--connections needs a value"}},
      {{url, "-c", "-d", "5s"}, {"--connections needs a value"}},
      {{url, "-c", "5", "-c", "6"}, {"--connections is given more than once"}},
      {{url, "-c", "0"}, {"--connections '0': must be at least 1"}},
      {{url, "-c", "-1"}, {"--connections '-1': expected a number such as 100, 2.5k or 1M"}},
      {{url, "-c", "two"}, {"--connections 'two': expected a number such as 100, 2.5k or 1M"}},
      {{url, "-c", "2M"}, {"--connections '2M': may be at most 1,000,000"}},
      {{url, "-d", "5"}, {"--duration '5': expected a duration such as 250ms, 5s or 1m30s; the unit is missing"}},
      {{url, "-d", "0s"}, {"--duration '0s': must be longer than 0"}},
      {{url, "-n", "1.5"}, {"--requests '1.5': must be a whole number"}},
      {{url, "-r", "fast"}, {"--rate 'fast': expected a rate such as 500/s, 10k/s or 600/m"}},
      {{url, "-r", "0"}, {"--rate '0': a rate must be above 0"}},
      {{url, "-r", "1:2", "-n", "5"}, {"a ramp needs a --duration, to know when its end is reached"}},
      {{url, "-r", "100", "--think", "1s"},
       {"--think and --rate exclude each other: at a rate nobody waits for an answer"}},
      {{url, "--stages", "10s"},
       {"--stages '10s': '10s' is not a stage; expected DURATION@RATE such as 10s@500/s, or DURATION@USERS such as "
        "10s@20"}},
      {{url, "--stages", "5s@10,5s@10/s"}, {"some stages have a rate and others a number of users; use one kind"}},
      {{url, "--stages", "5s@10", "-c", "5"},
       {"--connections and --stages exclude each other: each stage has its own"}},
      {{url, "--stages", "5s@10", "-d", "5s", "-r", "1"},
       {"--rate and --stages exclude each other: each stage has its own",
        "--duration and --stages exclude each other: each stage has its own"}},
      {{url, "--arrivals", "uniform"}, {"--arrivals needs a --rate; in a closed load requests follow answers"}},
      {{url, "-r", "5", "--arrivals", "even"}, {"--arrivals 'even': expected poisson or uniform"}},
      {{url, "-r", "5", "--pacing", "lazy"}, {"--pacing 'lazy': expected coalesced, precise or spinning"}},
      {{url, "-X", "get"}, {"--method 'get': methods are upper case: GET"}},
      {{url, "-X", "HEAD", "-b", "x"}, {"--body: HEAD has no body"}},
      {{url, "-b", "@/no/such/file"}, {"--body: /no/such/file: No such file or directory"}},
      {{url, "-b", "{{id}}"}, {"--body: there is nothing to put in for {{id}}; known is {{request.id}}"}},
      {{url, "-H", "Accept"}, {"--header 'Accept': expected a header such as 'Accept: text/plain'"}},
      {{url, "-H", "A: b\r\nC: d"},
       {"--header 'A: b??C: d': the value of a header may not hold control characters, such as a line break"}},
      {{url, "-H", "Connection: close"},
       {"--header 'Connection: close': the header Connection cannot be set: whether connections are kept is decided by "
        "keep_alive"}},
      {{url, "--expect-status", "2000"},
       {"--expect-status '2000': '2000' is not a status; expected 200, 2xx, 200-204, or several with commas"}},
      {{url, "--timeout", "soon"}, {"--timeout 'soon': expected a duration such as 250ms, 5s or 1m30s"}},
      {{url, "--local-ip", "127.0.0.2,here"}, {"--local-ip 'here': expected an IP address, such as 127.0.0.2 or ::1"}},
      {{url, "--connect-to", "h"}, {"--connect-to 'h': expected HOST:PORT, such as 127.0.0.1:8000 or [::1]:8000"}},
      {{url, "--connect-to", "h:1", "--unix-socket", "/s"}, {"--unix-socket and --connect-to exclude each other"}},
      {{url, "-t", "0"}, {"--threads '0': expected a number from 1 to 1024"}},
      {{url, "--reactor", "kqueue"}, {"--reactor 'kqueue': expected auto, io_uring or epoll"}},
      {{url, "--seed", "-1"}, {"--seed '-1': expected a whole number below 2^64"}},
      {{url, "--streams", "10"}, {"--streams needs --http2: HTTP/1.1 has one request at a time on a connection"}},
      {{url, "--http2", "--no-keepalive"},
       {"--no-keepalive and --http2 exclude each other: HTTP/2 is for connections that stay"}},
      {{url, "--http2", "--streams", "1001"}, {"--streams '1001': may be at most 1,000"}},
      {{url, "--http2", "--streams", "1000", "-c", "1001"}, {"--streams: more than 1,000,000 over all connections"}},
      {{url, "--seed", "x"}, {"--seed 'x': expected a whole number below 2^64"}},
      {{url, "--format", "json,markdwn"}, {"--format: there is no format 'markdwn'; did you mean markdown?"}},
      {{url, "--exit-code-on-miss", "3"},
       {"--exit-code-on-miss '3': 2, 3 and 4 mean something else: usage, invalid, inconclusive"}},
      {{url, "--on-inconclusive", "shrug"}, {"--on-inconclusive 'shrug': expected pass, fail or report"}},
      {{url, "--slo", "latncy.p95 < 5ms"},
       {"--slo: there is no metric 'latncy.p95'; did you mean 'latency.p95'?\n  latncy.p95 < 5ms\n  ^~~~~~~~~~"}},
      {{url, "--slo", "rate > 5ms"},
       {"--slo: expected a rate such as 500/s, 10k/s or 600/m; 'ms' is not a unit here\n  rate > 5ms\n         ^~~"}},
      {{url, "--slo", "broadcast.missing == 0"},
       {"--slo: broadcast.missing cannot be had here: an HTTP scenario has no broadcasts\n  broadcast.missing == 0\n  "
        "^~~~~~~~~~~~~~~~~"}},
      {{url, "-c", "0", "-d", "5", "--slo", "x"},
       {"--connections '0': must be at least 1",
        "--duration '5': expected a duration such as 250ms, 5s or 1m30s; the unit is missing",
        "--slo: expected METRIC < LIMIT, such as latency.p95 < 50ms (also <=, >, >=, ==)\n  x\n  ^"}},
  };
  for (const auto& c : cases) EXPECT_EQ(http_mistakes(c.typed), c.said) << command_line("http", c.typed);
}

const scenario::HttpLoad& load_of(const HttpOrder& order) {
  return std::get<scenario::HttpLoad>(order.suite.scenarios.front().kind);
}

TEST(HttpFlags, WithoutARateEachConnectionIsAUser) {
  const Words typed{"localhost:8000/a?b=1", "-c50", "-d", "3s", "--think=5ms", "--no-keepalive"};
  const auto order = parse_http(typed);
  ASSERT_TRUE(order);
  EXPECT_EQ(order->suite.name, "http://localhost:8000");
  EXPECT_EQ(order->suite.scenarios.front().name, "GET /a");
  EXPECT_EQ(load_of(*order).requests.front().target, "/a?b=1");
  const auto& load = std::get<scenario::ClosedLoad>(load_of(*order).load);
  EXPECT_EQ(load.stages.front().users, 50);
  EXPECT_EQ(load.stages.front().duration, 3s);
  EXPECT_EQ(load.think, 5ms);
  EXPECT_FALSE(load_of(*order).keep_alive);
  EXPECT_EQ(order->options.command_line, "loadstone http 'localhost:8000/a?b=1' -c50 -d 3s --think=5ms --no-keepalive");
}

TEST(HttpFlags, EachStreamOfHttp2IsAUser) {
  const auto order = parse_http(Words{"https://h/", "--http2", "--streams", "10", "-c", "7"});
  ASSERT_TRUE(order) << order.error().mistakes.front();
  EXPECT_EQ(load_of(*order).version, scenario::HttpVersion::k2);
  EXPECT_EQ(load_of(*order).streams, 10);
  EXPECT_EQ(std::get<scenario::ClosedLoad>(load_of(*order).load).stages.front().users, 70);
  EXPECT_EQ(describe_load(load_of(*order)),
            "70 users in a closed loop for 10 s, HTTP/2 with 10 streams on each of 7 connections");
  const auto open = parse_http(Words{"https://h/", "--http2", "--streams", "10", "-c", "7", "-r", "100"});
  ASSERT_TRUE(open) << open.error().mistakes.front();
  EXPECT_EQ(std::get<scenario::OpenLoad>(load_of(*open).load).connections, 7);
}

TEST(HttpFlags, WithARateConnectionsAreABound) {
  const Words typed{
      "-r", "100:1k", "-d", "10s", "-c", "7", "--arrivals", "uniform", "--warmup", "2s", "https://h/{{request.id}}"};
  const auto order = parse_http(typed);
  ASSERT_TRUE(order) << order.error().mistakes.front();
  const auto& load = std::get<scenario::OpenLoad>(load_of(*order).load);
  EXPECT_EQ(load.stages.front().to, 1000);
  EXPECT_EQ(load.connections, 7);
  EXPECT_EQ(load.arrivals, scenario::Arrivals::kUniform);
  EXPECT_EQ(load_of(*order).requests.front().target, "/{{request.id}}");
  EXPECT_EQ(order->suite.scenarios.front().endpoint.url.port, 443);
}

TEST(HttpFlags, ARequestWithEverything) {
  const std::string file = ::testing::TempDir() + "http_flags_body";
  std::ofstream(file) << "from a file";
  const Words typed{"http://h/",
                    "--data",
                    "@" + file,
                    "-H",
                    "A: b",
                    "-H",
                    "C:d",
                    "--expect-status",
                    "201,4xx",
                    "-k",
                    "--local-ip",
                    "127.0.0.2,127.0.0.3",
                    "--local-ip",
                    "127.0.0.4",
                    "--connect-to",
                    "[::1]:81",
                    "--slo",
                    "latency.p99 < 250ms",
                    "--slo",
                    "error_rate<1%",
                    "-n",
                    "10k",
                    "--timeout",
                    "1s",
                    "--connect-timeout",
                    "2s",
                    "--drain",
                    "3s",
                    "-t",
                    "2",
                    "--reactor",
                    "epoll",
                    "--seed",
                    "7",
                    "-o",
                    "dir",
                    "--format",
                    "json,markdown",
                    "--exit-code-on-miss",
                    "9",
                    "--on-inconclusive",
                    "pass"};
  const auto order = parse_http(typed);
  ASSERT_TRUE(order) << order.error().mistakes.front();
  const scenario::HttpLoad& http = load_of(*order);
  const scenario::Request& request = http.requests.front();
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.body, "from a file");
  ASSERT_EQ(request.headers.size(), 2U);
  EXPECT_EQ(request.headers[1].value, "d");
  EXPECT_EQ(request.check.status.size(), 2U);
  const scenario::Endpoint& endpoint = order->suite.scenarios.front().endpoint;
  EXPECT_FALSE(endpoint.tls.verifies);
  EXPECT_THAT(endpoint.local_addresses, ElementsAre("127.0.0.2", "127.0.0.3", "127.0.0.4"));
  EXPECT_EQ(endpoint.connect_to_host, "::1");
  EXPECT_EQ(endpoint.connect_to_port, 81);
  EXPECT_EQ(order->suite.scenarios.front().targets.size(), 2U);
  EXPECT_EQ(http.request_count, 10'000U);
  EXPECT_EQ(planned_duration(http), std::nullopt);
  EXPECT_EQ(http.request_timeout, 1s);
  EXPECT_EQ(http.connect_timeout, 2s);
  EXPECT_EQ(http.drain, 3s);
  const RunOptions& options = order->options;
  EXPECT_EQ(options.threads, 2);
  EXPECT_EQ(options.reactor, ReactorChoice::kEpoll);
  EXPECT_EQ(options.seed, 7U);
  EXPECT_EQ(options.out, "dir");
  EXPECT_THAT(options.formats, ElementsAre("json", "markdown"));
  EXPECT_EQ(options.exit_code_on_miss, 9);
  EXPECT_EQ(options.on_inconclusive, OnInconclusive::kPass);
}

TEST(HttpFlags, ABodyInBracketsIsOneValueAndAMethodMayBeGivenBesideIt) {
  const auto order = parse_http(Words{"http://h/", "-X", "PUT", "--body", "[1,2]"});
  ASSERT_TRUE(order);
  EXPECT_EQ(load_of(*order).requests.front().body, "[1,2]");
  EXPECT_EQ(load_of(*order).requests.front().method, "PUT");
  EXPECT_EQ(load_of(*parse_http(Words{"http://h/", "--body=-5"})).requests.front().body, "-5");
}

TEST(RunFlags, EveryMistakeIsSaidExactly) {
  Heard heard;
  const struct {
    Words typed;
    std::vector<std::string> said;
  } cases[] = {
      {{}, {"the suite file is missing, such as suites/code-graph.yaml"}},
      {{"s", "--traget", "x"}, {"unknown flag --traget; did you mean --target?"}},
      {{"s", "--target", "ws://h"}, {"--target 'ws://h': expected http or https"}},
      {{"s", "--target", "http://h/?a=b"}, {"--target 'http://h/?a=b': a target has no query"}},
      {{"s", "--set", "A"}, {"--set 'A': expected NAME=VALUE"}},
      {{"s", "--set", "1A=b"}, {"--set '1A=b': expected NAME=VALUE"}},
      {{"s", "--set", "A=b", "--set", "A=c"}, {"--set: A is given more than once"}},
      {{"s", "--scale", "0"}, {"--scale '0': expected a factor from 0.001 to 1000, such as 0.1"}},
      {{"s", "--scale", "fast"}, {"--scale 'fast': expected a factor from 0.001 to 1000, such as 0.1"}},
      {{"s", "-c", "5"}, {"unknown flag -c"}},
      {{"s", "--out="}, {"--out needs a value"}},
  };
  for (const auto& c : cases) {
    const auto order = parse_run(heard.console, c.typed);
    ASSERT_FALSE(order) << command_line("run", c.typed);
    EXPECT_EQ(order.error().mistakes, c.said) << command_line("run", c.typed);
  }
}

TEST(RunFlags, ChooseAndChangeSuites) {
  Heard heard;
  const auto order = parse_run(
      heard.console, Words{"a.yaml", "b.yaml", "--target", "h:81/v2", "--set", "A=b=c", "--set", "B=", "--only", "x*",
                           "--only", "y", "--scale", "0.1", "--fail-fast", "-o", "out"});
  ASSERT_TRUE(order) << order.error().mistakes.front();
  EXPECT_THAT(order->files, ElementsAre("a.yaml", "b.yaml"));
  EXPECT_EQ(order->load.target->port, 81);
  EXPECT_EQ(order->load.variables.set.at("A"), "b=c");
  EXPECT_EQ(order->load.variables.set.at("B"), "");
  EXPECT_THAT(order->load.only, ElementsAre("x*", "y"));
  EXPECT_DOUBLE_EQ(order->load.scale, 0.1);
  EXPECT_TRUE(order->options.fail_fast);

  const auto suite = [](std::string file) {
    scenario::Suite s;
    s.file = std::move(file);
    return s;
  };
  EXPECT_THAT(result_folders("out", {suite("a.yaml")}), ElementsAre("out"));
  EXPECT_THAT(result_folders("out", {suite("x/a.yaml"), suite("y/a.yml"), suite("b b.yaml")}),
              ElementsAre("out/a", "out/a-2", "out/b_b"));
  EXPECT_THAT(result_folders("", {suite("a"), suite("b")}), ElementsAre("", ""));
}

class SuiteFiles : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = ::testing::TempDir() + "cli_suites/";
    std::filesystem::create_directories(folder_);
    good_ = write("good.yaml",
                  "target: ${T:-http://h}\nscenarios:\n  - name: one\n    http: {request: GET /a, duration: 2s}\n    "
                  "expect: rate > 1/s\n  - name: second\n    http: {request: GET /b, count: 5}\n");
    bad_ = write("bad.yaml", "target: http://h\nscenarios:\n  - name: one\n    http: {request: GET /a, duraton: 2s}\n");
  }
  std::string write(const std::string& name, std::string_view text) {
    std::ofstream(folder_ + name) << text;
    return folder_ + name;
  }
  std::string folder_, good_, bad_;
};

TEST_F(SuiteFiles, CheckSaysWhatASuiteWouldDo) {
  Heard heard;
  EXPECT_EQ(check(heard.console, Words{good_}), 0);
  EXPECT_EQ(heard.out.str(), good_ +
                                 ": 2 scenarios, 1 target, more than 2 s\n"
                                 "  one     10 users in a closed loop for 2 s\n"
                                 "  second  10 users in a closed loop until 5 requests are due\n");
  EXPECT_EQ(heard.err.str(), "");
}

TEST_F(SuiteFiles, CheckReportsTheMistakesOfEveryFile) {
  Heard heard;
  EXPECT_EQ(check(heard.console, Words{bad_, good_, folder_ + "none.yaml"}), 2);
  EXPECT_EQ(heard.out.str(), "");
  EXPECT_THAT(heard.err.str(), StartsWith(bad_ + ":4:29: error: unknown key 'duraton' in http\n"));
  EXPECT_THAT(heard.err.str(), HasSubstr("did you mean 'duration'?"));
  EXPECT_THAT(heard.err.str(), HasSubstr("none.yaml: there is no such file"));
}

TEST_F(SuiteFiles, AVariableThatNoSuiteUsesIsAMistake) {
  Heard heard;
  EXPECT_EQ(check(heard.console, Words{good_, "--set", "TT=x"}), 2);
  EXPECT_EQ(heard.err.str(), "error: --set TT: no suite uses ${TT}; did you mean 'T'?\n");
  Heard fine;
  EXPECT_EQ(check(fine.console, Words{good_, "--set", "T=http://other"}), 0);
  Heard from_environment;
  from_environment.console.environment = [](std::string_view name) {
    return name == "T" ? std::optional<std::string>("nonsense://") : std::nullopt;
  };
  EXPECT_EQ(check(from_environment.console, Words{good_}), 2);
}

TEST(Schema, IsPrintedWhole) {
  Heard heard;
  EXPECT_EQ(schema(heard.console, {}), 0);
  std::ifstream in("src/scenario/suite.schema.json");
  const std::string file{std::istreambuf_iterator<char>(in), {}};
  EXPECT_GT(file.size(), 1000U);
  EXPECT_EQ(heard.out.str(), file);
  EXPECT_EQ(schema(heard.console, Words{"x"}), 2);
}

TEST(CommandLine, CanBeTypedAgain) {
  const Words words{"http://h/?a=b&c", "--slo", "a < 5", "it's", ""};
  EXPECT_EQ(command_line("http", words), "loadstone http 'http://h/?a=b&c' --slo 'a < 5' 'it'\\''s' ''");
}

TEST(ExitCode, TheWorstOfSeveralCounts) {
  EXPECT_EQ(worse_exit_code(kExitMet, kExitInconclusive), kExitInconclusive);
  EXPECT_EQ(worse_exit_code(kExitMissed, kExitInconclusive), kExitMissed);
  EXPECT_EQ(worse_exit_code(9, kExitInconclusive), 9);  // a miss by the user's own number
  EXPECT_EQ(worse_exit_code(kExitInvalid, 9), kExitInvalid);
  EXPECT_EQ(worse_exit_code(kExitInterrupt, kExitInvalid), kExitInterrupt);
}

}  // namespace
}  // namespace loadstone::cli

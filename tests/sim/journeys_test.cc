// Journeys, seen from the server: in which order steps come, when they are due, and what they say.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "tests/sim/journey_plan.h"
#include "tests/sim/recording_server.h"

namespace loadstone {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// Answers by what is asked, and keeps the requests whole.
class AnsweringServer : public RecordingServer {
 public:
  std::function<std::string(const std::string& request)> answer_to;
  std::vector<std::string> whole;

  void received(net::SimReactor& network, net::SocketId socket, std::string_view bytes) override {
    whole.emplace_back(bytes);
    RecordingServer::received(network, socket, bytes);
  }
  void respond(net::SimReactor& network, net::SocketId socket) override {
    if (answer_to) answer = answer_to(requests.back());
    if (!answer.empty()) RecordingServer::respond(network, socket);
  }
  // Since the load began.
  [[nodiscard]] std::vector<Nanoseconds> times() const {
    std::vector<Nanoseconds> times;
    for (const auto& [socket, at] : when) times.push_back(at - kBegin);
    return times;
  }
};

TEST(Journeys, StepsFollowOneAnotherAndTheThinking) {
  AnsweringServer server;
  server.service = 5ms;
  result::Block b = run(plan_of_journeys("users: 1, duration: 60ms, think: 10ms, steps: [GET /a, {request: GET /b, "
                                         "repeat: 2, think: 0s}, GET /c]"),
                        server);
  expect_conserved(b);
  EXPECT_THAT(server.requests, ElementsAre("GET /a", "GET /b", "GET /b", "GET /c", "GET /a", "GET /b"));
  EXPECT_THAT(server.times(), ElementsAre(0ms, 15ms, 20ms, 25ms, 40ms, 55ms));
  EXPECT_EQ(b.counters["step.GET /b.requests"], 3U);
  EXPECT_EQ(b.counters["step.GET /c.requests"], 1U);
  EXPECT_EQ(b.histograms["step.GET /b.latency"].count(), 3U);
  EXPECT_EQ(b.histograms["wait"].max(), 0);
}

TEST(Journeys, CarryValuesIntoPathHeadersAndBody) {
  AnsweringServer server;
  int n = 0;
  server.answer_to = [&](const std::string& request) {
    if (!request.starts_with("GET /search")) return ok("{}");
    ++n;
    return ok("{\"results\": [{\"id\": \"n/" + std::to_string(n) + "\", \"of\": [1, 2]}]}",
              "X-Token: t" + std::to_string(n) + "\r\n");
  };
  run(plan_of_journeys(
          "users: 1, count: 2, steps: [{request: GET /search, extract: {node: /results/0/id, of: /results/0/of, "
          "token: header x-token}}, {request: 'POST /n/{{node}}', json: {id: '{{node}}', of: '{{raw:of}}', "
          "deep: ['{{user}}']}, headers: {X-Token: 'Bearer {{token}}'}}]"),
      server);
  ASSERT_EQ(server.whole.size(), 4U);
  EXPECT_THAT(server.whole[1], ::testing::StartsWith("POST /n/n%2F1 HTTP/1.1\r\n"));
  EXPECT_THAT(server.whole[1], HasSubstr("X-Token: Bearer t1\r\n"));
  EXPECT_THAT(server.whole[1], ::testing::EndsWith(R"({"id":"n/1","of":[1, 2],"deep":["1"]})"));
  EXPECT_THAT(server.whole[3], ::testing::StartsWith("POST /n/n%2F2 HTTP/1.1\r\n"));
  EXPECT_THAT(server.whole[3], HasSubstr("X-Token: Bearer t2\r\n"));
}

TEST(Journeys, AtARateTheFirstStepIsDueByTheScheduleAndTheNextAfterTheAnswer) {
  AnsweringServer server;
  server.service = 5ms;
  result::Block b = run(plan_of_journeys("rate: 20/s, duration: 200ms, arrivals: uniform, connections: 9, think: 60ms, "
                                         "steps: [GET /a, GET /b]"),
                        server);
  expect_conserved(b);
  std::map<std::string, std::vector<Nanoseconds>> times;
  for (std::size_t i = 0; i < server.requests.size(); ++i) times[server.requests[i]].push_back(server.times()[i]);
  ASSERT_EQ(times["GET /a"].size(), 4U);
  for (std::size_t i = 1; i < 4; ++i) EXPECT_EQ(times["GET /a"][i] - times["GET /a"][i - 1], 50ms);
  ASSERT_GE(times["GET /b"].size(), 2U);
  for (std::size_t i = 0; i < times["GET /b"].size(); ++i) EXPECT_EQ(times["GET /b"][i] - times["GET /a"][i], 65ms);
  for (const Nanoseconds t : times["GET /b"]) EXPECT_LE(t, 200ms);  // nothing becomes due after the end
  EXPECT_EQ(b.histograms["wait"].max(), 0);
}

TEST(Journeys, AtARateAStallShowsInEveryStepThatIsDueInIt) {
  AnsweringServer server;
  server.service = 30ms;  // one connection serves 33 a second, of the 40 that are asked for
  engine::Plan plan =
      plan_of_journeys("rate: 20/s, duration: 2s, arrivals: uniform, connections: 1, steps: [GET /a, GET /b]");
  result::Block b = run(plan, server);
  expect_conserved(b);
  EXPECT_EQ(b.counters["scheduled"], b.counters["requests"]);
  EXPECT_EQ(b.counters["step.GET /a.requests"], 40U);  // what was due is sent in the drain
  EXPECT_GT(b.histograms["wait"].max(), 0.2);
  // The same with so little drain that some of what was due is never sent.
  plan.drain = 50ms;
  AnsweringServer again;
  again.service = 30ms;
  b = run(plan, again);
  expect_conserved(b);
  EXPECT_GT(b.counters["dropped"], 0U);
}

TEST(Journeys, BeginAnewWhereAnAnswerIsWrong) {
  for (const std::string load : {"users: 1, think: 1ms", "rate: 100/s, arrivals: uniform"}) {
    SCOPED_TRACE(load);
    AnsweringServer server;
    server.answer_to = [&](const std::string&) { return ok("{\"results\": []}"); };
    engine::Plan plan = plan_of_journeys(
        load + ", duration: 1s, steps: [{request: GET /a, extract: {node: /results/0/id}}, 'GET /b/{{node}}']");
    SimulatedShard one(plan, server, 1);
    one.run();
    std::size_t examples = 0;
    std::uint64_t problems = 0;
    result::Block b;
    while (const auto tally = one.mailbox.take()) {
      for (const auto& [text, kept] : tally->examples) {
        examples += kept.size();
        for (const auto& example : kept)
          EXPECT_THAT(example, ::testing::EndsWith(": nothing there; 200 {\"results\": []}")) << example;
      }
      for (const auto& [text, times] : tally->problems) {
        EXPECT_EQ(text, "GET /a: extract node from /results/0/id");
        problems += times;
      }
      tally->add_to(b);
    }
    expect_conserved(b);
    EXPECT_GE(b.counters["errors.check"], 99U);
    EXPECT_EQ(b.counters["errors.check"], b.counters["requests"]);
    EXPECT_EQ(problems, b.counters["errors.check"]);
    EXPECT_EQ(examples, 9U);  // the tenth is counted, not shown
    EXPECT_EQ(server.counts().size(), 1U);
  }
}

TEST(Journeys, EveryCheckOfAStepCountsAndIsNamed) {
  for (const auto& [answer, check, expected, example] : std::vector<std::array<std::string, 4>>{
           {ok("x", "", "404 Not Found"), "status == 200", "GET /a: check 'status == 200'",
            "user 1: found '404'; 404 x"},
           {ok("x", "", "500 Oops"), "/a exists", "GET /a: check 'status == 200-399'", "user 1: found '500'; 500 x"},
           {ok("good"), "body contains evil", "GET /a: check 'body contains evil'", "user 1: nothing there; 200 good"},
           {ok("{\"n\": 3}"), "/n > 3", "GET /a: check '/n > 3'", "user 1: found '3'; 200 {\"n\": 3}"},
           {ok("", "X: y\r\n"), "header x == z", "GET /a: check 'header x == z'", "user 1: found 'y'; 200"}}) {
    SCOPED_TRACE(check);
    AnsweringServer server;
    server.answer = answer;
    engine::Plan plan = plan_of_journeys("users: 1, count: 1, steps: [{request: GET /a, check: '" + check + "'}]");
    SimulatedShard one(plan, server, 1);
    one.run();
    result::Block b;
    while (const auto tally = one.mailbox.take()) {
      for (const auto& [text, times] : tally->problems) EXPECT_EQ(text, expected);
      for (const auto& [text, kept] : tally->examples) EXPECT_THAT(kept, ElementsAre(example));
      tally->add_to(b);
    }
    EXPECT_EQ(b.counters["failures"], 1U);
    EXPECT_EQ(b.counters["errors.status"], answer.find("200 OK") == std::string::npos ? 1U : 0U);
  }
}

TEST(Journeys, AreCountedWholeWhateverTheNumberOfShards) {
  for (const std::string load : {"users: 4", "rate: 100/s"})
    for (const int shards : {1, 2, 3}) {
      SCOPED_TRACE(load + " on " + std::to_string(shards));
      AnsweringServer server;
      result::Block b =
          run(plan_of_journeys(load + ", count: 7, think: 20ms, steps: [GET /a, GET /b, {request: GET /c, repeat: 2}]"),
              server, shards);
      expect_conserved(b);
      EXPECT_EQ(server.counts(), (std::map<std::string, int>{{"GET /a", 7}, {"GET /b", 7}, {"GET /c", 14}}));
      EXPECT_EQ(b.counters["requests"], 28U);
    }
}

TEST(Journeys, ArePickedByWeight) {
  std::map<std::string, int> first;
  for (const int shards : {1, 2, 3}) {
    AnsweringServer server;
    run(plan_of_journeys("rate: 2000/s, duration: 2s, connections: 30, journeys: [{name: look, weight: 9, steps: [GET "
                         "/look, GET /more]}, "
                         "{name: buy, steps: [GET /buy]}]"),
        server, shards);
    const auto counts = server.counts();
    EXPECT_NEAR(counts.at("GET /buy"), 400, 100);
    EXPECT_NEAR(counts.at("GET /look"), 3600, 200);
    const std::map<std::string, int> begun{{"look", counts.at("GET /look")}, {"buy", counts.at("GET /buy")}};
    if (first.empty()) first = begun;
    EXPECT_EQ(begun, first);  // which journey an arrival is depends on its place alone
  }
}

TEST(Journeys, UsersAndNumbersDiffer) {
  AnsweringServer server;
  run(plan_of_journeys("users: 3, count: 30, think: 1ms, steps: ['GET /{{user}}', {name: b, request: 'GET "
                       "/u/{{unique}}', repeat: 2}, "
                       "{name: c, request: 'GET /r/{{request.id}}'}]"),
      server, 2);
  const auto counts = server.counts();
  std::map<std::string, int> kinds;
  for (const auto& [request, times] : counts) {
    const bool is_unique = request.starts_with("GET /u/");
    const bool is_number = request.starts_with("GET /r/");
    // Of a journey, and of a request.
    if (is_unique || is_number) {
      EXPECT_EQ(times, is_unique ? 2 : 1) << request;
    }
    ++kinds[is_unique ? "unique" : is_number ? "number" : "user"];
  }
  EXPECT_EQ(kinds, (std::map<std::string, int>{{"unique", 30}, {"number", 30}, {"user", 3}}));
}

TEST(Journeys, FollowRedirectsAndKeepCookiesWithinAJourney) {
  AnsweringServer server;
  server.answer_to = [&](const std::string& request) {
    if (request == "POST /login")
      return ok("", "Location: folder/./me?a\r\nSet-Cookie: sid=s1; Path=/\r\n", "302 Found");
    if (request == "PUT /moved") return ok("", "Location: http://sim/there\r\n", "308 Permanent Redirect");
    return ok("{}", "Set-Cookie: seen=1\r\n");
  };
  result::Block b = run(
      plan_of_journeys("users: 1, count: 2, cookies: true, redirects: 2, headers: {Cookie: [own=0, two=2]}, steps: ["
                       "{name: login, request: POST /login, body: secret, check: status == 200}, "
                       "{name: put, request: PUT /moved, json: {a: 1}}]"),
      server);
  expect_conserved(b);
  EXPECT_EQ(b.counters["failures"], 0U);
  EXPECT_THAT(server.requests, ElementsAre("POST /login", "GET /folder/me?a", "PUT /moved", "PUT /there", "POST /login",
                                           "GET /folder/me?a", "PUT /moved", "PUT /there"));
  const auto cookie = [&](std::size_t i) {
    const std::size_t at = server.whole[i].find("Cookie: ") + 8;
    return server.whole[i].substr(at, server.whole[i].find("\r\n", at) - at);
  };
  EXPECT_EQ(cookie(0), "own=0; two=2");
  EXPECT_EQ(cookie(1), "own=0; two=2; sid=s1");
  EXPECT_EQ(cookie(2), "own=0; two=2; sid=s1");  // "seen" is for /folder alone
  EXPECT_EQ(cookie(4), "own=0; two=2");          // the next journey is a newcomer's
  EXPECT_EQ(server.whole[1].find("secret"), std::string::npos);
  EXPECT_THAT(server.whole[3], ::testing::EndsWith("{\"a\":1}"));
  EXPECT_EQ(b.counters["step.login.requests"], 4U);
}

TEST(Journeys, FollowNoMoreRedirectsThanAsked) {
  AnsweringServer server;
  server.answer_to = [&](const std::string&) { return ok("", "Location: /again\r\n", "307 Temporary Redirect"); };
  result::Block b = run(plan_of_journeys("users: 1, count: 1, redirects: 3, steps: [GET /a]"), server);
  expect_conserved(b);
  EXPECT_EQ(server.requests.size(), 4U);
  EXPECT_EQ(b.counters["errors.check"], 1U);
  EXPECT_EQ(b.counters["successes"], 3U);
  // Unasked, a redirect is an answer like any other.
  AnsweringServer other;
  other.answer_to = server.answer_to;
  b = run(plan_of_journeys("users: 1, count: 1, steps: [GET /a, GET /b]"), other);
  EXPECT_THAT(other.requests, ElementsAre("GET /a", "GET /b"));
  EXPECT_EQ(b.counters["failures"], 0U);
}

TEST(Journeys, BalanceWhateverHappens) {
  for (const std::string load : {"users: 10, think: 1ms", "rate: 300/s, connections: 5"})
    for (const std::string more : {"", ", keep_alive: false"})
      for (const int hang_every : {0, 7}) {
        SCOPED_TRACE(load + more);
        AnsweringServer server;
        int n = 0;
        server.answer_to = [&](const std::string&) {
          ++n;
          if (hang_every > 0 && n % hang_every == 0) return std::string();
          return n % 5 == 0 ? ok("{}", "", "503 Busy") : ok("{\"id\": 1}");
        };
        engine::Plan plan = plan_of_journeys(
            load + more + ", duration: 2s, steps: [{request: GET /a, extract: {id: /id}}, 'GET /b/{{id}}']");
        plan.warmup = 300ms;
        plan.request_timeout = 200ms;
        net::SimReactor::Faults faults;
        faults.refuse = 0.2;
        faults.cut_receives = true;
        result::Block b = run(plan, server, 2, faults);
        expect_conserved(b);
        EXPECT_GT(b.counters["successes"], 50U);
        EXPECT_GT(b.counters["errors.status"], 0U);
        EXPECT_EQ(b.counters["errors.timeout"] > 0, hang_every > 0);
      }
}

TEST(Journeys, WithNothingToDoDoNotSpin) {
  AnsweringServer server;
  result::Block b = run(
      plan_of_journeys("users: 2, duration: 1s, steps: [{request: GET /a, extract: {x: /x}, if: user == 3}]"), server);
  expect_conserved(b);
  EXPECT_EQ(server.requests.size(), 0U);
}

TEST(Journeys, UsersComeAndGoInStages) {
  AnsweringServer server;
  result::Block b =
      run(plan_of_journeys(
              "stages: [{users: 1, duration: 100ms}, {users: 3, duration: 100ms}, {users: 2, duration: 100ms}], "
              "think: 9ms, steps: ['GET /{{user}}']"),
          server);
  expect_conserved(b);
  EXPECT_EQ(server.counts()["GET /1"], 30);
  EXPECT_EQ(server.counts()["GET /2"], 20);
  EXPECT_EQ(server.counts()["GET /3"], 10);
}

}  // namespace
}  // namespace loadstone

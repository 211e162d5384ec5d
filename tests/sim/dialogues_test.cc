// Steps that speak by WebSocket, seen from the server: in which order they come, when they are due, what they say, and
// what becomes of them when the service does not play along.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <map>
#include <string>
#include <vector>

#include "base/format.h"
#include "tests/sim/journey_plan.h"
#include "tests/sim/talking_server.h"

namespace loadstone {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

struct Ran {
  result::Block block;
  std::map<std::string, std::uint64_t> problems;
  std::map<std::string, std::vector<std::string>> examples;
  [[nodiscard]] std::uint64_t operator[](const std::string& counter) const {
    const auto found = block.counters.find(counter);
    return found == block.counters.end() ? 0 : found->second;
  }
  [[nodiscard]] double longest(const std::string& times) const {
    const auto found = block.histograms.find(times);
    return found == block.histograms.end() ? 0 : found->second.max();
  }
};

Ran talk(const engine::Plan& plan, TalkingServer& server, int shards = 1, net::SimReactor::Faults faults = {}) {
  Ran ran;
  for (int i = 0; i < shards; ++i) {
    SimulatedShard one(plan, server, 11 + static_cast<std::uint64_t>(i), faults, i, shards);
    one.run();
    while (const auto tally = one.mailbox.take()) {
      tally->add_to(ran.block);
      for (const auto& [text, n] : tally->problems) ran.problems[text] += n;
      for (const auto& [text, kept] : tally->examples)
        ran.examples[text].insert(ran.examples[text].end(), kept.begin(), kept.end());
    }
  }
  expect_conserved(ran.block);
  return ran;
}

Ran talk(const std::string& http, TalkingServer& server) { return talk(plan_of_journeys(http), server); }

TEST(Dialogues, BelongToAJourneyLikeItsRequests) {
  TalkingServer server;
  server.answer_to = [](const std::string& request) {
    return ok(request == "POST /login" ? R"({"token": "t/1"})" : "{}");
  };
  server.replies = [](const std::string& said) -> std::vector<TalkingServer::Reply> {
    if (said.find("hello") == std::string::npos) return {{2ms, said}};
    return {{1ms, R"({"type": "tick"})"}, {2ms, R"({"type": "welcome", "room": "a\"b"})"}};
  };
  const Ran ran = talk(
      "users: 1, count: 2, steps: [{name: login, request: POST /login, extract: {token: /token}}, "
      "{name: greet, websocket: '/ws?t={{token}}', headers: {X-Token: '{{token}}'}, subprotocols: chat, "
      "send: {type: hello}, await: /type == welcome, extract: {room: /room}}, "
      "{name: say, websocket: '/ws?t={{token}}', send: '{\"room\": \"{{room}}\"}', check: '/room == {{room}}'}, "
      "{name: leave, websocket: '/ws?t={{token}}', close: true}, {name: see, request: 'GET /rooms/{{room}}'}]",
      server);
  const std::string say = R"(say {"room": "a\"b"})";
  ASSERT_EQ(server.log.size(), 12U);
  EXPECT_THAT(
      std::vector(server.log.begin(), server.log.begin() + 6),
      ElementsAre("POST /login", "open /ws?t=t%2F1", R"(say {"type":"hello"})", say, "close", "GET /rooms/a%22b"));
  EXPECT_THAT(server.times, ElementsAre(0ms, 1ms, 4ms, 6ms, 8ms, 8ms, 9ms, 10ms, 13ms, 15ms, 17ms, 17ms));
  EXPECT_THAT(server.heads[0], ::testing::HasSubstr("X-Token: t/1\r\n"));
  EXPECT_THAT(server.heads[0], ::testing::HasSubstr("Sec-WebSocket-Protocol: chat\r\n"));
  EXPECT_EQ(ran["failures"], 0U);
  EXPECT_EQ(ran["requests"], 10U);
  for (const std::string step : {"login", "greet", "say", "leave", "see"})
    EXPECT_EQ(ran["step." + step + ".requests"], 2U) << step;
  EXPECT_EQ(ran["status.101"], 2U);  // as many as were opened
  EXPECT_EQ(ran["status.200"], 4U);
  EXPECT_EQ(ran["connect.succeeded"], 3U);
  // latency = wait for the connection + from what was said to the message that was awaited
  EXPECT_DOUBLE_EQ(ran.longest("step.greet.latency"), 0.005);
  EXPECT_DOUBLE_EQ(ran.longest("step.greet.service_time"), 0.002);
  EXPECT_DOUBLE_EQ(ran.longest("wait"), 0.003);
  EXPECT_DOUBLE_EQ(ran.longest("step.say.latency"), 0.002);
  EXPECT_EQ(ran.longest("lag"), 0);
}

TEST(Dialogues, AreOpenedByAStepThatSaysNothing) {
  TalkingServer server;
  const Ran ran = talk("users: 1, count: 1, steps: [{websocket: /ws}, {name: b, websocket: /other}, GET /a]", server);
  EXPECT_THAT(server.log, ElementsAre("open /ws", "open /other", "GET /a", "close", "close"));
  EXPECT_EQ(ran["failures"], 0U);
  EXPECT_EQ(ran["status.101"], 2U);
  EXPECT_DOUBLE_EQ(ran.longest("step.websocket /ws.service_time"), 0.003);  // from the request that opens it
  EXPECT_EQ(ran.longest("wait"), 0);
}

TEST(Dialogues, EndWithTheJourney) {
  for (const bool answers : {true, false}) {
    TalkingServer server;
    server.answers_close = answers;
    const Ran ran = talk("users: 3, duration: 100ms, think: 4ms, steps: [{websocket: /ws, send: x}, GET /a]", server);
    EXPECT_EQ(ran["failures"], 0U);
    EXPECT_GT(server.opens, 15U);
    EXPECT_EQ(server.closes, server.opens);  // those too whose journey the end of the run has cut off
  }
}

TEST(Dialogues, AStepThatOnlyAwaitsTakesWhatHasCome) {
  TalkingServer server;
  server.greeting = {{1ms, "tick"}, {2ms, R"({"n": 1})"}, {3ms, R"({"n": 2})"}};
  const Ran ran = talk(
      "users: 1, count: 1, steps: [{name: open, websocket: /ws, think: 50ms}, "
      "{name: first, websocket: /ws, await: /n exists, extract: {n: /n}}, 'GET /{{n}}', "
      "{name: second, websocket: /ws, await: body exists, extract: {n: /n}}, {name: g, request: 'GET /{{n}}'}]",
      server);
  EXPECT_EQ(ran["failures"], 0U);
  EXPECT_THAT(server.log, ElementsAre("open /ws", "GET /1", "GET /2", "close"));
  EXPECT_EQ(ran.longest("step.first.latency"), 0);
}

TEST(Dialogues, AStepThatSpeaksAwaitsWhatComesAfterIt) {
  TalkingServer server;
  server.greeting = {{1ms, R"({"n": 1})"}};
  server.replies = [](const std::string&) -> std::vector<TalkingServer::Reply> {
    return {{5ms, R"({"n": 2})"}, {5ms, R"({"n": 3})"}};
  };
  const Ran ran = talk(
      "users: 1, count: 1, steps: [{name: open, websocket: /ws, think: 50ms}, "
      "{name: ask, websocket: /ws, send: x, await: /n exists, check: /n == 2}, "
      "{name: more, websocket: /ws, await: /n exists, check: /n == 3}]",
      server);
  EXPECT_EQ(ran["failures"], 0U);
  EXPECT_DOUBLE_EQ(ran.longest("step.ask.latency"), 0.005);
  EXPECT_EQ(ran.longest("step.more.latency"), 0);
}

TEST(Dialogues, AnswersAreToldApartByTheNumberOfTheRequest) {
  TalkingServer server;
  server.replies = [](const std::string& said) -> std::vector<TalkingServer::Reply> {
    return {{1ms, R"({"id": 999})"}, {2ms, said}};
  };
  const Ran ran = talk(
      "users: 2, count: 4, steps: [{name: ask, websocket: /ws, repeat: 3, send: {id: '{{raw:request.id}}'}, "
      "await: ['/id == {{request.id}}', body contains id], check: '/id != 999'}]",
      server);
  EXPECT_EQ(ran["failures"], 0U);
  EXPECT_EQ(server.said, 12U);
  EXPECT_EQ(server.opens, 4U);
}

TEST(Dialogues, MayWaitForNothing) {
  TalkingServer server;
  server.replies = [](const std::string&) { return std::vector<TalkingServer::Reply>{}; };
  const Ran ran = talk(
      "users: 1, count: 1, steps: [{name: a, websocket: /ws, send: x, await: nothing}, "
      "{name: b, websocket: /ws, send: y, await: nothing}, GET /a]",
      server);
  EXPECT_EQ(ran["failures"], 0U);
  EXPECT_THAT(server.log, ElementsAre("open /ws", "say x", "say y", "GET /a", "close"));
  EXPECT_EQ(ran.longest("step.b.latency"), 0);
}

TEST(Dialogues, TimeOutWithWordsAndBeginAnew) {
  TalkingServer server;
  server.replies = [](const std::string&) -> std::vector<TalkingServer::Reply> {
    return {{1ms, "{\"n\": 1}"}, {2ms, "{\"n\": 2}"}};
  };
  const Ran ran = talk(
      "users: 1, count: 2, steps: [{name: ask, websocket: /ws, send: x, await: /n == 3, timeout: 50ms}, GET /never]",
      server);
  EXPECT_EQ(ran["errors.timeout"], 2U);
  EXPECT_EQ(server.count("GET /never"), 0U);
  EXPECT_EQ(server.closes, 2U);
  EXPECT_EQ(ran.problems, (std::map<std::string, std::uint64_t>{{"ask: no awaited message within 50 ms", 2}}));
  EXPECT_THAT(ran.examples.at("ask: no awaited message within 50 ms"),
              ElementsAre("user 1: 2 other messages came, the last: {\"n\": 2}",
                          "user 1: 2 other messages came, the last: {\"n\": 2}"));
  EXPECT_DOUBLE_EQ(ran.longest("latency"), 0.050);  // of the whole step, with its opening
}

TEST(Dialogues, SayWhatTheServiceDidInTheMiddle) {
  for (const auto& [does, outcome, problem] : std::vector<std::array<std::string, 3>>{
           {"!close", "errors.reset", "ask: closed by the service with 1001 (away)"},
           {"!bare", "errors.reset", "ask: closed by the service with 1005"},
           {"!drop", "errors.reset", "ask: closed without a close frame"},
           {"!reset", "errors.reset", "ask: Connection reset by peer"},
           {"!garbage", "errors.protocol", ""}})
    for (const bool between : {false, true}) {
      SCOPED_TRACE(does + (between ? " between steps" : " within one"));
      TalkingServer server;
      if (between) server.greeting = {{1ms, does}};
      server.replies = [&](const std::string&) { return std::vector<TalkingServer::Reply>{{1ms, does}}; };
      const Ran ran =
          talk(between ? "users: 1, count: 3, steps: [{name: open, websocket: /ws, think: 9ms}, {name: ask, websocket: "
                         "/ws, send: x}, GET /never]"
                       : "users: 1, count: 3, steps: [{name: ask, websocket: /ws, send: x}, GET /never]",
               server);
      EXPECT_EQ(ran[between ? "errors.reset" : outcome], 3U);
      EXPECT_EQ(ran["failures"], 3U);
      EXPECT_EQ(server.count("GET /never"), 0U);
      EXPECT_EQ(server.said, between ? 0U : 3U);
      if (!problem.empty()) {
        EXPECT_EQ(ran.problems, (std::map<std::string, std::uint64_t>{{problem, 3}}));
      }
    }
}

TEST(Dialogues, ShowNoSecretsNorWhatDrivesATerminal) {
  TalkingServer server;
  server.replies = [](const std::string& said) -> std::vector<TalkingServer::Reply> {
    return {{1ms, said + "\x1b[31m"}, {2ms, "!close " + said + "\x1b[31m"}};
  };
  for (const std::string await : {"", ", await: /a == b", ", check: body == b"}) {
    SCOPED_TRACE(await);
    engine::Plan plan =
        plan_of_journeys("users: 1, count: 1, steps: [{name: ask, websocket: /ws, send: pass-word, timeout: 9ms" +
                         await + "}, {name: more, websocket: /ws, await: /a == b}]");
    plan.secrets.add("pass-word", "${WORD}");
    const Ran ran = talk(plan, server);
    std::string shown;
    for (const auto& [text, n] : ran.problems) shown += text;
    for (const auto& [text, kept] : ran.examples) shown += kept.front();
    EXPECT_THAT(shown, ::testing::HasSubstr("${WORD}"));
    EXPECT_EQ(shown.find("pass-word"), std::string::npos) << shown;
    EXPECT_EQ(shown.find('\x1b'), std::string::npos) << shown;
  }
}

TEST(Dialogues, WhatWasSaidBeforeTheServiceClosedIsHeard) {
  TalkingServer server;
  server.greeting = {{1ms, R"({"n": 1})"}, {2ms, R"({"n": 2})"}, {2ms, "!close"}};
  const Ran ran = talk(
      "users: 1, count: 1, steps: [{name: open, websocket: /ws, think: 9ms}, {name: one, websocket: /ws, await: /n == "
      "1}, "
      "{name: two, websocket: /ws, await: /n == 2}, {name: leave, websocket: /ws, close: true}, "
      "{name: three, websocket: /ws, await: /n == 3}]",
      server);
  EXPECT_EQ(ran["step.two.successes"], 1U);
  EXPECT_EQ(ran["step.leave.successes"], 1U);  // it is closed
  EXPECT_EQ(ran["step.three.failures"], 1U);
}

TEST(Dialogues, TheLastWordMayComeWithTheEnd) {
  for (const std::string last : {"bye|!close", "bye|!garbage", "bye|!bare|x"})
    for (const std::string more :
         {"", ", {name: leave, websocket: /ws, close: true}", ", {name: more, websocket: /ws, send: y}"}) {
      SCOPED_TRACE(last + more);
      TalkingServer server;
      server.replies = [&](const std::string&) { return std::vector<TalkingServer::Reply>{{1ms, last}}; };
      Ran ran = talk("users: 1, count: 2, steps: [{name: ask, websocket: /ws, send: x}" + more + "]", server);
      EXPECT_EQ(ran["step.ask.successes"], 2U);
      EXPECT_EQ(ran["step.more.failures"], more.find("more") == std::string::npos ? 0U : 2U);
      // With the answer that opens it.
      TalkingServer other;
      other.last_words = last;
      ran = talk("users: 1, count: 2, steps: [{name: ask, websocket: /ws, send: x}" + more + "]", other);
      EXPECT_EQ(ran["step.ask.failures"], 2U);
      EXPECT_EQ(other.said, 0U);
      ran = talk("users: 1, count: 2, steps: [{name: hear, websocket: /ws, await: body == bye}" + more + "]", other);
      EXPECT_EQ(ran["step.hear.successes"], 2U);
    }
}

TEST(Dialogues, CountWhoIsNotLetIn) {
  TalkingServer server;
  server.refusal = "403 Forbidden";
  Ran ran = talk("users: 1, count: 2, steps: [{name: open, websocket: /ws, send: x}, GET /never]", server);
  EXPECT_EQ(ran["errors.status"], 2U);
  EXPECT_EQ(ran["status.403"], 2U);
  EXPECT_EQ(ran["connect.failed"], 2U);
  EXPECT_THAT(server.log, ElementsAre("open /ws", "open /ws"));
  EXPECT_THAT(ran.examples.at("open: check 'status == 101'"),
              ElementsAre("user 1: found '403'; 403", "user 1: found '403'; 403"));
  EXPECT_DOUBLE_EQ(ran.longest("latency"), 0.003);
  // It may be what is wanted; and who is let in then is wrong.
  const std::string wanted =
      "users: 1, count: 1, steps: [{name: open, websocket: /ws, check: status == 403}, {request: GET /a}]";
  server.log.clear();
  ran = talk(wanted, server);
  EXPECT_EQ(ran["failures"], 0U);
  EXPECT_THAT(server.log, ElementsAre("open /ws", "GET /a"));
  server.refusal.clear();
  ran = talk(wanted, server);
  EXPECT_EQ(ran["errors.status"], 1U);
  EXPECT_THAT(ran.examples.at("open: check 'status == 403'"), ElementsAre("user 1: found '101'; 101"));
}

TEST(Dialogues, WaitLongerAndLongerWhereNothingCanBeOpened) {
  for (const std::string load : {"users: 1", "rate: 10/s"}) {
    SCOPED_TRACE(load);
    TalkingServer server;
    net::SimReactor::Faults faults;
    faults.refuse = 1;
    const Ran ran =
        talk(plan_of_journeys(load + ", duration: 1s, steps: [{name: open, websocket: /ws}]"), server, 1, faults);
    EXPECT_EQ(ran["errors.connect"], ran["requests"]);
    EXPECT_GE(ran["requests"], 3U);
    EXPECT_LE(ran["requests"], 20U);
    EXPECT_EQ(ran["connect.failed"], ran["requests"]);
  }
  // Nor is a journey that closes what it has left out to open run without end.
  TalkingServer server;
  const Ran ran = talk(
      "users: 1, duration: 1s, steps: [{name: open, websocket: /ws, if: user == 2}, {name: leave, websocket: /ws, "
      "close: "
      "true}]",
      server);
  EXPECT_LE(ran["requests"], 10U);
  EXPECT_EQ(ran["errors.connect"], ran["requests"]);
}

TEST(Dialogues, AtARateNeedNoConnectionOfThePool) {
  TalkingServer server;
  server.service = 500ms;  // the only connection is busy throughout
  const Ran ran = talk(
      "rate: 20/s, duration: 1s, arrivals: uniform, connections: 1, journeys: [{name: ask, weight: 1, steps: "
      "[{request: "
      "GET /a}]}, {name: speak, weight: 1, steps: [{name: one, websocket: /ws, send: one, think: 10ms}, {name: two, "
      "websocket: /ws, send: two}]}]",
      server);
  EXPECT_EQ(ran["failures"], 0U);
  std::vector<Nanoseconds> opened;
  std::map<std::string, std::size_t> counts;
  for (std::size_t i = 0; i < server.log.size(); ++i) {
    ++counts[server.log[i]];
    if (server.log[i] == "open /ws") opened.push_back(server.times[i]);
  }
  ASSERT_GT(opened.size(), 3U);
  for (std::size_t i = 1; i < opened.size(); ++i) EXPECT_EQ((opened[i] - opened[0]) % 50ms, 0ms);  // when they are due
  EXPECT_EQ(counts["say one"], opened.size());
  EXPECT_EQ(ran["step.one.requests"], opened.size());
  EXPECT_DOUBLE_EQ(ran.longest("step.one.latency"), 0.005);
  EXPECT_DOUBLE_EQ(ran.longest("step.two.latency"), 0.002);
  EXPECT_GT(ran.longest("step.GET /a.latency"), 1);
}

TEST(Dialogues, KeepSoManyMessagesBetweenStepsAndSayIfThereWereMore) {
  TalkingServer server;
  for (int i = 0; i < 1100; ++i) server.greeting.push_back({1ms, format("{{\"n\": {}}}", i)});
  Ran ran = talk(
      "users: 1, count: 1, steps: [{name: open, websocket: /ws, think: 50ms}, "
      "{name: kept, websocket: /ws, await: /n == 998}, {name: last, websocket: /ws, await: /n == 1050}]",
      server);
  EXPECT_EQ(ran["step.kept.successes"], 1U);
  EXPECT_EQ(ran["errors.check"], 1U);
  EXPECT_THAT(ran.examples.at("last: at most 1,000 messages, or 4 MiB, between two steps"),
              ElementsAre("user 1: 1 other message came, the last: {\"n\": 999}"));
  // Who speaks wants none of them.
  ran = talk(
      "users: 1, count: 1, steps: [{name: open, websocket: /ws, think: 50ms}, {name: ask, websocket: /ws, send: x}, "
      "{name: again, websocket: /ws, send: y, think: 50ms}]",
      server);
  EXPECT_EQ(ran["failures"], 0U);
}

TEST(Dialogues, WhatIsInFlightAtTheEndIsUnfinished) {
  TalkingServer server;
  server.replies = [](const std::string&) { return std::vector<TalkingServer::Reply>{}; };
  engine::Plan plan = plan_of_journeys("users: 3, duration: 100ms, steps: [{name: ask, websocket: /ws, send: x}]");
  plan.drain = 50ms;
  const Ran ran = talk(plan, server);
  EXPECT_EQ(ran["unfinished"], 3U);
  EXPECT_EQ(ran["requests"], 0U);
}

TEST(Dialogues, AreWholeWhateverTheNumberOfShards) {
  for (const std::string load : {"users: 4", "rate: 100/s"})
    for (const int shards : {1, 2, 3}) {
      SCOPED_TRACE(load + " on " + std::to_string(shards));
      TalkingServer server;
      const Ran ran =
          talk(plan_of_journeys(load + ", count: 7, think: 20ms, steps: [{name: a, websocket: /ws, send: x, "
                                       "repeat: 2}, GET /b, {name: c, websocket: /ws, close: true}]"),
               server, shards);
      EXPECT_EQ(server.opens, 7U);
      EXPECT_EQ(server.closes, 7U);
      EXPECT_EQ(server.said, 14U);
      EXPECT_EQ(ran["requests"], 28U);
      EXPECT_EQ(ran["failures"], 0U);
    }
}

TEST(Dialogues, BalanceWhateverHappens) {
  for (const std::string load : {"users: 10, think: 1ms", "rate: 300/s, connections: 5"})
    for (const int spoil_every : {0, 5, 3}) {
      SCOPED_TRACE(load + " spoilt " + std::to_string(spoil_every));
      TalkingServer server;
      std::size_t n = 0;
      server.replies = [&](const std::string& said) -> std::vector<TalkingServer::Reply> {
        if (spoil_every == 0 || ++n % static_cast<std::size_t>(spoil_every) != 0) return {{1ms, "tick"}, {2ms, said}};
        static const std::vector<std::string> kWays{"!close", "!drop", "!reset", "!garbage", "{}"};
        return {{1ms, kWays[n / static_cast<std::size_t>(spoil_every) % kWays.size()]}};
      };
      engine::Plan plan = plan_of_journeys(
          load +
          ", duration: 2s, steps: [GET /a, {name: b, websocket: '/ws/{{unique}}', send: {id: '{{unique}}'}, await: "
          "'/id == {{unique}}'}, {name: c, websocket: '/ws/{{unique}}', send: {id: x}, check: body contains tick, "
          "think: 7ms}, {name: d, websocket: '/ws/{{unique}}', close: true, if: user != 3}]");
      plan.warmup = 300ms;
      plan.request_timeout = 200ms;
      net::SimReactor::Faults faults;
      faults.refuse = 0.2;
      faults.cut_receives = true;
      const Ran ran = talk(plan, server, 2, faults);
      EXPECT_GT(ran["successes"], 50U);
      EXPECT_GT(ran["errors.connect"], 0U);
      EXPECT_EQ(ran["errors.reset"] > 0, spoil_every > 0);
      EXPECT_EQ(ran["errors.timeout"] > 0, spoil_every > 0);
      EXPECT_EQ(ran["errors.protocol"] > 0, spoil_every > 0);
    }
}

TEST(Dialogues, SurviveAFailureOfEachOperation) {
  const engine::Plan plan = plan_of_journeys(
      "users: 2, count: 4, steps: [{name: a, websocket: /ws, send: x}, GET /b, {name: c, websocket: /ws, send: y, "
      "await: "
      "nothing}, {name: d, websocket: /ws, close: true}]");
  std::uint64_t operations = 0;
  {
    TalkingServer server;
    SimulatedShard one(plan, server, 1);
    one.run();
    operations = one.network.operations();
  }
  ASSERT_GT(operations, 20U);
  for (std::uint64_t k = 1; k <= operations; ++k) {
    SCOPED_TRACE("operation " + std::to_string(k));
    TalkingServer server;
    net::SimReactor::Faults faults;
    faults.fail_at = k;
    engine::Plan limited = plan;
    limited.request_timeout = 1s;
    const Ran ran = talk(limited, server, 1, faults);
    EXPECT_LE(ran["failures"], 1U);
    EXPECT_GE(ran["requests"], 12U);
  }
}

}  // namespace
}  // namespace loadstone

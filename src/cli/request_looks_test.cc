#include "cli/request_looks.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "scenario/load.h"

namespace loadstone::cli {
namespace {

using testing::DoubleNear;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Optional;

scenario::Suite suite_of(const std::string& scenarios) {
  auto loaded = scenario::load_suite_text("suite.yaml", "target: http://127.0.0.1:8000\nscenarios:\n" + scenarios, {});
  EXPECT_EQ(loaded.problems, "");
  return std::move(*loaded.suite);
}
SuiteLooks looks_of(const scenario::Suite& suite) { return plan_looks(suite, suite.scenarios.front().endpoint); }

const scenario::HttpLoad& load_of(const RequestLook& look) { return std::get<scenario::HttpLoad>(look.scenario.kind); }

std::vector<std::string> requests_of(const RequestLook& look) {
  std::vector<std::string> names;
  for (const auto& request : load_of(look).requests) names.push_back(request.name);
  return names;
}

Looked looked(double cpu_seconds, const std::vector<std::pair<double, Nanoseconds>>& answers) {
  Looked l;
  l.seconds = 2;
  l.cpu_seconds = cpu_seconds;
  for (const auto& [count, time] : answers) {
    auto& of = l.requests.emplace_back();
    of.answered = count;
    if (count > 0) of.service_time.record_many(time, static_cast<std::uint64_t>(count));
  }
  return l;
}

TEST(RequestLooks, OfOneRequestThereAreNone) {
  const auto suite = suite_of(
      "  - {name: a, http: {request: GET /a, concurrency: 5, duration: 5s}}\n"
      "  - {name: b, http: {request: GET /a, concurrency: 50, duration: 5s}}\n"
      "  - {name: c, websocket: {path: /ws, clients: 5, duration: 5s}}\n");
  EXPECT_THAT(looks_of(suite).looks, IsEmpty());
}

TEST(RequestLooks, SendEachRequestOfAllScenariosOnce) {
  const auto suite = suite_of(
      "  - name: a\n"
      "    http: {request: GET /a, concurrency: 5, think: 1ms, warmup: 1s, duration: 5s}\n"
      "    expect: [latency.p95 < 1s]\n"
      "  - name: b\n"
      "    http:\n"
      "      rate: 100/s\n"
      "      duration: 5s\n"
      "      requests: [{name: one, request: GET /a, weight: 3}, {request: POST /b, body: x, weight: 7},\n"
      "                 {name: other, request: POST /b, body: y}]\n"
      "  - {name: c, http: {name: other, request: GET /c, duration: 5s, keep_alive: false}}\n");
  const SuiteLooks plan = looks_of(suite);
  EXPECT_THAT(plan.names, ElementsAre("GET /a", "POST /b", "other", "c: other"));
  EXPECT_THAT(plan.notes, IsEmpty());
  ASSERT_EQ(plan.looks.size(), 4U);
  EXPECT_THAT(plan.scenarios[0].costs, ElementsAre(0));
  EXPECT_THAT(plan.scenarios[1].costs, ElementsAre(0, 1, 2));
  EXPECT_THAT(plan.scenarios[2].costs, ElementsAre(3));
  for (const auto& look : plan.looks) {
    const auto& load = load_of(look);
    ASSERT_EQ(load.requests.size(), 1U);
    EXPECT_EQ(load.requests[0].weight, 1);
    const auto& closed = std::get<scenario::ClosedLoad>(load.load);
    ASSERT_EQ(closed.stages.size(), 1U);
    EXPECT_EQ(closed.stages[0].users, 1);
    EXPECT_EQ(closed.think, Nanoseconds(0));
    EXPECT_EQ(load.warmup, Nanoseconds(0));
    EXPECT_THAT(look.scenario.targets, IsEmpty());
  }
  EXPECT_EQ(load_of(plan.looks[1]).requests[0].body, "x");
  EXPECT_FALSE(load_of(plan.looks[3]).keep_alive);
}

TEST(RequestLooks, CutJourneysOffAfterEachStep) {
  const auto suite = suite_of(
      "  - name: shop\n"
      "    http:\n"
      "      users: 5\n"
      "      duration: 5s\n"
      "      journeys:\n"
      "        - {name: look, weight: 3, steps: [GET /a, {name: b, request: GET /b, think: 1s}]}\n"
      "        - name: buy\n"
      "          steps:\n"
      "            - {name: c, request: GET /c, extract: {id: /id}}\n"
      "            - {name: d, request: \"GET /d/{{id}}\", repeat: 2}\n");
  const SuiteLooks plan = looks_of(suite);
  EXPECT_THAT(plan.names, ElementsAre("GET /a", "b", "c", "d"));
  ASSERT_EQ(plan.looks.size(), 4U);
  EXPECT_THAT(requests_of(plan.looks[0]), ElementsAre("GET /a"));
  EXPECT_THAT(requests_of(plan.looks[1]), ElementsAre("GET /a", "b"));
  EXPECT_THAT(requests_of(plan.looks[2]), ElementsAre("c"));
  EXPECT_THAT(requests_of(plan.looks[3]), ElementsAre("c", "d"));
  const auto& script = *load_of(plan.looks[3]).script;
  ASSERT_EQ(script.journeys.size(), 1U);
  EXPECT_EQ(script.journeys[0].name, "buy");
  ASSERT_EQ(script.journeys[0].steps.size(), 2U);
  EXPECT_EQ(script.journeys[0].steps[0].request, 0U);
  EXPECT_EQ(script.journeys[0].steps[1].request, 1U);
  EXPECT_EQ(script.journeys[0].steps[1].repeat, 2U);
  EXPECT_EQ(script.journeys[0].steps[0].extractions.size(), 1U);
  EXPECT_EQ(load_of(plan.looks[1]).script->journeys[0].steps[1].think, Nanoseconds(0));
}

TEST(RequestLooks, SayWhatIsLeftOut) {
  std::string many;
  for (int i = 0; i < 70; ++i)
    many += "  - {name: s" + std::to_string(i) + ", http: {request: GET /" + std::to_string(i) + ", duration: 5s}}\n";
  many += "  - {name: far, target: \"http://127.0.0.1:8001\", http: {request: GET /far, duration: 5s}}\n";
  const SuiteLooks plan = looks_of(suite_of(many));
  EXPECT_EQ(plan.looks.size(), kMostLooks);
  EXPECT_EQ(plan.names.size(), kMostLooks);
  ASSERT_EQ(plan.notes.size(), 2U);
  EXPECT_THAT(plan.notes[0], HasSubstr("6 more"));
  EXPECT_THAT(plan.notes[1], HasSubstr("1 of the HTTP scenarios"));
}

TEST(RequestLooks, TellWhatRequestsCost) {
  const auto suite = suite_of(
      "  - name: a\n"
      "    http:\n"
      "      rate: 100/s\n"
      "      duration: 10s\n"
      "      requests: [{request: GET /a, weight: 88}, {request: POST /b, weight: 12}]\n"
      "  - {name: c, http: {request: GET /c, concurrency: 2, think: 90ms, duration: 5s}}\n");
  const SuiteLooks plan = looks_of(suite);
  std::vector<Looked> found;
  found.push_back(looked(0.3, {{1000, 1ms}}));  // of which the service uses 0.2 anyway
  found.push_back(looked(1.2, {{200, 8ms}}));
  found.push_back(looked(0.22, {{100, 10ms}}));
  found[1].requests[0].failed = 3;
  const auto costs = costs_of(plan, found, 0.1, 2);
  ASSERT_EQ(costs.size(), 3U);
  EXPECT_EQ(costs[0].name, "POST /b");
  EXPECT_EQ(costs[0].failed, 3);
  EXPECT_THAT(costs[0].cpu, Optional(DoubleNear(0.005, 1e-9)));
  EXPECT_NEAR(costs[0].p50, 0.008, 1e-5);
  EXPECT_NEAR(costs[0].sent, 120, 1e-9);
  EXPECT_NEAR(costs[0].request_share, 120.0 / 1100, 1e-4);
  EXPECT_THAT(costs[0].cpu_share, Optional(DoubleNear(0.6 / (0.6 + 0.088 + 0.02), 1e-3)));
  EXPECT_EQ(costs[1].name, "GET /a");
  EXPECT_THAT(costs[1].cpu, Optional(DoubleNear(0.0001, 1e-9)));
  EXPECT_EQ(costs[2].name, "GET /c");
  EXPECT_NEAR(costs[2].sent, 100, 0.1);  // two users, who need 100 ms for each
}

TEST(RequestLooks, TellWhatStepsCost) {
  const auto suite = suite_of(
      "  - name: shop\n"
      "    http:\n"
      "      rate: 10/s\n"
      "      duration: 10s\n"
      "      journeys:\n"
      "        - {name: look, weight: 3, steps: [{name: a, request: GET /a}, {name: b, request: GET /b, repeat: 2}]}\n"
      "        - {name: buy, weight: 1, steps: [{name: c, request: GET /c}]}\n");
  const SuiteLooks plan = looks_of(suite);
  std::vector<Looked> found;
  found.push_back(looked(1, {{1000, 1ms}}));
  found.push_back(looked(0.5 + 3, {{500, 1ms}, {1000, 4ms}}));
  found.push_back(looked(0.2, {{100, 2ms}}));
  const auto costs = costs_of(plan, found, 0, 2);
  ASSERT_EQ(costs.size(), 3U);
  // A hundred journeys: 75 of one a and two b each, 25 of one c.
  EXPECT_EQ(costs[0].name, "b");
  EXPECT_NEAR(costs[0].sent, 150, 1e-6);
  EXPECT_THAT(costs[0].cpu, Optional(DoubleNear(0.003, 1e-9)));
  EXPECT_NEAR(costs[0].p99, 0.004, 1e-5);
  EXPECT_EQ(costs[1].name, "a");
  EXPECT_NEAR(costs[1].sent, 75, 1e-6);
  EXPECT_THAT(costs[1].cpu, Optional(DoubleNear(0.001, 1e-9)));
  EXPECT_EQ(costs[2].name, "c");
  EXPECT_NEAR(costs[2].sent, 25, 1e-6);
}

TEST(RequestLooks, CountUsersOfARequestOfItsOwnAndStages) {
  const auto suite = suite_of(
      "  - name: own\n"
      "    http: {think: 9ms, duration: 1s, requests: [{request: GET /a, concurrency: 2}, {request: GET /b, "
      "concurrency: 6}]}\n"
      "  - name: stages\n"
      "    http:\n"
      "      request: GET /a\n"
      "      stages: [{concurrency: 1, duration: 1s}, {concurrency: 3, duration: 2s}]\n"
      "  - {name: count, http: {request: GET /b, concurrency: 3, count: 77}}\n");
  const SuiteLooks plan = looks_of(suite);
  std::vector<Looked> found;
  found.push_back(looked(0.001, {{1000, 1ms}}));
  found.push_back(looked(0.001, {{1000, 1ms}}));
  const auto costs = costs_of(plan, found, 0, 2);
  ASSERT_EQ(costs.size(), 2U);
  const auto& a = costs[0].name == "GET /a" ? costs[0] : costs[1];
  const auto& b = costs[0].name == "GET /b" ? costs[0] : costs[1];
  EXPECT_NEAR(a.sent, 200 + 1000 + 6000, 8);
  EXPECT_NEAR(b.sent, 600 + 77, 2);
}

TEST(RequestLooks, AJourneyThatWasNeverAnsweredIsNotKnown) {
  const auto suite = suite_of(
      "  - {name: shop, http: {users: 2, duration: 1s, steps: [{name: a, request: GET /a}, {name: b, request: GET "
      "/b}]}}\n");
  const SuiteLooks plan = looks_of(suite);
  std::vector<Looked> found;
  found.push_back(looked(0.1, {{0, 0ms}}));
  found.push_back(looked(0.1, {{0, 0ms}, {0, 0ms}}));
  const auto costs = costs_of(plan, found, 0, 2);
  ASSERT_EQ(costs.size(), 2U);
  EXPECT_FALSE(costs[0].is_known());
  EXPECT_FALSE(costs[0].cpu);
  EXPECT_EQ(costs[0].sent, 0);
}

}  // namespace
}  // namespace loadstone::cli

#include "journey/walk.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "journey/excerpt.h"

namespace loadstone::journey {
namespace {

// Steps that are told by the number of their request.
Step step(std::uint32_t request) {
  Step s;
  s.request = request;
  return s;
}

class Walks : public ::testing::Test {
 protected:
  Extraction extraction(const std::string& name, const std::string& from) {
    return {name, script_.vocabulary.add_variable(name), *Lookup::parse(from), std::nullopt};
  }
  Expectation expectation(const std::string& text) {
    std::string_view rest = text;
    Lookup what = *Lookup::take(rest);
    return {text, what, *Comparison::parse(rest, script_.vocabulary)};
  }
  Condition condition(const std::string& value, const std::string& comparison) {
    return {*Template::parse(value, script_.vocabulary), *Comparison::parse(comparison, script_.vocabulary)};
  }
  void add(std::vector<Step> steps, double weight = 1) {
    script_.journeys.push_back({"one", weight, std::move(steps)});
  }
  std::string filled(const Walk& walk, const std::string& text) {
    std::string out;
    Template::parse(text, script_.vocabulary)->append(out, walk.values(5, random_), Escape::kNone);
    return out;
  }
  // The requests of a journey in which every answer is this one.
  std::vector<std::uint32_t> requests(Walk& walk, const Answer& answer) {
    std::vector<std::uint32_t> made;
    while (walk.step() != nullptr && made.size() < 100) {
      made.push_back(walk.step()->request);
      static_cast<void>(walk.take(answer, 5, random_));
    }
    return made;
  }

  Script script_;
  Random random_{3};
};

TEST_F(Walks, FollowTheStepsInOrderAndRepeatThem) {
  add({step(0), step(1), step(2)});
  script_.journeys[0].steps[1].repeat = 3;
  Walk walk(script_);
  EXPECT_EQ(walk.step(), nullptr);
  walk.begin({}, random_);
  EXPECT_THAT(requests(walk, {200, "", ""}), ::testing::ElementsAre(0U, 1U, 1U, 1U, 2U));
}

TEST_F(Walks, CarryValuesFromOneAnswerToTheNextStep) {
  add({step(0), step(1)});
  script_.journeys[0].steps[0].extractions = {extraction("node", "/results/0/id")};
  Walk walk(script_);
  walk.begin({.journey = 0, .turn = 0, .unique = 77, .user = 4}, random_);
  EXPECT_FALSE(walk.take({200, "", R"({"results": [{"id": "n1"}]})"}, 5, random_));
  ASSERT_NE(walk.step(), nullptr);
  EXPECT_EQ(filled(walk, "{{node}} {{unique}} {{user}} {{request.id}}"), "n1 77 4 5");
  walk.begin({}, random_);
  EXPECT_EQ(filled(walk, "[{{node}}]"), "[]");  // the next journey knows nothing of the last
}

TEST_F(Walks, EndWhereAnAnswerIsWrong) {
  add({step(0), step(1)});
  script_.journeys[0].steps[0].extractions = {extraction("node", "/results/0/id")};
  script_.journeys[0].steps[1].checks = {expectation("/nodes exists"), expectation("/nodes/0 == {{node}}")};
  Walk walk(script_);
  walk.begin({}, random_);
  auto failure = walk.take({200, "", R"({"results": []})"}, 5, random_);
  ASSERT_TRUE(failure);
  EXPECT_EQ(failure->expectation, "extract node from /results/0/id");
  EXPECT_FALSE(failure->found);
  EXPECT_EQ(walk.step(), nullptr);

  walk.begin({}, random_);
  EXPECT_FALSE(walk.take({200, "", R"({"results": [{"id": "a"}]})"}, 5, random_));
  failure = walk.take({200, "", R"({"nodes": ["b"]})"}, 5, random_);
  ASSERT_TRUE(failure);
  EXPECT_EQ(failure->expectation, "check '/nodes/0 == {{node}}'");
  EXPECT_EQ(failure->found, "b");
}

TEST_F(Walks, GoOnWithAnotherValueWhereOneIsGiven) {
  add({step(0)});
  script_.journeys[0].steps[0].extractions = {extraction("node", "/id")};
  script_.journeys[0].steps[0].extractions[0].otherwise = "none";
  Walk walk(script_);
  walk.begin({}, random_);
  EXPECT_FALSE(walk.take({200, "", "{}"}, 5, random_));
  EXPECT_EQ(filled(walk, "{{node}}"), "none");
}

TEST_F(Walks, LeaveOutStepsWhoseConditionDoesNotHold) {
  script_.vocabulary.add_variable("role");
  add({step(0), step(1), step(2), step(3)});
  auto& steps = script_.journeys[0].steps;
  steps[0].extractions = {extraction("role", "/role")};
  steps[0].extractions[0].otherwise = "";
  steps[1].condition = condition("{{role}}", "== admin");
  steps[2].condition = condition("{{role}}", "exists");
  steps[3].condition = condition("{{role}}", "is missing");
  Walk walk(script_);
  const std::pair<const char*, std::vector<std::uint32_t>> cases[] = {
      {R"({"role": "admin"})", {0, 1, 2}}, {R"({"role": "guest"})", {0, 2}}, {"{}", {0, 3}}};
  for (const auto& [body, expected] : cases) {
    walk.begin({}, random_);
    EXPECT_EQ(requests(walk, {200, "", body}), expected) << body;
  }
}

TEST_F(Walks, MayHaveNothingToDo) {
  script_.vocabulary.add_variable("role");
  add({step(0)});
  script_.journeys[0].steps[0].condition = condition("{{role}}", "exists");
  Walk walk(script_);
  walk.begin({}, random_);
  EXPECT_EQ(walk.step(), nullptr);
}

TEST_F(Walks, TakeRowsAsTheirFileSays) {
  auto read = read_csv(*config::make_source("a.csv", "n\n0\n1\n2\n"));
  const auto table = std::make_shared<const Table>(std::move(*read.table));
  for (const auto& [name, order] :
       {std::pair{"s", RowOrder::kSequential}, {"r", RowOrder::kRandom}, {"u", RowOrder::kPerUser}}) {
    script_.vocabulary.add_file(name, table);
    script_.data.push_back({name, table, order});
  }
  add({step(0)});
  Walk walk(script_);
  std::string sequential, per_user;
  std::set<std::string> random;
  for (std::uint64_t turn = 0; turn < 60; ++turn) {
    walk.begin({.journey = 0, .turn = turn, .unique = 0, .user = 2}, random_);
    if (turn < 5) sequential += filled(walk, "{{s.n}}");
    if (turn < 5) per_user += filled(walk, "{{u.n}}");
    random.insert(filled(walk, "{{r.n}}"));
  }
  EXPECT_EQ(sequential, "01201");
  EXPECT_EQ(per_user, "11111");
  EXPECT_EQ(random.size(), 3U);
}

TEST_F(Walks, ArePickedByWeight) {
  add({step(0)}, 1);
  add({step(0)}, 3);
  EXPECT_EQ(script_.pick(0), 0U);
  EXPECT_EQ(script_.pick(0.249), 0U);
  EXPECT_EQ(script_.pick(0.251), 1U);
  EXPECT_EQ(script_.pick(0.999999), 1U);
}

TEST(Excerpt, IsOneLineWithoutSecrets) {
  Secrets secrets;
  secrets.add("hunter22", "${PASSWORD}");
  const Answer answer{403, "", "{\"a\": \"hunter22\",\n\x1b[31m \"b\": 1}"};
  EXPECT_EQ(excerpt({"x", std::nullopt}, answer, secrets),
            "nothing there; 403 {\"a\": \"${PASSWORD}\", ?[31m \"b\": 1}");
  EXPECT_EQ(excerpt({"x", "hunter22!"}, {200, "", ""}, secrets), "found '${PASSWORD}!'; 200");
  // One that a cut would halve.
  const std::string long_body = std::string(157, 'x') + "hunter22" + std::string(100, 'y');
  EXPECT_EQ(excerpt({"x", std::nullopt}, {200, "", long_body}, secrets).find("hunter"), std::string::npos);
  const std::string wide = std::string(159, 'x') + "\xC3\xA4" + "more";
  EXPECT_EQ(excerpt({"x", std::nullopt}, {200, "", wide}, secrets),
            "nothing there; 200 " + std::string(159, 'x') + "...");
}

TEST_F(Walks, AwaitTheMessageOfWhichEverythingHolds) {
  Step speaks = step(0);
  speaks.speech.emplace();
  speaks.speech->awaited = {expectation("/type == welcome"), expectation("/id == {{request.id}}")};
  add({speaks, step(1)});
  Walk walk(script_);
  walk.begin({}, random_);
  const auto awaits = [&](const char* message) { return walk.awaits({0, "", message}, 7, random_); };
  EXPECT_FALSE(awaits("no JSON"));
  EXPECT_FALSE(awaits(R"({"type": "tick", "id": 7})"));
  EXPECT_FALSE(awaits(R"({"type": "welcome", "id": 5})"));
  EXPECT_TRUE(awaits(R"({"type": "welcome", "id": 7})"));
  EXPECT_EQ(walk.step()->request, 0U);  // looking is not taking
}

TEST_F(Walks, CheckAgainstTheNumberOfTheRequest) {
  Step checks = step(0);
  checks.checks = {expectation("/id == {{request.id}}")};
  add({checks, step(1)});
  Walk walk(script_);
  walk.begin({}, random_);
  EXPECT_FALSE(walk.take({200, "", R"({"id": 5})"}, 5, random_));
  walk.begin({}, random_);
  EXPECT_TRUE(walk.take({200, "", R"({"id": 5})"}, 6, random_));
}

}  // namespace
}  // namespace loadstone::journey

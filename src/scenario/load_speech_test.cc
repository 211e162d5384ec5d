#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "scenario/load.h"

namespace loadstone::scenario {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using Waits = journey::Speech::Waits;

TEST(LoadSpeech, ReadsWhatIsSaidAndAwaited) {
  const Loaded loaded = load_suite("src/scenario/testdata/good/journeys.yaml", {});
  ASSERT_EQ(loaded.problems, "");
  const auto& http = std::get<HttpLoad>(loaded.suite->scenarios.at(3).kind);
  const auto& steps = http.script->journeys[0].steps;
  ASSERT_EQ(steps.size(), 7U);
  EXPECT_FALSE(steps[0].speech);
  const auto& greet = *steps[1].speech;
  EXPECT_TRUE(greet.says);
  EXPECT_EQ(greet.waits, Waits::kForOne);
  EXPECT_EQ(greet.awaited.size(), 2U);
  EXPECT_EQ(greet.awaited[1].text, "/to == {{user}}");
  EXPECT_EQ(greet.timeout, 2s);
  EXPECT_EQ(steps[1].extractions.size(), 1U);
  const Request& opening = http.requests[1];
  EXPECT_EQ(opening.target, "/ws/chat?token={{token}}");  // the same as that of the others
  EXPECT_EQ(opening.body, R"({"type":"hello","token":"{{token}}"})");
  EXPECT_THAT(opening.subprotocols, ElementsAre("chat.v2", "chat"));
  EXPECT_EQ(opening.headers.size(), 2U);
  const auto& say = *steps[2].speech;
  EXPECT_EQ(say.waits, Waits::kForAny);
  EXPECT_FALSE(say.timeout);
  EXPECT_EQ(steps[2].repeat, 3U);
  EXPECT_EQ(steps[2].checks.size(), 1U);
  EXPECT_THAT(http.requests[2].check.body_contains, ElementsAre("hello"));
  EXPECT_TRUE(http.requests[2].check.status.empty());  // what http says of answers is not of messages
  EXPECT_EQ(steps[3].speech->waits, Waits::kForNothing);
  EXPECT_TRUE(steps[3].speech->says);
  EXPECT_FALSE(steps[4].speech->says);
  EXPECT_EQ(steps[4].speech->waits, Waits::kForOne);
  EXPECT_TRUE(steps[5].speech->closes);
  EXPECT_EQ(steps[6].speech->waits, Waits::kForNothing);
  EXPECT_EQ(http.requests[6].check.status.size(), 1U);
  EXPECT_THAT(describe_load(http), HasSubstr("on a journey of 7 steps, 6 by WebSocket for 10 s"));
}

TEST(LoadSpeech, NamesAStepByItsPath) {
  const Loaded loaded = load_suite_text(
      "suite.yaml",
      "target: http://127.0.0.1:8000/v1\nscenarios: [{name: one, http: {steps: [{websocket: '/ws?a=b'}]}}]\n", {});
  ASSERT_EQ(loaded.problems, "");
  const auto& http = std::get<HttpLoad>(loaded.suite->scenarios.at(0).kind);
  EXPECT_EQ(http.requests[0].name, "websocket /ws");
  EXPECT_EQ(http.requests[0].target, "/v1/ws?a=b");
  EXPECT_TRUE(http.script->speaks());
  EXPECT_FALSE(http.script->requests());
  EXPECT_TRUE(http.script->may_begin_by_speaking());
}

}  // namespace
}  // namespace loadstone::scenario

#include "engine/spoken_step.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace loadstone::engine {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

class SpokenSteps : public ::testing::Test {
 protected:
  SpokenSteps() {
    script_.vocabulary.add_variable("word");
    endpoint_.url = {"http", "chat", 80, "/"};
    request_.target = "/ws/{{word}}";
  }
  [[nodiscard]] SpokenStep step() const { return {request_, script_, endpoint_}; }
  [[nodiscard]] journey::Values values() { return {words_, {}, {}, 7, 8, 9, &random_}; }
  std::string said(const std::string& text) {
    request_.body = text;
    return step().message(values());
  }

  journey::Script script_;
  scenario::Endpoint endpoint_;
  scenario::Request request_;
  std::vector<std::string> words_{"a \"b\"\r\n"};
  Random random_{1};
};

TEST_F(SpokenSteps, EscapeAValueForWhereItStands) {
  EXPECT_EQ(step().target(values()), "/ws/a%20%22b%22%0D%0A");
  EXPECT_EQ(said(" {\"w\": \"{{word}}\", \"n\": \"{{raw:request.id}}\"}"), " {\"w\": \"a \\\"b\\\"\\r\\n\", \"n\": 7}");
  EXPECT_EQ(said("[\"{{word}}\"]"), "[\"a \\\"b\\\"\\r\\n\"]");
  EXPECT_EQ(said("hello {{word}}"), "hello a \"b\"\r\n");
  EXPECT_EQ(said("{{word}}"), "a \"b\"\r\n");
  EXPECT_EQ(said(""), "");
}

TEST_F(SpokenSteps, OpenWithHeadersCookiesAndCredentials) {
  request_.headers = {{"X-Word", "<{{word}}>"}, {"Cookie", "own={{unique}}"}};
  request_.credentials = {"u{{user}}", "p"};
  request_.subprotocols = {"chat"};
  websocket::SessionPlan plan = step().opening(values(), "/there", "sid=1");
  EXPECT_THAT(plan.before_key, StartsWith("GET /there HTTP/1.1\r\nHost: chat\r\n"));
  EXPECT_THAT(plan.after_key, HasSubstr("\r\nX-Word: <a \"b\"  >\r\n"));
  EXPECT_THAT(plan.after_key, HasSubstr("\r\nCookie: own=8; sid=1\r\n"));
  EXPECT_THAT(plan.after_key, HasSubstr("\r\nSec-WebSocket-Protocol: chat\r\n"));
  EXPECT_THAT(plan.after_key, EndsWith("\r\nAuthorization: Basic dTk6cA==\r\n\r\n"));
  request_.headers.clear();
  request_.credentials.reset();
  plan = step().opening(values(), "/there", "sid=1");
  EXPECT_THAT(plan.after_key, HasSubstr("\r\nCookie: sid=1\r\n"));
  EXPECT_THAT(step().opening(values(), "/there", "").after_key, Not(HasSubstr("Cookie")));
}

}  // namespace
}  // namespace loadstone::engine

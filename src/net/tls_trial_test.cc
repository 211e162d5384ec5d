#include "net/tls_trial.h"

#include <gtest/gtest.h>

#include "net/tls_thread_for_test.h"

namespace loadstone::net {
namespace {

class TlsTrialTest : public ::testing::Test {
 protected:
  void trust(const Identity& identity) {
    options_.host = "localhost";
    options_.ca = pem_.write("ca.pem", identity.cert.get());
  }

  PemFolder pem_;
  TlsOptions options_;
};

TEST_F(TlsTrialTest, ShakesHandsAndCloses) {
  ServerThread server(1, TLS1_3_VERSION, answer_questions);
  trust(server.identity());
  const auto tried = try_handshake(server.address(), options_, 5s);
  EXPECT_TRUE(tried.has_value()) << tried.error().message;
}

TEST_F(TlsTrialTest, SaysThatTryingAgainIsInVain) {
  ServerThread server(1, TLS1_3_VERSION, answer_questions);
  trust(server.identity());
  options_.host = "elsewhere";
  const auto tried = try_handshake(server.address(), options_, 5s);
  ASSERT_FALSE(tried.has_value());
  EXPECT_EQ(tried.error().code, ErrorCode::kInvalid);
  EXPECT_EQ(tried.error().message,
            server.address().text() + ": the certificate is not for elsewhere, but for localhost");
}

TEST_F(TlsTrialTest, GivesUpAHandshakeThatIsNotAnswered) {
  Listener silent;
  options_.host = "localhost";
  const auto tried = try_handshake(silent.address(), options_, 20ms);
  ASSERT_FALSE(tried.has_value());
  EXPECT_EQ(tried.error().code, ErrorCode::kUnavailable);
  EXPECT_EQ(tried.error().message, silent.address().text() + ": timed out in the TLS handshake after 20 ms");
}

TEST_F(TlsTrialTest, SaysThatNobodyListens) {
  Listener listener;
  const Address nobody = listener.address();
  listener.close();
  options_.host = "localhost";
  const auto tried = try_handshake(nobody, options_, 5s);
  ASSERT_FALSE(tried.has_value());
  EXPECT_EQ(tried.error().code, ErrorCode::kUnavailable);
  EXPECT_EQ(tried.error().message, nobody.text() + ": Connection refused");
}

TEST_F(TlsTrialTest, ReturnsTheFirstLineOfTheAnswer) {
  ServerThread server(1, TLS1_2_VERSION, [](std::string& heard) {
    if (heard != "GET /\n") return std::string();
    heard.clear();
    return std::string("HTTP/1.1 204 Nothing\r\nX: y\r\n");
  });
  trust(server.identity());
  const auto line = try_request(server.address(), options_, "GET /\n", 5s);
  ASSERT_TRUE(line.has_value()) << line.error().message;
  EXPECT_EQ(*line, "HTTP/1.1 204 Nothing");
}

TEST_F(TlsTrialTest, WaitsForTheAnswerNoLongerThanAsked) {
  ServerThread server(1, TLS1_3_VERSION, [](std::string&) { return std::string(); });
  trust(server.identity());
  const auto line = try_request(server.address(), options_, "GET /\n", 50ms);
  ASSERT_FALSE(line.has_value());
  EXPECT_EQ(line.error().message, server.address().text() + ": no answer in time");
}

}  // namespace
}  // namespace loadstone::net

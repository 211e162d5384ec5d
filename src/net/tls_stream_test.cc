#include "net/tls_stream.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "net/tls_world_for_test.h"

namespace loadstone::net {
namespace {

// Both ends, and the bytes between them, passed on by hand.
class TlsStreamTest : public ::testing::Test {
 protected:
  // What the server has said goes in, what the client says goes out.
  TlsStream::Step shake() {
    const std::string said = server_.out();
    std::string_view incoming = said;
    std::string outgoing;
    const auto step = client_.shake_hands(incoming, outgoing);
    left_ = incoming;
    server_.take(outgoing);
    return step;
  }
  void shake_to_the_end() {
    EXPECT_EQ(shake(), TlsStream::Step::kWaits);
    EXPECT_EQ(shake(), TlsStream::Step::kDone);
    const std::string tickets = server_.out();
    std::string_view incoming = tickets;
    std::string outgoing;
    char to[4];
    std::size_t got = 0;
    EXPECT_NE(tickets, "");
    EXPECT_EQ(client_.read(incoming, outgoing, to, sizeof to, got), TlsStream::Step::kWaits);
    EXPECT_EQ(incoming, "");
  }

  std::unique_ptr<TlsTerms> terms_ = std::move(*TlsTerms::make(trusting()));
  ServerContext context_ = make_server(good());
  ServerStream server_{context_.get()};
  TlsStream client_{*terms_};
  std::string left_;
};

TEST_F(TlsStreamTest, TakesAllOfTheWireAndLeavesNothing) {
  shake_to_the_end();
  EXPECT_EQ(left_, "");
  EXPECT_FALSE(client_.is_resumed());
  EXPECT_EQ(client_.protocol(), "");
  std::string outgoing;
  EXPECT_EQ(client_.write("question", outgoing), TlsStream::Step::kDone);
  EXPECT_EQ(server_.take(outgoing), "question");
}

TEST_F(TlsStreamTest, GivesARecordInPartsWithoutMoreFromTheWire) {
  shake_to_the_end();
  server_.say("answer");
  const std::string record = server_.out();
  std::string outgoing;
  char to[4];
  std::size_t got = 0;
  std::string_view half = std::string_view(record).substr(0, 10);
  EXPECT_EQ(client_.read(half, outgoing, to, sizeof to, got), TlsStream::Step::kWaits);
  EXPECT_EQ(half, "");
  EXPECT_EQ(client_.read(half, outgoing, to, sizeof to, got), TlsStream::Step::kWaits);  // and again
  std::string_view rest = std::string_view(record).substr(10);
  EXPECT_EQ(client_.read(rest, outgoing, to, sizeof to, got), TlsStream::Step::kDone);
  EXPECT_EQ(std::string_view(to, got), "answ");
  EXPECT_TRUE(client_.has_more());
  EXPECT_EQ(client_.read(rest, outgoing, to, sizeof to, got), TlsStream::Step::kDone);
  EXPECT_EQ(std::string_view(to, got), "er");
  EXPECT_FALSE(client_.has_more());
  EXPECT_EQ(outgoing, "");
}

TEST_F(TlsStreamTest, GoodbyesGoBothWays) {
  shake_to_the_end();
  server_.say_goodbye();
  const std::string said = server_.out();
  std::string_view incoming = said;
  std::string outgoing;
  char to[4];
  std::size_t got = 0;
  EXPECT_EQ(client_.read(incoming, outgoing, to, sizeof to, got), TlsStream::Step::kClosed);
  client_.say_goodbye(outgoing);
  server_.take(outgoing);
  EXPECT_TRUE(server_.was_told_goodbye());
}

}  // namespace
}  // namespace loadstone::net

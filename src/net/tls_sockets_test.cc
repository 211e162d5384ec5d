// TLS over real sockets, with both reactors, against a server on a thread of its own.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "net/peer_for_test.h"
#include "net/reactor_for_test.h"
#include "net/tls_reactor.h"
#include "net/tls_thread_for_test.h"

namespace loadstone::net {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class TlsSocketsTest : public ReactorTest {
 protected:
  void trust(const Identity& identity) {
    if (IsSkipped()) return;
    options_.host = "localhost";
    options_.ca = pem_.write("ca.pem", identity.cert.get());
    auto made = TlsTerms::make(options_);
    ASSERT_TRUE(made.has_value()) << made.error().message;
    terms_ = std::move(*made);
    plain_ = std::move(reactor_);
    reactor_ = std::make_unique<TlsReactor>(*plain_, *terms_, clock_);
  }
  void TearDown() override { reactor_.reset(); }

  SteadyClock clock_;
  PemFolder pem_;
  TlsOptions options_;
  std::unique_ptr<TlsTerms> terms_;
  std::unique_ptr<Reactor> plain_;
};
INSTANTIATE_TEST_SUITE_P(Net, TlsSocketsTest, ::testing::Values(ReactorKind::kUring, ReactorKind::kEpoll), kind_of);

TEST_P(TlsSocketsTest, AsksAndIsAnsweredOverManyConnections) {
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    ServerThread server(5, version, answer_questions);
    make(kMaxSockets);
    trust(server.identity());
    int resumed = 0;
    for (int i = 0; i < 5; ++i) {
      const SocketId s = connected(server.address());
      resumed += reactor_->handshake(s)->is_resumed ? 1 : 0;
      for (int question = 0; question < 20; ++question) {
        logs_[s].received.clear();
        reactor_->send(s, "question");
        ASSERT_TRUE(turn_until([&] { return logs_[s].received == "answer"; }));
      }
      EXPECT_THAT(logs_[s].sent, IsEmpty());
      reactor_->close(s, Reactor::How::kGraceful);
      turn_idly();
    }
    EXPECT_EQ(resumed, 4);
  }
}

TEST_P(TlsSocketsTest, CarriesEightMegabytesEachWay) {
  const std::string there = pattern(8 << 20, 1), back = pattern(8 << 20, 2);
  bool was_heard = false;
  {
    ServerThread server(1, TLS1_3_VERSION, [&](std::string& heard) {
      if (heard.size() < there.size()) return std::string();
      was_heard = heard == there;
      heard.clear();
      return back;
    });
    trust(server.identity());
    const SocketId s = connected(server.address());
    reactor_->send(s, there);
    EXPECT_TRUE(turn_until([&] { return logs_[s].received.size() >= back.size(); }));
    EXPECT_TRUE(logs_[s].received == back);
    EXPECT_THAT(logs_[s].sent, ElementsAre(8 << 20));
    reactor_->close(s, Reactor::How::kGraceful);
  }
  EXPECT_TRUE(was_heard);
}

}  // namespace
}  // namespace loadstone::net

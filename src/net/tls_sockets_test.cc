// TLS over real sockets, with both reactors, against a server on a thread of its own.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "net/peer_for_test.h"
#include "net/reactor_for_test.h"
#include "net/tls_peer_for_test.h"
#include "net/tls_reactor.h"

namespace loadstone::net {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// Serves one connection after the other, each until it ends: answers what `answer` makes of what it has heard in all.
class ServerThread {
 public:
  ServerThread(int connections, int version, std::function<std::string(std::string&)> answer)
      : identity_(issue({.names = "DNS:localhost"})),
        context_(make_server(identity_, version)),
        thread_([this, connections, answer = std::move(answer)] {
          for (int i = 0; i < connections; ++i) serve(answer);
        }) {}
  ~ServerThread() { thread_.join(); }

  [[nodiscard]] const Address& address() const { return listener_.address(); }
  [[nodiscard]] const Identity& identity() const { return identity_; }

 private:
  void serve(const std::function<std::string(std::string&)>& answer) {
    PeerSocket socket = listener_.accept();
    ServerStream stream(context_.get());
    std::string heard;
    while (socket.wait_readable()) {
      const std::string bytes = socket.receive_some();
      if (bytes.empty()) return;
      heard += stream.take(bytes);
      if (const std::string said = heard.empty() ? "" : answer(heard); !said.empty()) stream.say(said);
      std::string out = stream.out();
      for (std::size_t at = 0; at < out.size();) {
        const std::size_t n = socket.send_some(std::string_view(out).substr(at));
        if (n == 0) std::this_thread::sleep_for(1ms);
        at += n;
      }
    }
  }

  Identity identity_;
  ServerContext context_;
  Listener listener_;
  std::thread thread_;
};

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

// "question" at the front of what was heard is taken away and answered.
std::string answer_questions(std::string& heard) {
  std::string said;
  while (heard.starts_with("question")) {
    heard.erase(0, 8);
    said += "answer";
  }
  return said;
}

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

TEST_P(TlsSocketsTest, TriesAHandshakeBeforehand) {
  ServerThread server(2, TLS1_3_VERSION, answer_questions);
  trust(server.identity());
  EXPECT_TRUE(try_handshake(server.address(), options_, 5s).has_value());
  options_.host = "elsewhere";
  const auto tried = try_handshake(server.address(), options_, 5s);
  ASSERT_FALSE(tried.has_value());
  EXPECT_EQ(tried.error().code, ErrorCode::kInvalid);
  EXPECT_EQ(tried.error().message,
            server.address().text() + ": the certificate is not for elsewhere, but for localhost");
}

TEST_P(TlsSocketsTest, GivesUpAHandshakeThatIsNotAnswered) {
  Listener silent;
  options_.host = "localhost";
  const auto tried = try_handshake(silent.address(), options_, 20ms);
  ASSERT_FALSE(tried.has_value());
  EXPECT_EQ(tried.error().code, ErrorCode::kUnavailable);
  EXPECT_EQ(tried.error().message, silent.address().text() + ": timed out in the TLS handshake after 20 ms");
}

}  // namespace
}  // namespace loadstone::net

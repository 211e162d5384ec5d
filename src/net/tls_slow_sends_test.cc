// Over a kernel that takes its time with sends: one at a time goes to it, and what ends is told once.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "net/tls_reactor.h"
#include "net/tls_world_for_test.h"

namespace loadstone::net {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// Keeps the completions of sends back while it `holds`.
class SlowReactor final : public Reactor {
 public:
  explicit SlowReactor(SimReactor& network) : network_(network) {}

  tl::expected<SocketId, int> connect(const Address& to, const Address* from) override {
    return network_.connect(to, from);
  }
  void send(SocketId socket, std::string_view bytes, Tell tell) override {
    EXPECT_FALSE(sending_.contains(socket)) << "a send while another one is under way";
    told.push_back(tell);
    if (tell != Tell::kFailure || bytes.size() > kLargeSend) sending_.insert(socket);
    network_.send(socket, bytes, tell);
  }
  void set_receiving(SocketId socket, bool receives) override { network_.set_receiving(socket, receives); }
  void delay_acknowledgements(SocketId) override {}
  void close(SocketId socket, How how) override { network_.close(socket, how); }
  void flush() override { network_.flush(); }
  std::span<const Completion> wait(Instant deadline) override {
    completions_.clear();
    if (!holds) std::swap(completions_, held_);
    for (const Completion& c : network_.wait(deadline))
      (holds && c.kind == Completion::Kind::kSent ? held_ : completions_).push_back(c);
    for (const Completion& c : completions_)
      if (c.kind == Completion::Kind::kSent) sending_.erase(c.socket);
    return completions_;
  }
  std::string_view name() const override { return "slow"; }

  bool holds = false;
  std::vector<Tell> told;  // of each send

 private:
  SimReactor& network_;
  std::set<SocketId> sending_;
  std::vector<Completion> held_, completions_;
};

class TlsSlowSendsTest : public TlsReactorTest {
 protected:
  void SetUp() override {
    world_ = std::make_unique<World>(*peer_, trusting());
    slow_ = std::make_unique<SlowReactor>(world_->network);
    world_->reactor = std::make_unique<TlsReactor>(*slow_, *world_->terms, world_->clock);
  }

  std::unique_ptr<TlsServer> peer_ = make_peer();
  std::unique_ptr<World> world_;
  std::unique_ptr<SlowReactor> slow_;
};
INSTANTIATE_TEST_SUITE_P(Net, TlsSlowSendsTest, ::testing::ValuesIn(kWays), name_of);

// TLS 1.2 has nothing to say by itself.
class Tls13SlowSendsTest : public TlsSlowSendsTest {};
INSTANTIATE_TEST_SUITE_P(Net, Tls13SlowSendsTest, ::testing::ValuesIn(kWaysOf13), name_of);

TEST_P(TlsSlowSendsTest, WaitsForTheEndOfTheHandshakeToHaveGone) {
  slow_->holds = true;
  const SocketId s = world_->connect();
  world_->turns(2000);
  EXPECT_THAT(world_->logs[s].connected, ElementsAre(0));
  world_->reactor->send(s, "question", Reactor::Tell::kAlways);
  world_->turns(10);
  EXPECT_EQ(peer_->heard(s), is_1_3() ? "" : "question");
  EXPECT_THAT(world_->logs[s].sent, IsEmpty());
  slow_->holds = false;
  world_->turns(10);
  EXPECT_EQ(peer_->heard(s), "question");
  EXPECT_THAT(world_->logs[s].sent, ElementsAre(8));
}

TEST_P(Tls13SlowSendsTest, TellsOnceWhateverTlsHasToSayMeanwhile) {
  const SocketId s = world_->connect();
  world_->turns(2000);
  slow_->holds = true;
  world_->reactor->send(s, "question", Reactor::Tell::kAlways);
  world_->turns(10);
  SSL_key_update(peer_->stream(s).raw(), SSL_KEY_UPDATE_REQUESTED);
  peer_->stream(s).say("answer");
  peer_->send_out(world_->network, s);
  world_->turns(400);
  EXPECT_EQ(world_->logs[s].received, "answer");
  EXPECT_THAT(world_->logs[s].sent, IsEmpty());
  slow_->holds = false;
  world_->turns(10);
  EXPECT_THAT(world_->logs[s].sent, ElementsAre(8));
  EXPECT_EQ(world_->reactor->buffers_in_use(), 0U);
}

TEST_P(TlsSlowSendsTest, PassesOnHowASendIsTold) {
  using Tell = Reactor::Tell;
  const SocketId s = world_->connect();
  world_->turns(2000);
  for (const Tell tell : {Tell::kAlways, Tell::kWithNext, Tell::kFailure, Tell::kWithNext}) {
    slow_->told.clear();
    world_->logs[s].sent.clear();
    world_->reactor->send(s, "question", tell);
    world_->turns(10);
    EXPECT_THAT(slow_->told, ElementsAre(tell));
    EXPECT_EQ(world_->logs[s].sent.size(), tell == Tell::kFailure ? 0U : 1U);
  }
  // Large ones are told of, and the small one after them as it was asked.
  const std::string large = pattern(TlsReactor::kSlice + 5);
  world_->reactor->send(s, large, Tell::kWithNext);
  world_->turns(20);
  slow_->told.clear();
  world_->reactor->send(s, "question", Tell::kWithNext);
  world_->turns(10);
  EXPECT_THAT(slow_->told, ElementsAre(Tell::kWithNext));
}

TEST_P(TlsSlowSendsTest, EncryptsALargeSendSliceBySlice) {
  const SocketId s = world_->connect();
  world_->turns(2000);
  slow_->holds = true;
  const std::string much = pattern(3 * TlsReactor::kSlice + 5);
  world_->reactor->send(s, much);
  world_->turns(10);
  EXPECT_EQ(peer_->heard(s).size(), TlsReactor::kSlice);
  slow_->holds = false;
  world_->turns(20);
  EXPECT_TRUE(peer_->heard(s) == much);
  EXPECT_THAT(world_->logs[s].sent, ElementsAre(static_cast<int>(much.size())));
}

}  // namespace
}  // namespace loadstone::net

// Sends that tell, and receiving that stops and goes on: what clients that stay connected need beyond question and
// answer.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "net/peer_for_test.h"
#include "net/reactor_for_test.h"

namespace loadstone::net {
namespace {

class ReceivingTest : public ReactorTest {};
INSTANTIATE_TEST_SUITE_P(Net, ReceivingTest, ::testing::Values(ReactorKind::kUring, ReactorKind::kEpoll), kind_of);

TEST_P(ReceivingTest, TellsOfASmallSendWhenAsked) {
  Listener listener;
  const SocketId s = connected(listener.address());
  PeerSocket peer = listener.accept();
  reactor_->send(s, "question", Reactor::Tell::kAlways);
  EXPECT_TRUE(turn_until([&] { return !logs_[s].sent.empty(); }));
  EXPECT_THAT(logs_[s].sent, ::testing::ElementsAre(8));
  EXPECT_EQ(peer.receive(8), "question");
}

TEST_P(ReceivingTest, TellsOfASendWithWhatComesNext) {
  Listener listener;
  const SocketId s = connected(listener.address());
  PeerSocket peer = listener.accept();
  reactor_->send(s, "question", Reactor::Tell::kWithNext);
  const Instant deadline = SteadyClock::read() + 50ms;
  turn(50ms);
  // That it went at once is worth no turn of its own; epoll has one all the same.
  if (GetParam() == ReactorKind::kUring) {
    EXPECT_GE(SteadyClock::read(), deadline);
  }
  EXPECT_THAT(logs_[s].sent, ::testing::ElementsAre(8));
  EXPECT_EQ(peer.receive(8), "question");
  peer.send("answer");
  reactor_->send(s, "another", Reactor::Tell::kWithNext);
  EXPECT_TRUE(turn_until([&] { return logs_[s].received == "answer"; }));
  EXPECT_TRUE(turn_until([&] { return logs_[s].sent.size() == 2; }));
}

TEST_P(ReceivingTest, TellsOfASendThatCouldNotGoAtOnceAsSoonAsItHas) {
  Listener listener;
  const SocketId s = connected(listener.address());
  PeerSocket peer = listener.accept();
  const std::string large = pattern(16'000'000);
  reactor_->send(s, large, Reactor::Tell::kWithNext);
  std::string got;
  std::thread reader([&] {
    std::this_thread::sleep_for(20ms);
    got = peer.receive(large.size());
  });
  const Instant deadline = SteadyClock::read() + kPatience;
  while (logs_[s].sent.empty() && SteadyClock::read() < deadline) turn(kPatience);
  EXPECT_LT(SteadyClock::read(), deadline) << "it was waited for something else to happen";
  reader.join();
  EXPECT_THAT(logs_[s].sent, ::testing::ElementsAre(16'000'000));
  EXPECT_TRUE(got == large);
}

TEST_P(ReceivingTest, ReceivesNothingWhileItIsNotToAndEverythingAfterwards) {
  Listener listener;
  const SocketId s = connected(listener.address());
  PeerSocket peer = listener.accept();
  peer.send("before ");
  EXPECT_TRUE(turn_until([&] { return logs_[s].received == "before "; }));
  reactor_->set_receiving(s, false);
  turn_idly();
  peer.send("meanwhile ");
  turn_idly();
  EXPECT_EQ(logs_[s].received, "before ");
  reactor_->set_receiving(s, true);
  EXPECT_TRUE(turn_until([&] { return logs_[s].received == "before meanwhile "; }));
  // Off and on within one turn, before the kernel has heard of it.
  reactor_->set_receiving(s, false);
  reactor_->set_receiving(s, true);
  peer.send("after");
  EXPECT_TRUE(turn_until([&] { return logs_[s].received == "before meanwhile after"; }));
  reactor_->delay_acknowledgements(s);
  reactor_->close(s, Reactor::How::kGraceful);
}

}  // namespace
}  // namespace loadstone::net

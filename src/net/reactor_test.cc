// One contract, two reactors over real sockets: each test runs with io_uring and with epoll. (The simulated one has its
// own test, for it needs no peer.)
#include "net/reactor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <filesystem>
#include <functional>
#include <map>
#include <set>

#include "net/peer_for_test.h"
#include "net/reactor_for_test.h"

namespace loadstone::net {
namespace {

INSTANTIATE_TEST_SUITE_P(Net, ReactorTest, ::testing::Values(ReactorKind::kUring, ReactorKind::kEpoll), kind_of);

TEST_P(ReactorTest, ConnectsSendsAndReceives) {
  Listener listener;
  const SocketId s = connected(listener.address());
  PeerSocket peer = listener.accept();
  reactor_->send(s, "question");
  turn_idly();
  EXPECT_EQ(peer.receive(8), "question");
  peer.send("answer");
  EXPECT_TRUE(turn_until([&] { return logs_[s].received == "answer"; }));
  turn_idly();
  EXPECT_THAT(logs_[s].connected, ::testing::ElementsAre(0));  // once
  EXPECT_THAT(logs_[s].sent, ::testing::IsEmpty());            // a small send that succeeds says nothing
  EXPECT_THAT(logs_[s].ended, ::testing::IsEmpty());
}

TEST_P(ReactorTest, FlushSendsWithoutWaiting) {
  Listener listener;
  const SocketId s = connected(listener.address());
  PeerSocket peer = listener.accept();
  reactor_->send(s, "now");
  reactor_->flush();
  EXPECT_EQ(peer.receive(3), "now");
}

TEST_P(ReactorTest, ManySendsOneAfterTheOther) {
  Listener listener;
  const SocketId s = connected(listener.address());
  PeerSocket peer = listener.accept();
  for (int i = 0; i < 200; ++i) {
    const std::string question = std::to_string(i) + "?";
    const std::string answer = std::to_string(i) + "!";
    logs_[s].received.clear();
    reactor_->send(s, question);
    reactor_->flush();
    ASSERT_EQ(peer.receive(question.size()), question);
    peer.send(answer);
    ASSERT_TRUE(turn_until([&] { return logs_[s].received.size() >= answer.size(); }));
    ASSERT_EQ(logs_[s].received, answer);
  }
}

TEST_P(ReactorTest, ReportsARefusedConnection) {
  Listener listener;
  const Address nobody = listener.address();
  listener.close();
  const SocketId s = connect(nobody);
  EXPECT_TRUE(turn_until([&] { return !logs_[s].connected.empty(); }));
  turn_idly();
  EXPECT_THAT(logs_[s].connected, ::testing::ElementsAre(-ECONNREFUSED));
  EXPECT_THAT(logs_[s].ended, ::testing::IsEmpty());
  reactor_->close(s, Reactor::How::kGraceful);
}

TEST_P(ReactorTest, ReportsAMissingUnixSocket) {
  const Address nobody = *unix_address(::testing::TempDir() + "loadstone-nobody.sock");
  const SocketId s = connect(nobody);
  EXPECT_TRUE(turn_until([&] { return !logs_[s].connected.empty(); }));
  EXPECT_THAT(logs_[s].connected, ::testing::ElementsAre(-ENOENT));
  reactor_->close(s, Reactor::How::kGraceful);
}

TEST_P(ReactorTest, SaysAtOnceThatALocalAddressIsNotOurs) {
  Listener listener;
  const Address elsewhere = *parse_address("192.0.2.1", 0);  // kept for documentation by RFC 5737
  const std::size_t before = open_descriptors();
  const auto socket = reactor_->connect(listener.address(), &elsewhere);
  ASSERT_FALSE(socket.has_value());
  EXPECT_EQ(socket.error(), -EADDRNOTAVAIL);
  EXPECT_EQ(open_descriptors(), before);
}

TEST_P(ReactorTest, ConnectsFromTheGivenLocalAddress) {
  Listener listener;
  for (const char* text : {"127.0.0.2", "127.0.0.3"}) {
    const Address from = *parse_address(text, 0);
    connected(listener.address(), &from);
    EXPECT_EQ(listener.accept().other(), text);
  }
}

TEST_P(ReactorTest, HoldsNoMoreSocketsThanItWasMadeFor) {
  make(4);
  if (IsSkipped()) return;
  Listener listener;
  std::vector<SocketId> sockets;
  for (int i = 0; i < 4; ++i) sockets.push_back(connected(listener.address()));
  const auto fifth = reactor_->connect(listener.address(), nullptr);
  ASSERT_FALSE(fifth.has_value());
  EXPECT_EQ(fifth.error(), -EMFILE);
  reactor_->close(sockets[2], Reactor::How::kGraceful);
  EXPECT_FALSE(reactor_->connect(listener.address(), nullptr).has_value());  // not before the next wait
  turn();
  EXPECT_EQ(connected(listener.address()), sockets[2]);
}

TEST_P(ReactorTest, ReceivesBytesThatComeOneByOne) {
  Listener listener;
  const SocketId s = connected(listener.address());
  PeerSocket peer = listener.accept();
  const std::string bytes = pattern(300);
  for (const char c : bytes) {
    peer.send({&c, 1});
    turn(1ms);
  }
  EXPECT_TRUE(turn_until([&] { return logs_[s].received.size() == bytes.size(); }));
  EXPECT_EQ(logs_[s].received, bytes);
}

TEST_P(ReactorTest, ReceivesALargeAnswerAndThenItsEnd) {
  Listener listener;
  const SocketId s = connected(listener.address());
  PeerSocket peer = listener.accept();
  const std::string bytes = pattern(2 * 1024 * 1024);
  std::size_t gone = 0;
  EXPECT_TRUE(turn_until([&] {
    gone += peer.send_some(std::string_view(bytes).substr(gone));
    if (gone == bytes.size()) peer.close();
    return !logs_[s].ended.empty();
  }));
  EXPECT_TRUE(logs_[s].received == bytes) << logs_[s].received.size();
  EXPECT_THAT(logs_[s].ended, ::testing::ElementsAre(0));
}

TEST_P(ReactorTest, SaysWhenALargeSendHasGone) {
  Listener listener;
  const SocketId s = connected(listener.address());
  PeerSocket peer = listener.accept();
  const std::string bytes = pattern(1024 * 1024, 1);
  reactor_->send(s, bytes);
  for (int i = 0; i < 20; ++i) turn(1ms);
  // Far more than the kernel takes while nobody reads, else this would show nothing. (Loopback buffers hold up to 6 MB
  // by default, but begin with much less.)
  std::string got;
  EXPECT_TRUE(turn_until([&] {
    got += peer.receive_some();
    return got.size() == bytes.size() && !logs_[s].sent.empty();
  }));
  EXPECT_TRUE(got == bytes);
  EXPECT_THAT(logs_[s].sent, ::testing::ElementsAre(1024 * 1024));
}

TEST_P(ReactorTest, SpeaksBothWaysAtOnce) {
  Listener listener;
  const SocketId s = connected(listener.address());
  PeerSocket peer = listener.accept();
  const std::string there = pattern(1024 * 1024, 2);
  const std::string back = pattern(1024 * 1024, 3);
  reactor_->send(s, there);
  std::string got;
  std::size_t gone = 0;
  EXPECT_TRUE(turn_until([&] {
    got += peer.receive_some();
    if (gone < back.size()) gone += peer.send_some(std::string_view(back).substr(gone));
    return got.size() == there.size() && logs_[s].received.size() == back.size() && !logs_[s].sent.empty();
  }));
  EXPECT_TRUE(got == there);
  EXPECT_TRUE(logs_[s].received == back);
}

TEST_P(ReactorTest, TellsTheLastBytesBeforeTheEnd) {
  Listener listener;
  const SocketId s = connected(listener.address());
  PeerSocket peer = listener.accept();
  peer.send("last words");
  peer.close();
  EXPECT_TRUE(turn_until([&] { return !logs_[s].ended.empty(); }));
  turn_idly();
  EXPECT_EQ(logs_[s].received, "last words");
  EXPECT_THAT(logs_[s].ended, ::testing::ElementsAre(0));
}

TEST_P(ReactorTest, AHalfClosedConnectionStillSends) {
  Listener listener;
  const SocketId s = connected(listener.address());
  PeerSocket peer = listener.accept();
  peer.shut_writing();
  EXPECT_TRUE(turn_until([&] { return !logs_[s].ended.empty(); }));
  reactor_->send(s, "still here");
  reactor_->flush();
  EXPECT_EQ(peer.receive(10), "still here");
  turn_idly();
  EXPECT_THAT(logs_[s].ended, ::testing::ElementsAre(0));
}

TEST_P(ReactorTest, ReportsAReset) {
  Listener listener;
  const SocketId s = connected(listener.address());
  listener.accept().reset();
  EXPECT_TRUE(turn_until([&] { return !logs_[s].ended.empty(); }));
  turn_idly();
  EXPECT_THAT(logs_[s].ended, ::testing::ElementsAre(-ECONNRESET));
}

TEST_P(ReactorTest, ReportsASendThatFails) {
  Listener listener;
  const SocketId s = connected(listener.address());
  listener.accept().reset();
  EXPECT_TRUE(turn_until([&] { return !logs_[s].ended.empty(); }));
  reactor_->send(s, "to nobody");
  EXPECT_TRUE(turn_until([&] { return !logs_[s].sent.empty(); }));
  EXPECT_THAT(logs_[s].sent, ::testing::ElementsAre(-EPIPE));
}

TEST_P(ReactorTest, ClosesAsItIsTold) {
  Listener listener;
  const SocketId graceful = connected(listener.address());
  PeerSocket first = listener.accept();
  const SocketId hard = connected(listener.address());
  PeerSocket second = listener.accept();
  reactor_->close(graceful, Reactor::How::kGraceful);
  reactor_->close(hard, Reactor::How::kReset);
  first.receive(1);
  EXPECT_TRUE(first.ended());
  second.receive(1);
  EXPECT_FALSE(second.ended());
  EXPECT_EQ(second.last_error(), ECONNRESET);
}

// What was under way when a socket was closed must not show on the next one with its number.
TEST_P(ReactorTest, NothingOfAClosedSocketReachesTheNextOfItsNumber) {
  Listener listener;
  Listener slow;
  const std::string large = pattern(4 * 1024 * 1024, 4);
  for (int round = 0; round < 60; ++round) {
    SCOPED_TRACE(round);
    const auto how = round % 2 == 0 ? Reactor::How::kGraceful : Reactor::How::kReset;
    SocketId old = kNoSocket;
    PeerSocket peer{Descriptor()};
    switch (round % 5) {
      case 0:  // bytes have come and were not read
        old = connected(slow.address());
        peer = slow.accept();
        peer.send("stale");
        break;
      case 1:  // the peer has closed
        old = connected(slow.address());
        peer = slow.accept();
        peer.send("stale");
        peer.close();
        break;
      case 2:  // a send waits for room
        old = connected(slow.address());
        peer = slow.accept();
        reactor_->send(old, large);
        turn(1ms);
        break;
      case 3:  // a send is queued and not yet handed over
        old = connected(slow.address());
        peer = slow.accept();
        reactor_->send(old, "stale");
        break;
      case 4:  // the connection is not yet there
        old = connect(slow.address());
        break;
    }
    reactor_->close(old, how);
    logs_.clear();
    turn(0ms);
    EXPECT_FALSE(logs_.contains(old));
    const SocketId s = connect(listener.address());
    EXPECT_EQ(s, old) << "the number was meant to be used again";
    EXPECT_TRUE(turn_until([&] { return !logs_[s].connected.empty(); }));
    PeerSocket next = listener.accept();
    if (round % 5 == 4) peer = slow.accept();
    next.send("fresh");
    EXPECT_TRUE(turn_until([&] { return logs_[s].received.size() >= 5; }));
    turn(1ms);
    EXPECT_THAT(logs_[s].connected, ::testing::ElementsAre(0));
    EXPECT_EQ(logs_[s].received, "fresh");
    EXPECT_THAT(logs_[s].ended, ::testing::IsEmpty());
    EXPECT_THAT(logs_[s].sent, ::testing::IsEmpty());
    reactor_->close(s, how);
    turn(0ms);
  }
}

TEST_P(ReactorTest, NothingIsCompletedForASocketThatWasClosedAfterItFailedAtOnce) {
  // A missing unix socket fails within connect(), and a dead connection within flush().
  const Address nobody = *unix_address(::testing::TempDir() + "loadstone-nobody.sock");
  const SocketId first = connect(nobody);
  reactor_->close(first, Reactor::How::kGraceful);
  logs_.clear();
  turn_idly();
  EXPECT_THAT(logs_, ::testing::IsEmpty());

  Listener listener;
  const SocketId second = connected(listener.address());
  listener.accept().reset();
  EXPECT_TRUE(turn_until([&] { return !logs_[second].ended.empty(); }));
  reactor_->send(second, "to nobody");
  reactor_->flush();
  reactor_->close(second, Reactor::How::kGraceful);
  logs_.clear();
  turn_idly();
  EXPECT_THAT(logs_, ::testing::IsEmpty());
}

TEST_P(ReactorTest, ServesHundredsOfSocketsWithMoreThanItsBuffersHold) {
  constexpr std::size_t kSockets = 300;
  constexpr std::size_t kEach = 96 * 1024;
  Listener listener;
  std::vector<SocketId> sockets;
  for (std::size_t i = 0; i < kSockets; ++i) sockets.push_back(connect(listener.address()));
  EXPECT_TRUE(turn_until([&] {
    return std::all_of(sockets.begin(), sockets.end(), [&](SocketId s) { return !logs_[s].connected.empty(); });
  }));
  // Each says who it is, so that what comes back can be told apart.
  std::deque<std::string> names;
  for (const SocketId s : sockets) {
    names.push_back(std::to_string(1000 + s));
    reactor_->send(s, names.back());
  }
  reactor_->flush();
  std::vector<PeerSocket> peers;
  std::vector<std::string> answers;
  for (std::size_t i = 0; i < kSockets; ++i) {
    peers.push_back(listener.accept());
    const std::string name = peers.back().receive(4);
    ASSERT_EQ(name.size(), 4U);
    answers.push_back(pattern(kEach, static_cast<unsigned>(std::stoi(name))));
  }
  // All that the kernel takes for every socket, before the first turn: 28 MB against 2 MB of buffers.
  std::vector<std::size_t> gone(kSockets);
  EXPECT_TRUE(turn_until([&] {
    std::size_t all = 0;
    for (std::size_t i = 0; i < kSockets; ++i) {
      if (gone[i] < kEach) {
        gone[i] += peers[i].send_some(std::string_view(answers[i]).substr(gone[i]));
        if (gone[i] == kEach) peers[i].close();
      }
      all += logs_[sockets[i]].ended.size();
    }
    return all == kSockets;
  }));
  for (const SocketId s : sockets) {
    EXPECT_TRUE(logs_[s].received == pattern(kEach, 1000 + s)) << s << " got " << logs_[s].received.size();
    EXPECT_THAT(logs_[s].ended, ::testing::ElementsAre(0));
  }
}

TEST_P(ReactorTest, SpeaksIpv6) {
  Listener listener(*parse_address("::1", 0));
  const Address from = *parse_address("::1", 0);
  for (const Address* local : {static_cast<const Address*>(nullptr), &from}) {
    const SocketId s = connected(listener.address(), local);
    PeerSocket peer = listener.accept();
    EXPECT_EQ(peer.other(), "[::1]");
    reactor_->send(s, "six");
    reactor_->flush();
    EXPECT_EQ(peer.receive(3), "six");
    peer.send("sechs");
    EXPECT_TRUE(turn_until([&] { return logs_[s].received == "sechs"; }));
  }
}

TEST_P(ReactorTest, SpeaksOverUnixSockets) {
  const std::string path = ::testing::TempDir() + "loadstone-" + std::to_string(getpid()) + ".sock";
  std::filesystem::remove(path);
  Listener listener(*unix_address(path));
  const Address to = *unix_address(path);
  const SocketId s = connected(to);
  PeerSocket peer = listener.accept();
  const std::string large = pattern(512 * 1024, 5);
  reactor_->send(s, large);
  std::string got;
  EXPECT_TRUE(turn_until([&] {
    got += peer.receive_some();
    return got.size() == large.size() && !logs_[s].sent.empty();
  }));
  EXPECT_TRUE(got == large);
  peer.send("local");
  peer.close();
  EXPECT_TRUE(turn_until([&] { return !logs_[s].ended.empty(); }));
  EXPECT_EQ(logs_[s].received, "local");
  std::filesystem::remove(path);
}

TEST_P(ReactorTest, ReturnsWithNothingOnceTheDeadlineHasPassed) {
  Listener listener;
  const SocketId s = connected(listener.address());
  PeerSocket peer = listener.accept();
  const Instant deadline = SteadyClock::read() + 30ms;
  int calls = 0;
  while (SteadyClock::read() < deadline) {
    EXPECT_TRUE(reactor_->wait(deadline).empty());
    ASSERT_LT(++calls, 50) << "it spins";  // may return early, but not all the time
  }
  // A deadline in the past: what is there, without waiting.
  EXPECT_TRUE(reactor_->wait(Instant{}).empty());
  peer.send("x");
  EXPECT_TRUE(turn_until([&] { return logs_[s].received == "x"; }));
  EXPECT_TRUE(reactor_->wait(SteadyClock::read() - 1h).empty());
}

TEST_P(ReactorTest, WaitsForCompletionsEvenWithoutADeadline) {
  Listener listener;
  const SocketId s = connect(listener.address());
  while (logs_[s].connected.empty())
    for (const Completion& c : reactor_->wait(kNever)) logs_[c.socket].connected.push_back(c.result);
  EXPECT_THAT(logs_[s].connected, ::testing::ElementsAre(0));
}

TEST_P(ReactorTest, KeepsNoDescriptorOfThousandsOfConnections) {
  constexpr int kCycles = 3000;
  Listener listener;
  turn();
  const std::size_t before = open_descriptors();
  std::set<SocketId> numbers;
  for (int i = 0; i < kCycles; ++i) {
    const SocketId s = connect(listener.address());
    numbers.insert(s);
    // Closed by either side, at each stage.
    if (i % 4 != 0) {
      ASSERT_TRUE(turn_until([&] { return !logs_[s].connected.empty(); }));
      PeerSocket peer = listener.accept();
      if (i % 4 == 2) peer.send("bye");
      if (i % 4 == 3) {
        peer.reset();
        ASSERT_TRUE(turn_until([&] { return !logs_[s].ended.empty(); }));
      }
    } else {
      turn(0ms);
      listener.accept();
    }
    reactor_->close(s, i % 3 == 0 ? Reactor::How::kReset : Reactor::How::kGraceful);
  }
  turn_idly();
  EXPECT_EQ(open_descriptors(), before);
  EXPECT_LE(numbers.size(), 4U);
}

TEST_P(ReactorTest, ClosesEverythingWithItself) {
  const std::size_t before = [] {
    Listener unused;
    return open_descriptors();
  }();
  Listener listener;
  std::vector<PeerSocket> peers;
  for (int i = 0; i < 20; ++i) {
    connected(listener.address());
    peers.push_back(listener.accept());
  }
  const std::string unsent = pattern(4 * 1024 * 1024);
  reactor_->send(0, unsent);
  connect(listener.address());
  reactor_.reset();
  for (PeerSocket& peer : peers) {
    while (!peer.ended() && peer.last_error() == 0 && peer.wait_readable()) peer.receive_some();
    EXPECT_TRUE(peer.ended() || peer.last_error() == ECONNRESET);
  }
  peers.clear();
  EXPECT_LE(open_descriptors(), before);
}

TEST(MakeReactor, TakesWhatTheMachineHas) {
  auto any = make_reactor(ReactorKind::kAuto, 16);
  ASSERT_TRUE(any.has_value());
  EXPECT_EQ((*any)->name(), make_reactor(ReactorKind::kUring, 16).has_value() ? "io_uring" : "epoll");
}

}  // namespace
}  // namespace loadstone::net

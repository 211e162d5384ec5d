// WebSocket scenarios on the simulated network: a service that broadcasts what is posted to it, with planted faults,
// and everything else by the clock of the test.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <set>

#include "base/format.h"
#include "protocol/websocket/handshake.h"
#include "protocol/websocket/peer_for_test.h"
#include "tests/sim/audience_run.h"

namespace loadstone {
namespace {

using websocket::Opcode;

// Upgrades whoever asks, sends what is posted to all who are open, and echoes what clients say to themselves.
class Service : public net::SimPeer {
 public:
  // When client n (in order of opening) hears a message after it was posted; nothing: never.
  std::function<std::vector<Nanoseconds>(std::size_t client, int message)> hears = [](std::size_t, int) {
    return std::vector<Nanoseconds>{1ms};
  };
  std::function<bool(std::size_t attempt)> accepts = [](std::size_t) { return true; };
  Nanoseconds echo_after{2ms};
  std::string after_echo;  // bytes that come with what is sent back
  std::size_t upgrades = 0;
  int posts = 0;
  int closes = 0;
  int pings = 0;

  void connected(net::SimReactor&, net::SocketId) override {}
  void received(net::SimReactor& network, net::SocketId socket, std::string_view bytes) override {
    if (bytes.starts_with("GET ")) {
      upgrade(network, socket, bytes);
    } else if (bytes.starts_with("POST ")) {
      network.answer(socket, "HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n", network.now() + 1ms);
      publish(network, std::string(bytes.substr(bytes.find("\r\n\r\n") + 4)));
    } else {
      while (auto frame = websocket::take_client_frame(bytes)) take(network, socket, *frame);
    }
  }
  void closed(net::SocketId socket) override { open_.erase(socket); }

 private:
  void upgrade(net::SimReactor& network, net::SocketId socket, std::string_view head) {
    if (!accepts(upgrades++)) {
      network.answer(socket, "HTTP/1.1 503 Busy\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", network.now());
      return;
    }
    constexpr std::string_view kField = "Sec-WebSocket-Key: ";
    const auto at = head.find(kField) + kField.size();
    const std::string accept = websocket::accept_of(head.substr(at, head.find('\r', at) - at));
    network.answer(socket,
                   format("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                          "Sec-WebSocket-Accept: {}\r\n\r\n",
                          accept),
                   network.now() + 3ms);
    open_[socket] = opened_++;
  }
  void publish(net::SimReactor& network, const std::string& body) {
    const int message = posts++;
    for (const auto& [socket, client] : open_)
      for (const Nanoseconds after : hears(client, message))
        network.answer(socket, websocket::server_frame(Opcode::kText, body), network.now() + after);
  }
  void take(net::SimReactor& network, net::SocketId socket, const websocket::ClientFrame& frame) {
    if (frame.opcode == Opcode::kText)
      network.answer(socket, websocket::server_frame(Opcode::kText, frame.payload) + after_echo,
                     network.now() + echo_after);
    if (frame.opcode == Opcode::kPing) {
      ++pings;
      network.answer(socket, websocket::server_frame(Opcode::kPong, frame.payload), network.now());
    }
    if (frame.opcode != Opcode::kClose) return;
    ++closes;
    open_.erase(socket);
    network.answer(socket, websocket::server_frame(Opcode::kClose, frame.payload), network.now());
    network.close_by_peer(socket, network.now());
  }

  std::map<net::SocketId, std::size_t> open_;
  std::size_t opened_ = 0;
};

TEST(Audience, ConnectsHoldsAndLeavesPolitely) {
  Service service;
  scenario::AudienceLoad load = clients(10, 5s);
  load.ping = 1s;
  const Ran ran = run(load, service);
  EXPECT_EQ(ran.count("connect.attempted"), 10U);
  EXPECT_EQ(ran.count("connect.succeeded"), 10U);
  EXPECT_EQ(ran.count("connect.lost"), 0U);
  EXPECT_DOUBLE_EQ(ran.times("connect.upgrade").max(), 0.003);
  EXPECT_EQ(ran.measured, 5s);
  EXPECT_EQ(service.closes, 10);
  EXPECT_GE(service.pings, 40);
  EXPECT_LE(service.pings, 50);
}

TEST(Audience, RefusedUpgradesAreCountedWithTheirStatus) {
  Service service;
  service.accepts = [](std::size_t attempt) { return attempt % 2 == 0; };
  const Ran ran = run(clients(10, 1s), service);
  EXPECT_EQ(ran.count("connect.succeeded"), 5U);
  EXPECT_EQ(ran.count("connect.failed"), 5U);
  EXPECT_EQ(ran.count("status.503"), 5U);
}

TEST(Audience, SaysNoMoreToWhoHasTakenLeaveWithItsReply) {
  for (const std::string& end :
       {websocket::server_frame(Opcode::kClose, "\x03\xe8"), std::string("\xff\xff\xff\xff")}) {
    Service service;
    service.after_echo = end;
    scenario::AudienceLoad load = clients(3, 1s);
    load.echo = scenario::Echo{};
    load.echo->text = "x";
    const Ran ran = run(load, service);
    EXPECT_EQ(ran.count("connect.lost"), 3U);
    EXPECT_EQ(ran.times("rtt").count(), 3U);
  }
}

TEST(Audience, HearsEveryBroadcast) {
  Service service;
  const Ran ran = run(broadcast(20, 100, 50), service);
  EXPECT_EQ(service.posts, 100);
  EXPECT_EQ(ran.count("requests"), 100U);
  EXPECT_EQ(ran.count("broadcast.expected"), 2000U);
  EXPECT_EQ(ran.count("broadcast.delivered"), 2000U);
  EXPECT_EQ(ran.count("broadcast.missing"), 0U);
  EXPECT_EQ(ran.times("broadcast.latency").count(), 2000U);
  EXPECT_NEAR(ran.times("broadcast.latency").max(), 0.001, 1e-6);
  EXPECT_TRUE(ran.account.anomalies.empty());
}

TEST(Audience, TellsExactlyWhoMissedAndHeardTwiceWhat) {
  Service service;
  service.hears = [](std::size_t client, int message) {
    std::vector<Nanoseconds> times{1ms};
    if (client == 3 && message % 10 == 0) times.clear();
    if (client == 5 && message % 7 == 0) times.push_back(4ms);
    return times;
  };
  const Ran ran = run(broadcast(8, 50, 20), service);
  EXPECT_EQ(ran.count("broadcast.missing"), 5U);
  EXPECT_EQ(ran.count("broadcast.duplicates"), 8U);
  EXPECT_EQ(ran.count("broadcast.delivered") + ran.count("broadcast.missing"), 400U);
  std::set<std::pair<std::uint64_t, std::uint32_t>> missing, twice;
  for (const auto& a : ran.account.anomalies)
    (a.fault == ledger::Fault::kMissing ? missing : twice).insert({a.message, a.client});
  EXPECT_THAT(missing, ::testing::ElementsAre(std::pair(0, 3), std::pair(10, 3), std::pair(20, 3), std::pair(30, 3),
                                              std::pair(40, 3)));
  EXPECT_EQ(twice.size(), 8U);
  EXPECT_EQ(twice.begin()->second, 5U);
}

TEST(Audience, WaitsTheDrainForTheLastMessageAndNoLonger) {
  Service service;
  service.hears = [](std::size_t, int message) {
    return message == 9 ? std::vector<Nanoseconds>{} : std::vector<Nanoseconds>{1ms};
  };
  const Ran ran = run(broadcast(2, 10, 10), service);
  EXPECT_EQ(ran.count("broadcast.missing"), 2U);
  EXPECT_EQ(ran.count("broadcast.late"), 0U);
}

TEST(Audience, EchoesOneAfterTheOther) {
  Service service;
  scenario::AudienceLoad load = clients(4, 2s);
  load.echo = scenario::Echo{};
  load.echo->text = "hello {{message.id}}";
  load.echo->think = 8ms;
  const Ran ran = run(load, service);
  // A round is 2 ms of waiting and 8 ms of thinking.
  EXPECT_NEAR(static_cast<double>(ran.times("rtt").count()), 4 * 200, 8);
  EXPECT_DOUBLE_EQ(ran.times("rtt").min(), 0.002);
  EXPECT_DOUBLE_EQ(ran.times("rtt").max(), 0.002);
  EXPECT_EQ(ran.count("messages.sent"), ran.count("messages.received"));
  EXPECT_EQ(ran.count("messages.unanswered"), 0U);
}

TEST(Audience, EchoesAtARateFromTheDueTime) {
  Service service;
  service.echo_after = 50ms;
  scenario::AudienceLoad load = clients(2, 2s);
  load.echo = scenario::Echo{};
  load.echo->text = "x";
  load.echo->rate = 100;  // twice as much as two clients can have answered
  load.echo->arrivals = scenario::Arrivals::kUniform;
  const Ran ran = run(load, service);
  EXPECT_GT(ran.times("rtt").max(), 0.9);  // waited for a client to be free
  EXPECT_DOUBLE_EQ(ran.times("rtt").min(), 0.05);
}

TEST(Audience, CountsRepliesThatDoNotCome) {
  Service service;
  service.echo_after = 10s;
  scenario::AudienceLoad load = clients(3, 1s);
  load.echo = scenario::Echo{};
  load.echo->text = "x";
  load.echo->timeout = 300ms;
  const Ran ran = run(load, service);
  EXPECT_EQ(ran.times("rtt").count(), 0U);
  EXPECT_GE(ran.count("messages.unanswered"), 9U);
}

TEST(Audience, FollowsEveryDropUntilTheClientIsBack) {
  Service service;
  scenario::AudienceLoad load = broadcast(10, 0, 100);
  load.publish.front().count.reset();
  load.recover = scenario::Recover{};
  load.recover->cycles = 3;
  load.recover->drop = scenario::Recover::Drop::kReset;
  load.recover->pause = 500ms;
  load.recover->backoff.first = 40ms;
  const Ran ran = run(load, service);
  EXPECT_EQ(ran.count("recovery.drops"), 30U);
  EXPECT_EQ(ran.count("recovery.recovered"), 30U);
  // 40 ms of back-off and 3 ms for the upgrade.
  EXPECT_NEAR(ran.times("recovery.time").min(), 0.043, 1e-5);
  EXPECT_NEAR(ran.times("recovery.time").max(), 0.043, 1e-5);
  // At 100 messages a second four or five fall into each gap of 43 ms.
  EXPECT_GE(ran.count("recovery.lost"), 30U * 4);
  EXPECT_LE(ran.count("recovery.lost"), 30U * 5);
  EXPECT_EQ(ran.count("broadcast.missing"), 0U);
  EXPECT_EQ(ran.times("recovery.first_message").count(), 30U);
  EXPECT_EQ(ran.count("connect.attempted"), 40U);
  // The same once more, cycle by cycle and client by client.
  const result::Recovery& course = *ran.recovery;
  ASSERT_EQ(course.cycles.size(), 3U);
  std::uint64_t lost = 0;
  for (const auto& cycle : course.cycles) {
    EXPECT_EQ(cycle.dropped, 10U);
    EXPECT_EQ(cycle.recovered, 10U);
    EXPECT_EQ(cycle.heard, 10U);
    EXPECT_NEAR(cycle.mean_open, 0.043, 1e-5);
    lost += cycle.lost;
  }
  EXPECT_EQ(lost, ran.count("recovery.lost"));
  EXPECT_NEAR(course.cycles[0].start, 0.5, 1e-3);
  EXPECT_GE(course.cycles[1].start, course.cycles[0].start + 0.543);
  ASSERT_EQ(course.returns.size(), 30U);
  for (const auto& back : course.returns) {
    EXPECT_NEAR(*back.open - back.dropped, 0.043, 1e-5);
    EXPECT_GE(*back.heard, *back.open);
  }
}

TEST(Audience, GivesUpAfterTheLastAttempt) {
  Service service;
  service.accepts = [](std::size_t attempt) { return attempt < 4; };
  scenario::AudienceLoad load = clients(4, Nanoseconds(0));
  load.recover = scenario::Recover{};
  load.recover->backoff.attempts = 3;
  const Ran ran = run(load, service);
  EXPECT_EQ(ran.count("recovery.drops"), 4U);
  EXPECT_EQ(ran.count("recovery.recovered"), 0U);
  EXPECT_EQ(ran.count("connect.failed"), 12U);
  ASSERT_EQ(ran.recovery->returns.size(), 4U);
  for (const auto& back : ran.recovery->returns) EXPECT_FALSE(back.open);
  EXPECT_EQ(ran.recovery->cycles[0].recovered, 0U);
}

TEST(Audience, WhoIsStillAwayWhenTheRunIsCutOffDidNotComeBack) {
  Service service;
  service.accepts = [](std::size_t attempt) { return attempt < 4; };
  scenario::AudienceLoad load = clients(4, Nanoseconds(0));
  load.recover = scenario::Recover{};
  load.recover->backoff.attempts = 1'000'000;
  const Ran ran = run(load, service, 5s);
  EXPECT_EQ(ran.count("recovery.drops"), 4U);
  ASSERT_EQ(ran.recovery->returns.size(), 4U);
  for (const auto& back : ran.recovery->returns) EXPECT_FALSE(back.open);
  ASSERT_EQ(ran.recovery->cycles.size(), 1U);
  EXPECT_EQ(ran.recovery->cycles[0].dropped, 4U);
}

TEST(Audience, StagesRaiseAndLowerTheNumber) {
  Service service;
  scenario::AudienceLoad load = clients(5, 1s);
  load.stages = {{5, 1s}, {20, 1s}, {2, 1s}};
  const Ran ran = run(load, service);
  EXPECT_EQ(ran.count("connect.attempted"), 20U);
  EXPECT_EQ(service.closes, 20);
  EXPECT_EQ(ran.measured, 3s);
}

TEST(Audience, ChurnReplacesWhoLeaves) {
  Service service;
  scenario::AudienceLoad load = clients(5, 2s);
  load.churn = scenario::Churn{100ms};
  const Ran ran = run(load, service);
  EXPECT_GE(ran.count("connect.succeeded"), 5U * 18);
  EXPECT_LE(ran.count("connect.succeeded"), 5U * 21);
  EXPECT_EQ(ran.count("connect.lost"), 0U);
}

TEST(Audience, AStaggerSpreadsTheConnects) {
  Service service;
  scenario::AudienceLoad load = clients(50, 1s);
  load.stagger = 10ms;
  const Ran ran = run(load, service);
  EXPECT_EQ(ran.count("connect.succeeded"), 50U);
}

}  // namespace
}  // namespace loadstone

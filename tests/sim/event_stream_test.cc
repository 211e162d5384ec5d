// Event streams on the simulated network: a service that sends what is posted to it to everybody who listens, with ids
// and a memory of what it has sent; and everything else by the clock of the test.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/format.h"
#include "tests/sim/audience_run.h"

namespace loadstone {
namespace {

class Service : public net::SimPeer {
 public:
  // When client n (in order of opening) hears a message after it was posted; nothing: never.
  std::function<std::vector<Nanoseconds>(std::size_t client, int message)> hears = [](std::size_t, int) {
    return std::vector<Nanoseconds>{1ms};
  };
  // An earlier message that the client hears right after this one; negative: none.
  std::function<int(std::size_t client, int message)> hears_then = [](std::size_t, int) { return -1; };
  std::function<std::string(std::size_t attempt)> head = [](std::size_t) {
    return "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n";
  };
  std::string greeting;        // the first piece of every stream
  bool remembers = true;       // sends what followed the last id of who comes back
  int ends_everything_at = 0;  // this message (from 1) is not sent: the streams end instead; 0: none does
  std::size_t asked = 0;
  int posts = 0;
  std::vector<std::string> last_ids;  // of those who came back with one

  void connected(net::SimReactor&, net::SocketId) override {}
  void received(net::SimReactor& network, net::SocketId socket, std::string_view bytes) override {
    if (bytes.starts_with("GET ")) {
      listen(network, socket, bytes);
    } else {
      network.answer(socket, "HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n", network.now() + 1ms);
      publish(network, std::string(bytes.substr(bytes.find("\r\n\r\n") + 4)));
    }
  }
  void closed(net::SocketId socket) override { open_.erase(socket); }

 private:
  static std::string chunk(std::string_view bytes) { return format("{:x}\r\n{}\r\n", bytes.size(), bytes); }
  [[nodiscard]] std::string event(std::size_t message) const {
    return chunk(format("id: {}\ndata: {}\n\n", message + 1, sent_[message]));
  }
  void listen(net::SimReactor& network, net::SocketId socket, std::string_view request) {
    const std::string answer = head(asked++);
    network.answer(socket, answer, network.now() + 3ms);
    if (!answer.starts_with("HTTP/1.1 200")) return;
    if (!greeting.empty()) network.answer(socket, chunk(greeting), network.now() + 3ms);
    constexpr std::string_view kField = "Last-Event-ID: ";
    if (const auto at = request.find(kField); at != std::string_view::npos) {
      last_ids.emplace_back(request.substr(at + kField.size(), request.find('\r', at) - at - kField.size()));
      for (auto i = std::stoul(last_ids.back()); remembers && i < sent_.size(); ++i)
        network.answer(socket, event(i), network.now() + 3ms);
    }
    open_[socket] = opened_++;
  }
  void publish(net::SimReactor& network, const std::string& body) {
    const int message = posts++;
    sent_.push_back(body);
    const bool ends = posts == ends_everything_at;
    for (const auto& [socket, client] : open_) {
      if (ends) {
        network.answer(socket, "0\r\n\r\n", network.now() + 1ms);
        continue;
      }
      for (const Nanoseconds after : hears(client, message))
        network.answer(socket, event(static_cast<std::size_t>(message)), network.now() + after);
      if (const int earlier = hears_then(client, message); earlier >= 0)
        network.answer(socket, event(static_cast<std::size_t>(earlier)), network.now() + 1ms);
    }
    if (ends) open_.clear();
  }

  std::map<net::SocketId, std::size_t> open_;
  std::vector<std::string> sent_;
  std::size_t opened_ = 0;
};

scenario::AudienceLoad listening(scenario::AudienceLoad load) {
  load.event_stream.emplace();
  return load;
}

TEST(EventStreams, AreOpenedHeldAndLeft) {
  Service service;
  scenario::AudienceLoad load = listening(clients(10, 5s));
  load.stagger = 10ms;
  const Ran ran = run(load, service);
  EXPECT_EQ(ran.count("connect.attempted"), 10U);
  EXPECT_EQ(ran.count("connect.succeeded"), 10U);
  EXPECT_EQ(ran.count("connect.lost"), 0U);
  EXPECT_DOUBLE_EQ(ran.times("connect.answer").max(), 0.003);
  EXPECT_TRUE(ran.times("connect.upgrade").empty());
  EXPECT_EQ(ran.measured, 5s);
}

TEST(EventStreams, ThatAreRefusedOrNoneAreCountedApart) {
  Service service;
  service.head = [](std::size_t attempt) -> std::string {
    if (attempt % 3 == 0) return "HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n";
    return format("HTTP/1.1 200 OK\r\nContent-Type: {}\r\n\r\n",
                  attempt % 3 == 1 ? "text/html" : "text/event-stream; charset=utf-8");
  };
  const Ran ran = run(listening(clients(9, 1s)), service);
  EXPECT_EQ(ran.count("connect.succeeded"), 3U);
  EXPECT_EQ(ran.count("connect.failed"), 6U);
  EXPECT_EQ(ran.count("status.503"), 3U);
  EXPECT_EQ(service.asked, 9U);  // who was never let in does not come again
}

TEST(EventStreams, TellExactlyWhoMissedAndHeardTwiceWhat) {
  Service service;
  service.hears = [](std::size_t client, int message) {
    std::vector<Nanoseconds> times{1ms};
    if (client == 3 && message % 10 == 0) times.clear();
    if (client == 5 && message % 7 == 0) times.push_back(4ms);
    if (client == 6 && message == 4) times.clear();  // it comes after the next
    return times;
  };
  service.hears_then = [](std::size_t client, int message) { return client == 6 && message == 5 ? 4 : -1; };
  const Ran ran = run(listening(broadcast(8, 50, 20)), service);
  EXPECT_EQ(ran.count("broadcast.missing"), 5U);
  EXPECT_EQ(ran.count("broadcast.duplicates"), 8U);
  EXPECT_EQ(ran.count("broadcast.reordered"), 1U);
  EXPECT_EQ(ran.count("broadcast.delivered") + ran.count("broadcast.missing"), 400U);
  std::set<std::pair<std::uint64_t, std::uint32_t>> missing;
  for (const auto& a : ran.account.anomalies)
    if (a.fault == ledger::Fault::kMissing) missing.insert({a.message, a.client});
  EXPECT_THAT(missing, ::testing::ElementsAre(std::pair(0, 3), std::pair(10, 3), std::pair(20, 3), std::pair(30, 3),
                                              std::pair(40, 3)));
}

scenario::AudienceLoad dropping() {
  scenario::AudienceLoad load = listening(broadcast(10, 0, 100));
  load.publish.front().count.reset();
  load.recover = scenario::Recover{};
  load.recover->cycles = 3;
  load.recover->pause = 500ms;
  load.recover->backoff.first = 40ms;
  return load;
}

TEST(EventStreams, LoseNothingWhenTheServiceSendsWhatFollowedTheLastId) {
  for (const auto drop : {scenario::Recover::Drop::kClose, scenario::Recover::Drop::kReset}) {
    Service service;
    scenario::AudienceLoad load = dropping();
    load.recover->drop = drop;
    const Ran ran = run(load, service);
    EXPECT_EQ(ran.count("recovery.drops"), 30U);
    EXPECT_EQ(ran.count("recovery.recovered"), 30U);
    EXPECT_EQ(service.last_ids.size(), 30U);
    EXPECT_NEAR(ran.times("recovery.time").max(), 0.043, 1e-5);
    EXPECT_EQ(ran.count("recovery.lost"), 0U);
    EXPECT_EQ(ran.count("broadcast.missing"), 0U);
    EXPECT_EQ(ran.count("broadcast.duplicates"), 0U);
    EXPECT_EQ(ran.count("broadcast.reordered"), 0U);
    EXPECT_TRUE(ran.account.anomalies.empty());
    EXPECT_EQ(ran.times("recovery.first_message").count(), 30U);
  }
}

TEST(EventStreams, LoseTheGapWhenTheServiceRemembersNothingOrIsNotTold) {
  for (const bool tells : {true, false}) {
    Service service;
    service.remembers = !tells;
    scenario::AudienceLoad load = dropping();
    load.event_stream->resume = tells;
    const Ran ran = run(load, service);
    EXPECT_EQ(service.last_ids.size(), tells ? 30U : 0U);
    // At 100 messages a second four or five fall into each gap of 43 ms.
    EXPECT_GE(ran.count("recovery.lost"), 30U * 4);
    EXPECT_LE(ran.count("recovery.lost"), 30U * 5);
    EXPECT_EQ(ran.count("broadcast.missing"), 0U);
  }
}

TEST(EventStreams, ComeBackWhenTheServiceHasAskedUnlessToldOtherwise) {
  Service service;
  service.greeting = "retry: 200\n\n";
  EXPECT_NEAR(run(dropping(), service).times("recovery.time").min(), 0.203, 1e-5);
  scenario::AudienceLoad load = dropping();
  load.event_stream->retry = 10ms;
  Service other;
  other.greeting = service.greeting;
  EXPECT_NEAR(run(load, other).times("recovery.time").max(), 0.013, 1e-5);
}

TEST(EventStreams, ThatTheServiceEndsAreOpenedAgainAsABrowserDoes) {
  Service service;
  service.greeting = "retry: 100\n\n";
  service.ends_everything_at = 50;
  const Ran ran = run(listening(broadcast(4, 200, 100)), service);
  EXPECT_EQ(ran.count("connect.lost"), 4U);
  EXPECT_EQ(ran.count("connect.succeeded"), 8U);
  EXPECT_THAT(service.last_ids, ::testing::Each("49"));
  EXPECT_EQ(ran.count("broadcast.missing"), 0U);
  EXPECT_EQ(ran.count("recovery.lost"), 0U);
  EXPECT_EQ(ran.problems.count("lost: the service ended the stream"), 1U);

  Service again;
  again.ends_everything_at = 50;
  scenario::AudienceLoad stays_away = listening(broadcast(4, 200, 100));
  stays_away.event_stream->reconnect = false;
  const Ran lost = run(stays_away, again);
  EXPECT_EQ(lost.count("connect.succeeded"), 4U);
  EXPECT_EQ(lost.count("recovery.lost") + lost.count("broadcast.missing"), 4U * 151);
}

TEST(EventStreams, WhoTakesThePlaceOfALeaverIsSomebodyNew) {
  Service service;
  scenario::AudienceLoad load = listening(broadcast(5, 0, 100));
  load.publish.front().count.reset();
  load.stages = {{5, 2s}};
  load.churn = scenario::Churn{100ms};
  const Ran ran = run(load, service);
  EXPECT_GE(ran.count("connect.succeeded"), 5U * 18);
  EXPECT_TRUE(service.last_ids.empty());
  EXPECT_EQ(ran.count("connect.lost"), 0U);
  EXPECT_EQ(ran.count("broadcast.missing"), 0U);
}

}  // namespace
}  // namespace loadstone

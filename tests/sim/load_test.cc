// What loads do, seen from the server: proportions, numbers, checks and ends of runs.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "tests/sim/recording_server.h"

namespace loadstone {
namespace {

engine::Plan weighted(std::variant<scenario::ClosedLoad, scenario::OpenLoad> load, Nanoseconds duration) {
  engine::Plan plan = plan_of(std::move(load), duration);
  plan.steps = {step("/a"), step("/b"), step("/c")};
  plan.groups[0].steps = {0, 1, 2};
  plan.groups[0].cumulative_weight = {0.1, 0.3, 1.0};
  return plan;
}

void expect_proportions(const std::map<std::string, int>& counts, int total) {
  // Five standard deviations of a binomial count.
  const auto near = [&](const char* name, double share) {
    EXPECT_NEAR(counts.at(name), total * share, 5 * std::sqrt(total * share * (1 - share))) << name;
  };
  near("GET /a", 0.1);
  near("GET /b", 0.2);
  near("GET /c", 0.7);
}

TEST(Weights, AreKeptByAnOpenLoadWhateverTheNumberOfShards) {
  std::map<std::string, int> first;
  for (const int shards : {1, 2, 3}) {
    RecordingServer server;
    result::Block b = run(weighted(open_at(2000, 5s, 30), 5s), server, shards);
    expect_conserved(b);
    EXPECT_EQ(server.requests.size(), 10'000U);
    expect_proportions(server.counts(), 10'000);
    if (first.empty()) first = server.counts();
    EXPECT_EQ(server.counts(), first);  // which request an arrival is depends on its place alone
  }
}

TEST(Weights, AreKeptByAClosedLoad) {
  RecordingServer server;
  result::Block b = run(weighted(users(10, 1s), 1s), server);
  expect_conserved(b);
  expect_proportions(server.counts(), static_cast<int>(server.requests.size()));
  EXPECT_EQ(b.counters["step.GET /c.requests"], static_cast<std::uint64_t>(server.counts()["GET /c"]));
}

TEST(Weights, FollowTheSeedAndNothingElse) {
  for (const bool open : {true, false}) {
    std::set<std::vector<std::string>> orders;
    for (const std::uint64_t seed : {1U, 1U, 1U, 2U, 3U}) {
      RecordingServer server;
      engine::Plan plan = open ? weighted(open_at(500, 1s, 5), 1s) : weighted(users(5, 500ms), 500ms);
      plan.seed = seed;
      run(plan, server);
      orders.insert(server.requests);
    }
    EXPECT_EQ(orders.size(), 3U);
  }
}

TEST(Weights, OfOneStepDoNotGoWithThoseOfTheNext) {
  // Neighbours are drawn independently: of pairs, a share of 0.1 * 0.1 is twice the first.
  RecordingServer server;
  run(weighted(open_at(4000, 5s, 40), 5s), server);
  int pairs = 0;
  for (std::size_t i = 1; i < server.requests.size(); ++i)
    pairs += server.requests[i] == "GET /a" && server.requests[i - 1] == "GET /a" ? 1 : 0;
  EXPECT_NEAR(pairs, 200, 75);
}

TEST(Backlog, IsWhatIsDueAndNotStarted) {
  RecordingServer server;
  server.service = 30ms;
  engine::Plan plan = plan_of(open_at(100, 3s, 1), 3s);
  plan.warmup = 500ms;  // what is left over from warm-up waits too
  SimulatedShard one(plan, server, 1);
  one.run();
  std::vector<double> waiting;
  while (const auto tally = one.mailbox.take()) {
    EXPECT_EQ(tally->in_flight, 1U);
    waiting.push_back(static_cast<double>(tally->waiting));
  }
  // A hundred become due each second, and a third of them are started.
  ASSERT_EQ(waiting.size(), 4U);
  EXPECT_NEAR(waiting[0], 50 - 50.0 / 3, 3);
  for (std::size_t i = 1; i < waiting.size(); ++i) EXPECT_NEAR(waiting[i] - waiting[i - 1], 200.0 / 3, 2);
}

TEST(Backlog, IsNothingWhileConnectionsAreFree) {
  RecordingServer server;
  const result::Block b = run(plan_of(open_at(100, 1s, 10), 1s), server);
  EXPECT_EQ(b.waiting, 0U);
}

TEST(OwnConcurrency, IsALoadBesideTheOthers) {
  for (const int shards : {1, 2}) {
    SCOPED_TRACE(shards);
    RecordingServer server;
    server.service = 10ms;
    engine::Plan plan = plan_of(users(5, 1s), 1s);
    plan.steps = {step("/shared"), step("/own")};
    plan.groups.push_back({{1}, {1.0}, users(3, 1s)});
    result::Block b = run(plan, server, shards);
    expect_conserved(b);
    EXPECT_EQ(server.counts()["GET /shared"], 500);
    EXPECT_EQ(server.counts()["GET /own"], 300);
    // (Shards run one after the other here, so that at once is only known of one.)
    if (shards == 1) {
      EXPECT_EQ(server.most_at_once["GET /shared"], 5);
      EXPECT_EQ(server.most_at_once["GET /own"], 3);
    }
    EXPECT_EQ(b.counters["connect.succeeded"], 8U);
  }
}

TEST(RequestCount, IsOfTheMeasuredTimeAlone) {
  for (const bool open : {true, false})
    for (const int shards : {1, 2, 3}) {
      SCOPED_TRACE(::testing::Message() << (open ? "open, " : "closed, ") << shards << " shards");
      RecordingServer server;
      engine::Plan plan = open ? plan_of(open_at(1000, 60s, 10), 60s) : plan_of(users(7, 0s), 0s);
      plan.duration.reset();
      plan.warmup = 500ms;
      plan.request_count = 1001;
      result::Block b = run(plan, server, shards);
      expect_conserved(b);
      EXPECT_EQ(b.counters["requests"], 1001U);
      EXPECT_EQ(b.counters["successes"], 1001U);
      EXPECT_GT(b.counters["unmeasured"], 400U);
      EXPECT_EQ(server.requests.size(), 1001U + b.counters["unmeasured"]);
    }
}

TEST(RequestCount, MayBeLessThanThereAreUsers) {
  RecordingServer server;
  engine::Plan plan = plan_of(users(10, 0s), 0s);
  plan.duration.reset();
  plan.request_count = 3;
  for (const int shards : {1, 2, 4}) {
    result::Block b = run(plan, server, shards);
    EXPECT_EQ(b.counters["requests"], 3U);
  }
}

// A run with what the shard says of its end.
struct Ended {
  result::Block block;
  Nanoseconds measured;
  bool stopped;
  Instant at;
};
template <class Server>
Ended run_to_its_end(const engine::Plan& plan, Server& server, engine::Signals& signals) {
  ManualClock clock;
  net::SimReactor network(clock, server, 11, {});
  engine::Mailbox mailbox;
  signals.begin = kBegin.time_since_epoch().count();
  std::atomic<bool> ready{false};
  engine::Shard shard(plan, 0, 1, network, clock, mailbox, signals);
  shard.run(ready);
  EXPECT_TRUE(ready);
  EXPECT_EQ(network.open_sockets(), 0U);
  Ended ended{{}, shard.measured(), shard.was_stopped(), clock.now()};
  while (const auto tally = mailbox.take()) tally->add_to(ended.block);
  return ended;
}

TEST(RunTimeout, EndsTheRunWhateverIsLeft) {
  for (const bool open : {true, false}) {
    SCOPED_TRACE(open ? "open" : "closed");
    RecordingServer server;
    engine::Plan plan = open ? plan_of(open_at(1000, 60s, 10), 60s) : plan_of(users(4, 60s), 60s);
    plan.run_timeout = 2s;
    engine::Signals signals;
    Ended e = run_to_its_end(plan, server, signals);
    expect_conserved(e.block);
    EXPECT_TRUE(e.stopped);
    EXPECT_EQ(e.measured, 2s);
    EXPECT_LE(e.at, kBegin + 2s + 500ms);
    EXPECT_NEAR(static_cast<double>(e.block.counters["successes"]), open ? 2000 : 8000, 10);
  }
}

TEST(RunTimeout, IsNotReachedByARunThatEndsBefore) {
  RecordingServer server;
  engine::Plan plan = plan_of(users(4, 1s), 1s);
  plan.run_timeout = 2s;
  engine::Signals signals;
  const Ended e = run_to_its_end(plan, server, signals);
  EXPECT_FALSE(e.stopped);
  EXPECT_EQ(e.measured, 1s);
}

// Raises the stop signal when it has had so many requests, and from then on answers nothing.
class StoppingServer : public RecordingServer {
 public:
  StoppingServer(engine::Signals& signals, std::size_t after) : signals_(signals), after_(after) {}
  void respond(net::SimReactor& network, net::SocketId socket) override {
    if (requests.size() >= after_) signals_.stop = true;
    if (requests.size() < after_ || answers_on) RecordingServer::respond(network, socket);
  }
  bool answers_on = false;

 private:
  engine::Signals& signals_;
  std::size_t after_;
};

TEST(Stop, EndsSoonAndCountsWhatIsUnderWay) {
  for (const bool open : {true, false})
    for (const bool answers_on : {true, false}) {
      SCOPED_TRACE(::testing::Message() << (open ? "open" : "closed") << (answers_on ? "" : ", hanging"));
      engine::Signals signals;
      StoppingServer server(signals, 500);
      server.answers_on = answers_on;
      engine::Plan plan = open ? plan_of(open_at(1000, 60s, 10), 60s) : plan_of(users(10, 60s), 60s);
      Ended e = run_to_its_end(plan, server, signals);
      expect_conserved(e.block);
      EXPECT_TRUE(e.stopped);
      EXPECT_LT(e.measured, 1s);
      EXPECT_LE(e.at, kBegin + e.measured + 520ms);
      EXPECT_EQ(e.block.counters["unfinished"] == 0, answers_on);
      EXPECT_GE(e.block.counters["successes"], 480U);
    }
}

TEST(Stop, BeforeTheLoadHasBegunSendsNothing) {
  RecordingServer server;
  engine::Signals signals;
  signals.stop = true;
  Ended e = run_to_its_end(plan_of(users(10, 60s), 60s), server, signals);
  EXPECT_TRUE(e.stopped);
  EXPECT_EQ(e.measured, 0s);
  EXPECT_EQ(server.requests.size(), 0U);
}

TEST(Check, FailsWhatIsNotAsItShouldBe) {
  RecordingServer server;
  for (const auto& [answer, counter] : std::vector<std::pair<std::string, std::string>>{
           {"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ngood", "successes"},
           {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\ngo\r\n2\r\nod\r\n0\r\n\r\n", "successes"},
           {"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil", "errors.check"},
           {"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", "errors.check"},
           {"HTTP/1.1 302 Found\r\nContent-Length: 4\r\n\r\ngood", "errors.status"},
           {"HTTP/1.1 500 Oops\r\nContent-Length: 4\r\n\r\ngood", "errors.status"}}) {
    SCOPED_TRACE(answer);
    server.answer = answer;
    engine::Plan plan = plan_of(users(2, 100ms), 100ms);
    plan.steps = {step("/")};
    plan.steps[0].check.status = {{200, 299}};
    plan.steps[0].check.body_contains = {"good"};
    result::Block b = run(plan, server);
    expect_conserved(b);
    EXPECT_GT(b.counters["requests"], 100U);
    EXPECT_EQ(b.counters[counter], b.counters["requests"]);
  }
}

// A check must not see the body of the answer before.
class AlternatingServer : public RecordingServer {
 public:
  void respond(net::SimReactor& network, net::SocketId socket) override {
    answer = requests.size() % 2 == 0 ? "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
                                      : "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ngood";
    RecordingServer::respond(network, socket);
  }
};

TEST(Check, LooksAtEachAnswerAlone) {
  AlternatingServer server;
  engine::Plan plan = plan_of(users(1, 100ms), 100ms);
  plan.steps = {step("/")};
  plan.steps[0].check.body_contains = {"good"};
  result::Block b = run(plan, server);
  EXPECT_EQ(b.counters["successes"], 50U);
  EXPECT_EQ(b.counters["errors.check"], 50U);
}

TEST(LargeBodies, AreSentWholeAndCountedOnce) {
  RecordingServer server;
  engine::Plan plan = plan_of(users(3, 100ms), 100ms);
  plan.steps = {step("/", "POST", std::string(100'000, 'x'))};
  result::Block b = run(plan, server);
  expect_conserved(b);
  EXPECT_EQ(b.counters["successes"], 300U);
  EXPECT_EQ(b.counters["bytes.sent"], 300 * plan.steps[0].request.bytes.size());
}

TEST(Seed, TheSameGivesTheSameToTheLastBit) {
  const auto once = [](std::uint64_t seed) {
    RecordingServer server;
    auto load = open_at(700, 3s, 12);
    load.arrivals = scenario::Arrivals::kPoisson;
    engine::Plan plan = weighted(load, 3s);
    plan.seed = seed;
    net::SimReactor::Faults faults;
    faults.refuse = 0.2;
    faults.cut_receives = true;
    return run(plan, server, 2, faults);
  };
  const result::Block a = once(5);
  const result::Block b = once(5);
  const result::Block c = once(6);
  EXPECT_EQ(a.counters, b.counters);
  ASSERT_EQ(a.histograms.size(), b.histograms.size());
  for (const auto& [name, histogram] : a.histograms) EXPECT_EQ(histogram.encode(), b.histograms.at(name).encode());
  EXPECT_NE(a.histograms.at("latency").encode(), c.histograms.at("latency").encode());
}

}  // namespace
}  // namespace loadstone

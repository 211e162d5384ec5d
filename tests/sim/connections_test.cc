// What becomes of connections, seen from the server: new ones for each request, back-off, and requests that met a
// closing one.
#include <gtest/gtest.h>

#include <set>

#include "tests/sim/recording_server.h"

namespace loadstone {
namespace {

engine::Plan without_keep_alive(engine::Plan plan) {
  plan.keep_alive = false;
  plan.steps[0].request = http1::encode(
      {.method = "GET", .target = "/", .authority = "sim", .headers = {}, .body = {}, .keep_alive = false});
  return plan;
}

TEST(WithoutKeepAlive, EveryRequestHasAConnectionOfItsOwn) {
  for (const bool open : {true, false}) {
    SCOPED_TRACE(open ? "open" : "closed");
    RecordingServer server;
    result::Block b =
        run(without_keep_alive(open ? plan_of(open_at(500, 2s, 8), 2s) : plan_of(users(8, 1s), 1s)), server);
    expect_conserved(b);
    EXPECT_GT(b.counters["requests"], 900U);
    EXPECT_EQ(b.counters["failures"], 0U);
    EXPECT_EQ(server.connections, server.requests.size());
    EXPECT_EQ(server.closing, server.requests.size());
    EXPECT_EQ(b.counters["connect.succeeded"], b.counters["sent"]);
  }
}

// A server that announces the end of each connection and then leaves it open: the sockets that wait for it are bounded,
// and no more than the reactor was made for.
TEST(WithoutKeepAlive, SocketsThatLingerAreBounded) {
  for (const bool keep_alive : {true, false}) {
    SCOPED_TRACE(keep_alive);
    RecordingServer server;
    server.answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok";
    engine::Plan plan = plan_of(open_at(4000, 2s, 40), 2s);
    if (!keep_alive) plan = without_keep_alive(plan);
    result::Block b = run(plan, server);
    expect_conserved(b);
    EXPECT_EQ(b.counters["successes"], 8000U);
    EXPECT_LE(server.most_open, engine::sockets_per_shard(plan, 1));
  }
}

TEST(Backoff, SparesAServerThatRefuses) {
  net::SimReactor::Faults faults;
  faults.refuse = 1;
  for (const bool open : {true, false}) {
    SCOPED_TRACE(open ? "open" : "closed");
    RecordingServer server;
    result::Block b = run(open ? plan_of(open_at(100, 10s, 10), 10s) : plan_of(users(10, 10s), 10s), server, 1, faults);
    expect_conserved(b);
    EXPECT_EQ(b.counters["successes"], 0U);
    EXPECT_EQ(b.counters["errors.connect"], b.counters["failures"]);
    // 10, 20 ... 640 ms and then every second: 16 or 17 attempts of each connection in ten seconds.
    EXPECT_GE(b.counters["connect.attempted"], 150U);
    EXPECT_LE(b.counters["connect.attempted"], 190U);
    EXPECT_EQ(b.counters["connect.failed"], b.counters["connect.attempted"]);
    if (open) {
      EXPECT_EQ(b.counters["scheduled"], 1000U);  // they fail, but none is left out
    }
  }
}

// Takes connections, and closes each a millisecond later.
class ClosingServer : public RecordingServer {
 public:
  void connected(net::SimReactor& network, net::SocketId socket) override {
    RecordingServer::connected(network, socket);
    network.close_by_peer(socket, network.now() + 1ms);
  }
  void respond(net::SimReactor&, net::SocketId) override {}
};

TEST(Backoff, SparesAServerThatTakesConnectionsAndClosesThem) {
  ClosingServer server;
  result::Block b = run(plan_of(open_at(10, 10s, 10), 10s), server);
  expect_conserved(b);
  EXPECT_EQ(b.counters["scheduled"], 100U);
  EXPECT_EQ(b.counters["failures"], 100U);
  // Those of the beginning, and one for each request.
  EXPECT_EQ(b.counters["connect.attempted"], 10U + 100U);
}

// Answers the first request on each connection, and closes when it gets a second: the race of a server that gives up
// idle connections.
class RacingServer : public RecordingServer {
 public:
  int closes = 1000;  // so many times
  std::set<std::pair<net::SocketId, std::size_t>> used;
  std::map<net::SocketId, int> on_connection;

  void connected(net::SimReactor& network, net::SocketId socket) override {
    RecordingServer::connected(network, socket);
    on_connection[socket] = 0;
  }
  void respond(net::SimReactor& network, net::SocketId socket) override {
    if (++on_connection[socket] > 1 && closes-- > 0)
      network.close_by_peer(socket, network.now() + 1ms);
    else
      RecordingServer::respond(network, socket);
  }
};

TEST(Retry, ARequestThatMetAClosingConnectionIsSentOnceMore) {
  RacingServer server;
  result::Block b = run(plan_of(users(1, 10s, 1500ms), 10s), server);
  expect_conserved(b);
  EXPECT_GT(b.counters["retries"], 2U);
  EXPECT_EQ(b.counters["failures"], 0U);
  EXPECT_EQ(b.counters["sent"], b.counters["requests"] + b.counters["retries"]);
  EXPECT_EQ(server.requests.size(), b.counters["sent"]);
  // Its latency goes on from when it was due: the millisecond until the close counts.
  EXPECT_NEAR(b.histograms["latency"].max(), 0.002, 1e-5);
  EXPECT_NEAR(b.histograms["service_time"].max(), 0.001, 1e-5);
}

TEST(Retry, IsNotForRequestsThatMayHaveHadAnEffect) {
  RacingServer server;
  engine::Plan plan = plan_of(users(1, 10s, 1500ms), 10s);
  plan.steps = {step("/", "POST", "x")};
  result::Block b = run(plan, server);
  expect_conserved(b);
  EXPECT_EQ(b.counters["retries"], 0U);
  EXPECT_GT(b.counters["errors.reset"], 2U);
}

TEST(Retry, IsNotForConnectionsThatWereJustUsed) {
  RacingServer server;
  result::Block b = run(plan_of(users(1, 1s, 10ms), 1s), server);
  expect_conserved(b);
  EXPECT_EQ(b.counters["retries"], 0U);
  EXPECT_GT(b.counters["errors.reset"], 10U);
}

// Closes every connection upon every request but the very first.
class NeverAgainServer : public RacingServer {
 public:
  void respond(net::SimReactor& network, net::SocketId socket) override {
    if (requests.size() > 1)
      network.close_by_peer(socket, network.now() + 1ms);
    else
      RecordingServer::respond(network, socket);
  }
};

TEST(Retry, HappensOnce) {
  NeverAgainServer server;
  result::Block b = run(plan_of(users(1, 2s, 1500ms), 2s), server);
  expect_conserved(b);
  EXPECT_EQ(b.counters["requests"], 2U);
  EXPECT_EQ(b.counters["successes"], 1U);
  EXPECT_EQ(b.counters["errors.reset"], 1U);
  EXPECT_EQ(b.counters["retries"], 1U);
  EXPECT_EQ(server.requests.size(), 3U);
}

}  // namespace
}  // namespace loadstone

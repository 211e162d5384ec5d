// Whole runs over HTTP/2: what several exchanges on one connection come to, seen from both sides.
#include <gtest/gtest.h>

#include <set>

#include "tests/sim/http2_server.h"

namespace loadstone {
namespace {

scenario::ClosedLoad users(int n, Nanoseconds duration, Nanoseconds think = 0s) { return {{{n, duration}}, think}; }

class StallingServer : public Http2Server {
 public:
  Instant stall_from = kNever;
  Instant stall_until = kNever;

 protected:
  void respond(net::SimReactor& network, net::SocketId socket, std::int32_t stream) override {
    Instant at = network.now() + service;
    if (at >= stall_from && at < stall_until) at = stall_until;
    answer(network, socket, stream, at);
  }
};

// The test of the same name for HTTP/1.1 explains the numbers; 2 connections of 8 streams are its 16 connections.
TEST(Http2Stall, ShowsInTheLatencyOfEveryRequestDueInIt) {
  StallingServer server;
  server.stall_from = kBegin + 3s;
  server.stall_until = kBegin + 4s;
  result::Block b = run(with_http2(plan_of(open_at(1000, 10s, 2), 10s), 8), server);
  expect_conserved(b);
  EXPECT_EQ(server.requests, 10'000U);
  EXPECT_EQ(server.connections, 2U);
  expect_whole_stall(b);  // waiting for a stream is waiting
}

TEST(Http2Load, UsersShareConnectionsWhateverTheNumberOfShards) {
  for (const int shards : {1, 2}) {
    Http2Server server;
    server.service = 10ms;
    result::Block b = run(with_http2(plan_of(users(25, 1s), 1s), 10), server, shards);
    expect_conserved(b);
    EXPECT_EQ(server.connections, 3U);
    EXPECT_EQ(b.counters["connect.succeeded"], 3U);
    EXPECT_EQ(b.counters["requests"], 2500U);  // all at once: each user's 100 a second
    EXPECT_EQ(b.histograms["wait"].max(), 0);
  }
}

TEST(Http2Load, TakesNoMoreStreamsThanTheServerAllows) {
  for (const bool open : {false, true}) {
    SCOPED_TRACE(open ? "open" : "closed");
    Http2Server server;
    server.service = 10ms;
    server.max_streams = 4;
    const engine::Plan plan = open ? plan_of(open_at(1000, 1s, 1), 1s) : plan_of(users(10, 1s), 1s);
    result::Block b = run(with_http2(plan, 10), server);
    expect_conserved(b);
    EXPECT_EQ(b.counters["failures"], 0U);
    // Four every 10 ms, and in the open load the rest of what was due afterwards.
    EXPECT_NEAR(static_cast<double>(b.counters["completed"]), 400, 4);
    if (open) {
      EXPECT_EQ(b.counters["scheduled"], 1000U);
      EXPECT_EQ(server.requests, b.counters["successes"]);
    } else {
      EXPECT_NEAR(b.histograms["wait"].mean(), 0.015, 0.001);  // six of ten wait, each for one or two rounds
    }
  }
}

// Every tenth stream is never answered.
class ForgetfulServer : public Http2Server {
 public:
  std::size_t forgotten = 0;

 protected:
  void respond(net::SimReactor& network, net::SocketId socket, std::int32_t stream) override {
    if (stream % 20 == 1)
      ++forgotten;
    else
      Http2Server::respond(network, socket, stream);
  }
};

TEST(Http2Timeout, EndsTheExchangeAndNotTheConnection) {
  for (const bool open : {false, true}) {
    SCOPED_TRACE(open ? "open" : "closed");
    ForgetfulServer server;
    engine::Plan plan = open ? plan_of(open_at(500, 2s, 2), 2s) : plan_of(users(20, 2s, 10ms), 2s);
    plan.request_timeout = 50ms;
    result::Block b = run(with_http2(plan, 10), server);
    expect_conserved(b);
    EXPECT_GT(server.forgotten, 20U);
    EXPECT_EQ(b.counters["errors.timeout"], server.forgotten);
    EXPECT_EQ(b.counters["failures"], server.forgotten);
    EXPECT_EQ(server.cancels, server.forgotten);
    EXPECT_EQ(server.connections, 2U);
    EXPECT_EQ(b.counters["successes"], server.answers);
  }
}

// Goes away after each 50 requests of a connection: answers what it has taken, does not look at the rest, and closes.
class LeavingServer : public Http2Server {
 protected:
  void respond(net::SimReactor& network, net::SocketId socket, std::int32_t stream) override {
    if (stream > 99) return;
    Http2Server::respond(network, socket, stream);
    if (stream != 99) return;
    session(socket).go_away(99);
    send(network, socket, network.now() + service);
    network.close_by_peer(socket, network.now() + service + 1ms);
  }
};

TEST(Http2GoAway, LosesNothing) {
  for (const bool open : {false, true}) {
    SCOPED_TRACE(open ? "open" : "closed");
    LeavingServer server;
    const engine::Plan plan = open ? plan_of(open_at(3000, 2s, 2), 2s) : plan_of(users(14, 2s, 1ms), 2s);
    result::Block b = run(with_http2(plan, 7), server);
    expect_conserved(b);
    EXPECT_GT(b.counters["requests"], 4000U);
    EXPECT_EQ(b.counters["successes"], b.counters["requests"]);
    EXPECT_EQ(server.answers, b.counters["successes"]);
    EXPECT_GT(b.counters["retries"], 20U);
    EXPECT_EQ(b.counters["sent"], b.counters["requests"] + b.counters["retries"]);
    EXPECT_GE(server.connections, b.counters["requests"] / 50);
  }
}

class RefusingServer : public Http2Server {
 public:
  std::size_t refused = 0;

 protected:
  void respond(net::SimReactor& network, net::SocketId socket, std::int32_t stream) override {
    if (stream % 14 != 1) {
      Http2Server::respond(network, socket, stream);
      return;
    }
    ++refused;
    session(socket).reset(stream, NGHTTP2_REFUSED_STREAM);
    send(network, socket, network.now() + service);
  }
};

TEST(Http2Refusal, IsAnOutcomeOfOneStream) {
  RefusingServer server;
  result::Block b = run(with_http2(plan_of(open_at(1000, 2s, 2), 2s), 10), server);
  expect_conserved(b);
  EXPECT_GT(server.refused, 100U);
  EXPECT_EQ(b.counters["errors.reset"], server.refused);
  EXPECT_EQ(b.counters["failures"], server.refused);
  EXPECT_EQ(b.counters["retries"], 0U);
  EXPECT_EQ(server.connections, 2U);
}

class LosingServer : public Http2Server {
 public:
  std::size_t lost = 0;

 protected:
  void respond(net::SimReactor& network, net::SocketId socket, std::int32_t stream) override {
    if (stream > 199) {
      ++lost;  // all ten wait, and then the connection breaks
      if (lost % 10 == 0) network.reset_by_peer(socket, network.now() + 1ms);
      return;
    }
    Http2Server::respond(network, socket, stream);
  }
};

TEST(Http2Loss, OfAConnectionEndsAllItsExchanges) {
  LosingServer server;
  result::Block b = run(with_http2(plan_of(users(10, 2s), 2s), 10), server);
  expect_conserved(b);
  EXPECT_GT(server.lost, 100U);
  EXPECT_EQ(b.counters["errors.reset"] + b.counters["unfinished"], server.lost);
  EXPECT_EQ(server.connections, server.lost / 10 + 1);
}

// Speaks HTTP/1.1 alone.
class OldServer : public net::SimPeer {
 public:
  void connected(net::SimReactor&, net::SocketId) override {}
  void received(net::SimReactor& network, net::SocketId socket, std::string_view) override {
    network.answer(socket, "HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n", network.now());
    network.close_by_peer(socket, network.now());
  }
};
class SilentServer : public net::SimPeer {
 public:
  void connected(net::SimReactor&, net::SocketId) override {}
  void received(net::SimReactor&, net::SocketId, std::string_view) override {}
};

template <class Server>
std::set<std::string> problems_with(std::uint64_t& failures) {
  Server server;
  const engine::Plan plan = with_http2(plan_of(open_at(50, 2s, 2), 2s), 10);
  SimulatedShard one(plan, server, 1);
  one.run();
  result::Block b;
  std::set<std::string> problems;
  while (const auto tally = one.mailbox.take()) {
    tally->add_to(b);
    for (const auto& [text, n] : tally->problems) problems.insert(text.substr(text.rfind(": ") + 2));
  }
  expect_conserved(b);
  EXPECT_EQ(b.counters["connect.succeeded"], 0U);
  EXPECT_EQ(b.counters["errors.connect"], b.counters["scheduled"]);
  failures = b.counters["failures"];
  return problems;
}

TEST(Http2Greeting, AServerThatDoesNotSpeakItIsAFailedConnect) {
  std::uint64_t failures = 0;
  EXPECT_TRUE(problems_with<OldServer>(failures).contains("the server speaks HTTP/1.1, not HTTP/2"));
  EXPECT_EQ(failures, 100U);
  EXPECT_TRUE(problems_with<SilentServer>(failures).contains("timed out before the server allowed a stream of HTTP/2"));
  EXPECT_EQ(failures, 100U);
}

// Faults: whatever goes wrong, every request that was due comes to exactly one end, and nothing hangs.
class FaultyServer : public Http2Server {
 public:
  explicit FaultyServer(std::uint64_t seed) : random_(seed) { max_streams = 1 + static_cast<std::uint32_t>(seed % 12); }

 protected:
  void respond(net::SimReactor& network, net::SocketId socket, std::int32_t stream) override {
    last_ = std::max(last_, network.now()) + Nanoseconds(static_cast<std::int64_t>(random_.exponential() * 5e5));
    const Instant at = last_;
    switch (random_.below(40)) {
      case 0:
        network.reset_by_peer(socket, at);
        return;
      case 1:
        network.close_by_peer(socket, at);
        return;
      case 2:
        network.answer(socket, "not a frame at all, but long enough for one", at);
        return;
      case 3:
        session(socket).reset(stream, NGHTTP2_INTERNAL_ERROR);
        break;
      case 4:
        return;  // never answers
      case 5:
        session(socket).go_away(stream, random_.below(2) == 0 ? NGHTTP2_NO_ERROR : NGHTTP2_ENHANCE_YOUR_CALM);
        network.close_by_peer(socket, at + 5ms);
        break;
      case 6:
        session(socket).allow(static_cast<std::uint32_t>(1 + random_.below(10)));
        [[fallthrough]];
      default:
        answer(network, socket, stream, at);
        return;
    }
    send(network, socket, at);
  }

 private:
  Random random_;
  Instant last_{};
};

TEST(Http2Faults, EveryRequestComesToExactlyOneEnd) {
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    SCOPED_TRACE(seed);
    FaultyServer server(seed);
    engine::Plan plan = seed % 2 == 0 ? plan_of(open_at(500, 2s, 4), 2s) : plan_of(users(20, 2s, 1ms), 2s);
    plan.request_timeout = 100ms;
    net::SimReactor::Faults faults;
    faults.cut_receives = seed % 3 == 0;
    faults.refuse = seed % 4 == 0 ? 0.3 : 0;
    result::Block b = run(with_http2(plan, 1 + static_cast<int>(seed % 10)), server, 1, faults);
    expect_conserved(b);
    EXPECT_GT(b.counters["successes"], 50U);
    EXPECT_GT(b.counters["failures"], 20U);
    std::uint64_t by_kind = 0;
    for (const char* kind : {"status", "check", "timeout", "connect", "reset", "protocol"})
      by_kind += b.counters[std::string("errors.") + kind];
    EXPECT_EQ(by_kind, b.counters["failures"]);
  }
}

}  // namespace
}  // namespace loadstone

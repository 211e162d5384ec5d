// TLS over the simulated network: every order of bytes and ends that a peer can come up with, in manual time.
#include "net/tls_reactor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>

#include "net/tls_world_for_test.h"

namespace loadstone::net {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

INSTANTIATE_TEST_SUITE_P(Net, TlsReactorTest, ::testing::ValuesIn(kWays), name_of);

class Tls12ReactorTest : public TlsReactorTest {};
INSTANTIATE_TEST_SUITE_P(Net, Tls12ReactorTest, ::testing::ValuesIn(kWaysOf12), name_of);

class Tls13ReactorTest : public TlsReactorTest {};
INSTANTIATE_TEST_SUITE_P(Net, Tls13ReactorTest, ::testing::ValuesIn(kWaysOf13), name_of);

TEST_P(TlsReactorTest, ShakesHandsSendsAndReceives) {
  const auto peer = make_peer();
  peer->answer = [](const std::string& question) { return "answer to " + question; };
  World world(*peer, trusting());
  const SocketId s = world.connect();
  EXPECT_EQ(world.reactor->handshake(s), nullptr);
  world.turns(2000);
  EXPECT_THAT(world.logs[s].connected, ElementsAre(0)) << world.reasons[s];
  ASSERT_NE(world.reactor->handshake(s), nullptr);
  EXPECT_FALSE(world.reactor->handshake(s)->is_resumed);
  EXPECT_LT(world.reactor->handshake(s)->tcp_open, world.clock.now());
  world.reactor->send(s, "question");
  world.turns(200);
  EXPECT_EQ(peer->heard(s), "question");
  EXPECT_EQ(world.logs[s].received, "answer to question");
  EXPECT_THAT(world.logs[s].sent, IsEmpty());  // a small send that succeeds says nothing
  EXPECT_THAT(world.logs[s].ended, IsEmpty());
  EXPECT_EQ(world.reactor->buffers_in_use(), 0U);  // an idle connection holds none
  EXPECT_EQ(peer->stream(s).server_name(), "localhost");
}

TEST_P(TlsReactorTest, MakesOneSendOfOneSend) {
  const auto peer = make_peer();
  peer->answer = [](const std::string&) { return "yes"; };
  World world(*peer, trusting());
  const SocketId s = world.connect();
  world.turns(2000);
  const std::uint64_t before = world.network.operations();
  for (int i = 0; i < 10; ++i) {
    world.reactor->send(s, "question");
    world.turns(100);
  }
  EXPECT_EQ(world.network.operations() - before, 10U);
  EXPECT_EQ(world.logs[s].received.size(), 30U);
}

TEST_P(TlsReactorTest, TheFirstSendGoesWithTheEndOfTheHandshake) {
  const auto peer = make_peer();
  World world(*peer, trusting());
  const SocketId s = world.connect();
  for (int i = 0; i < 3000 && world.logs[s].connected.empty(); ++i) world.turn();
  const std::uint64_t before = world.network.operations();
  world.reactor->send(s, "question");
  world.turns(100);
  EXPECT_EQ(peer->heard(s), "question");
  // What ends the handshake of TLS 1.3 and the question: one send. In TLS 1.2 the server has the last word.
  EXPECT_EQ(world.network.operations() - before, 1U);
  EXPECT_EQ(world.reactor->buffers_in_use(), is_1_3() ? 0U : 1U);  // the latter waits for an answer
}

TEST_P(TlsReactorTest, CarriesAMegabyteEachWay) {
  const auto peer = make_peer();
  const std::string there = pattern(1 << 20, 1), back = pattern(1 << 20, 2);
  World world(*peer, trusting());
  const SocketId s = world.connect();
  world.turns(2000);
  world.reactor->send(s, there);
  world.turns(100);
  EXPECT_TRUE(peer->heard(s) == there);
  EXPECT_THAT(world.logs[s].sent, ElementsAre(1 << 20));  // plain bytes, told once
  peer->in_single_bytes = false;
  peer->stream(s).say(back);
  peer->send_out(world.network, s);
  world.turns(10);
  EXPECT_TRUE(world.logs[s].received == back);
  EXPECT_EQ(world.reactor->buffers_in_use(), 0U);
}

TEST_P(TlsReactorTest, RecordsThatComeTogetherAreOnePiece) {
  const auto peer = make_peer();
  World world(*peer, trusting());
  const SocketId s = world.connect();
  world.turns(2000);
  peer->in_single_bytes = false;
  for (const char* answer : {"one ", "two ", "three"}) peer->stream(s).say(answer);
  peer->send_out(world.network, s);
  world.turns(10);
  EXPECT_EQ(world.logs[s].received, "one two three");
  EXPECT_EQ(world.logs[s].pieces, 1);
}

TEST_P(TlsReactorTest, TellsOfASmallSendWhenAsked) {
  const auto peer = make_peer();
  World world(*peer, trusting());
  const SocketId s = world.connect();
  world.turns(2000);
  for (int i = 1; i <= 3; ++i) {
    world.reactor->send(s, "question", Reactor::Tell::kAlways);
    world.turns(10);
    EXPECT_EQ(world.logs[s].sent.size(), static_cast<std::size_t>(i));
    EXPECT_EQ(world.logs[s].sent.back(), 8);
  }
  EXPECT_EQ(peer->heard(s), "questionquestionquestion");
}

TEST_P(TlsReactorTest, SaysGoodbyeWhenItClosesAndHearsIt) {
  const auto peer = make_peer();
  World world(*peer, trusting());
  const SocketId ours = world.connect();
  world.turns(2000);
  world.reactor->close(ours, Reactor::How::kGraceful);
  EXPECT_TRUE(peer->stream(ours).was_told_goodbye());
  EXPECT_EQ(world.network.open_sockets(), 0U);

  const SocketId theirs = world.connect();
  world.turns(2000);
  peer->stream(theirs).say("last words");
  peer->stream(theirs).say_goodbye();
  peer->send_out(world.network, theirs);
  world.network.close_by_peer(theirs, world.clock.now());
  world.turns(200);
  EXPECT_EQ(world.logs[theirs].received, "last words");
  EXPECT_THAT(world.logs[theirs].ended, ElementsAre(0));
  world.reactor->close(theirs, Reactor::How::kGraceful);
  EXPECT_EQ(world.reactor->buffers_in_use(), 0U);
}

TEST_P(TlsReactorTest, AnEndWithoutAGoodbyeIsAReset) {
  const auto peer = make_peer();
  World world(*peer, trusting());
  const SocketId s = world.connect();
  world.turns(2000);
  world.network.close_by_peer(s, world.clock.now());
  world.turns();
  EXPECT_THAT(world.logs[s].ended, ElementsAre(-ECONNRESET));
  EXPECT_EQ(world.reasons[s], "the connection was closed without TLS's goodbye (close_notify)");
}

TEST_P(TlsReactorTest, ClosesInEveryState) {
  const auto peer = make_peer();
  World world(*peer, trusting());
  const std::string much = pattern(1 << 20);
  for (const auto how : {Reactor::How::kGraceful, Reactor::How::kReset}) {
    for (int turns = 0; turns < 12; ++turns) {
      const SocketId s = world.connect();
      world.turns(turns);
      world.reactor->close(s, how);
      EXPECT_EQ(world.network.open_sockets(), 0U);
      EXPECT_EQ(world.reactor->buffers_in_use(), 0U);
    }
    for (const std::string& bytes : {std::string("little"), much}) {
      for (int turns = 0; turns < 6; ++turns) {
        const SocketId s = world.connect();
        world.turns(2000);
        world.reactor->send(s, bytes, Reactor::Tell::kAlways);
        world.turns(turns);
        world.reactor->close(s, how);
        world.turns();
        EXPECT_EQ(world.network.open_sockets(), 0U);
        EXPECT_EQ(world.reactor->buffers_in_use(), 0U);
      }
    }
  }
}

TEST_P(TlsReactorTest, ResumesSessionsOfConnectionsThatHaveEnded) {
  const auto peer = make_peer();
  World world(*peer, trusting());
  const auto shake = [&] {
    const SocketId s = world.connect();
    world.turns(2000);
    EXPECT_THAT(world.logs[s].connected, ElementsAre(0)) << world.reasons[s];
    return s;
  };
  const SocketId first = shake();
  const SocketId second = shake();  // while the first is open there is nothing to resume
  EXPECT_FALSE(world.reactor->handshake(first)->is_resumed);
  EXPECT_FALSE(world.reactor->handshake(second)->is_resumed);
  world.reactor->close(first, Reactor::How::kGraceful);
  world.reactor->close(second, Reactor::How::kReset);
  world.turns();
  // Two have ended, so two can come back, again and again.
  for (int i = 0; i < 3; ++i) {
    const SocketId a = shake(), b = shake(), c = shake();
    EXPECT_TRUE(world.reactor->handshake(a)->is_resumed);
    EXPECT_TRUE(world.reactor->handshake(b)->is_resumed);
    EXPECT_EQ(world.reactor->handshake(c)->is_resumed, i > 0);
    EXPECT_EQ(peer->stream(a).is_resumed(), world.reactor->handshake(a)->is_resumed);
    for (const SocketId s : {a, b, c}) world.reactor->close(s, Reactor::How::kGraceful);
    world.turns();
  }
}

TEST_P(TlsReactorTest, ResumesTheSessionOfAConnectionThatOnlyLingers) {
  const auto peer = make_peer();
  World world(*peer, trusting());
  bool is_resumed = false;
  for (int i = 0; i < 3; ++i) {
    const SocketId s = world.connect();
    world.turns(2000);
    EXPECT_EQ(world.reactor->handshake(s)->is_resumed, is_resumed);
    world.reactor->retire(s);
    world.reactor->retire(s);  // a second time gives no second session
    is_resumed = true;
  }
  // The third has given its session back, once.
  for (const bool expected : {true, false}) {
    const SocketId s = world.connect();
    world.turns(2000);
    EXPECT_EQ(world.reactor->handshake(s)->is_resumed, expected);
  }
  EXPECT_EQ(world.network.open_sockets(), 5U);
}

TEST_P(TlsReactorTest, ResumesNothingWhenItIsNotTo) {
  const auto peer = make_peer();
  TlsOptions options = trusting();
  options.resumes = false;
  World world(*peer, options);
  for (int i = 0; i < 3; ++i) {
    const SocketId s = world.connect();
    world.turns(2000);
    ASSERT_NE(world.reactor->handshake(s), nullptr);
    EXPECT_FALSE(world.reactor->handshake(s)->is_resumed);
    world.reactor->close(s, Reactor::How::kGraceful);
    world.turns();
  }
}

TEST_P(Tls13ReactorTest, SurvivesNewKeysInBetween) {
  const auto peer = make_peer();
  World world(*peer, trusting());
  const SocketId s = world.connect();
  world.turns(2000);
  std::string heard;
  for (int i = 0; i < 5; ++i) {
    world.reactor->send(s, "question ", i % 2 == 0 ? Reactor::Tell::kAlways : Reactor::Tell::kFailure);
    // The server asks for new keys while the question is on its way, and speaks with them.
    SSL_key_update(peer->stream(s).raw(), SSL_KEY_UPDATE_REQUESTED);
    peer->stream(s).say("answer ");
    peer->send_out(world.network, s);
    world.turns(400);
    heard += "answer ";
    EXPECT_EQ(world.logs[s].received, heard);
  }
  EXPECT_EQ(peer->heard(s), "question question question question question ");
  EXPECT_THAT(world.logs[s].sent, ElementsAre(9, 9, 9));
  EXPECT_THAT(world.logs[s].ended, IsEmpty());
  EXPECT_EQ(world.reactor->buffers_in_use(), 0U);
}

TEST_P(Tls12ReactorTest, RefusesToRenegotiate) {
  const auto peer = make_peer();
  World world(*peer, trusting());
  const SocketId s = world.connect();
  world.turns(2000);
  SSL_renegotiate(peer->stream(s).raw());
  SSL_do_handshake(peer->stream(s).raw());
  peer->send_out(world.network, s);
  world.turns(400);
  EXPECT_TRUE(peer->stream(s).has_failed());
  EXPECT_EQ(peer->stream(s).reason(), SSL_R_NO_RENEGOTIATION);
  EXPECT_THAT(world.logs[s].connected, ElementsAre(0));
}

TEST_P(TlsReactorTest, ServesMoreSocketsThanAreWarm) {
  const auto peer = make_peer();
  peer->answer = [](const std::string& question) { return "answer to " + question; };
  World world(*peer, trusting());
  std::vector<SocketId> sockets;
  for (std::size_t i = 0; i < TlsReactor::kMostWarm + 44; ++i) sockets.push_back(world.connect());
  world.turns(2000);
  for (int round = 0; round < 3; ++round) {
    for (const SocketId s : sockets) world.reactor->send(s, std::to_string(s) + ".");
    world.turns(100);
  }
  for (const SocketId s : sockets) {
    const std::string once = "answer to " + std::to_string(s) + ".";
    EXPECT_EQ(world.logs[s].received, once + once + once);
    world.reactor->close(s, Reactor::How::kGraceful);
  }
  EXPECT_EQ(world.reactor->buffers_in_use(), 0U);
}

TEST_P(TlsReactorTest, AgreesOnAProtocol) {
  const auto peer = make_peer();
  know_http(peer->context());
  TlsOptions options = trusting();
  {
    World world(*peer, options);
    const SocketId s = world.connect();
    world.turns(2000);
    ASSERT_NE(world.reactor->handshake(s), nullptr);
    EXPECT_EQ(world.reactor->handshake(s)->protocol, "http/1.1");
  }
  options.protocols = {"h9"};
  World world(*peer, options);
  const SocketId s = world.connect();
  world.turns(2000);
  EXPECT_THAT(world.logs[s].connected, ElementsAre(-EPROTO));
  EXPECT_EQ(world.reasons[s], "the server does not speak h9: it takes nothing of what ALPN offers");
}

// One connection may speak something else than those beside it.
TEST_P(TlsReactorTest, OffersAnotherProtocolForOneConnection) {
  const auto peer = make_peer();
  know_http(peer->context());
  TlsOptions options = trusting();
  options.protocols = {"h9"};
  options.needs_protocol = true;
  World world(*peer, options);
  const SocketId other = world.connect();
  const SocketId s = world.connect();
  world.reactor->offer(s, "http/1.1");
  world.turns(2000);
  EXPECT_THAT(world.logs[other].connected, ElementsAre(-EPROTO));
  EXPECT_THAT(world.logs[s].connected, ElementsAre(0));
  EXPECT_EQ(world.reactor->handshake(s)->protocol, "http/1.1");
}

// A server that has never heard of ALPN says nothing about it, and only a client that cannot do without minds.
TEST_P(TlsReactorTest, MayNeedAProtocol) {
  const auto peer = make_peer();
  TlsOptions options = trusting();
  options.protocols = {"h2"};
  for (const bool needs : {false, true}) {
    options.needs_protocol = needs;
    World world(*peer, options);
    const SocketId s = world.connect();
    world.turns(2000);
    EXPECT_THAT(world.logs[s].connected, ElementsAre(needs ? -EPROTO : 0));
    if (needs) {
      EXPECT_EQ(world.reasons[s], "the server does not speak HTTP/2: it takes nothing of what ALPN offers");
    }
  }
}

TEST_P(TlsReactorTest, SendsNoServerNameForAnAddress) {
  const auto peer = make_peer();
  World world(*peer, trusting("127.0.0.1"));
  const SocketId s = world.connect();
  world.turns(2000);
  EXPECT_THAT(world.logs[s].connected, ElementsAre(0)) << world.reasons[s];
  EXPECT_EQ(peer->stream(s).server_name(), "");
}

}  // namespace
}  // namespace loadstone::net

// A client of TLS and its server on the simulated network, for tests.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "net/reactor_for_test.h"
#include "net/sim_reactor.h"
#include "net/tls_peer_for_test.h"
#include "net/tls_reactor.h"

namespace loadstone::net {

inline const Identity& authority() {
  static const Identity made = issue({.name = "the test CA", .is_ca = true});
  return made;
}
inline const Identity& good() {
  static const Identity made = issue({.names = "DNS:localhost,IP:127.0.0.1"}, &authority());
  return made;
}

// A TLS server on the simulated network. Answers each message with what `answer` makes of it.
class TlsServer final : public SimPeer {
 public:
  explicit TlsServer(ServerContext context) : context_(std::move(context)) {}

  void connected(SimReactor&, SocketId socket) override {
    streams_[socket] = std::make_unique<ServerStream>(context_.get());
    heard_[socket].clear();
  }
  void received(SimReactor& network, SocketId socket, std::string_view bytes) override {
    ServerStream& stream = *streams_[socket];
    const std::string plain = stream.take(bytes);
    heard_[socket] += plain;
    if (!plain.empty() && answer) stream.say(answer(plain));
    send_out(network, socket);
  }

  // Passes on what the server's side has to say, whole or byte by byte.
  void send_out(SimReactor& network, SocketId socket) {
    const std::string out = streams_[socket]->out();
    if (!in_single_bytes) {
      if (!out.empty()) network.answer(socket, out, network.now());
      return;
    }
    for (const char c : out) network.answer(socket, std::string(1, c), network.now() + 1ns);
  }

  [[nodiscard]] ServerStream& stream(SocketId socket) { return *streams_[socket]; }
  [[nodiscard]] SSL_CTX* context() { return context_.get(); }
  [[nodiscard]] const std::string& heard(SocketId socket) { return heard_[socket]; }

  std::function<std::string(const std::string&)> answer;
  bool in_single_bytes = false;

 private:
  ServerContext context_;
  std::map<SocketId, std::unique_ptr<ServerStream>> streams_;
  std::map<SocketId, std::string> heard_;
};

// A client and its simulated network.
class World {
 public:
  World(SimPeer& peer, const TlsOptions& options) : network(clock, peer) {
    auto made = TlsTerms::make(options);
    EXPECT_TRUE(made.has_value()) << made.error().message;
    terms = std::move(*made);
    reactor = std::make_unique<TlsReactor>(network, *terms, clock);
  }

  void turn() {
    for (const Completion& c : reactor->wait(clock.now() + 1ms)) {
      Log& log = logs[c.socket];
      if (c.result < 0) reasons[c.socket] = reactor->reason(c.socket, -c.result);
      if (c.kind == Completion::Kind::kConnected) log.connected.push_back(c.result);
      if (c.kind == Completion::Kind::kSent) log.sent.push_back(c.result);
      if (c.kind != Completion::Kind::kReceived) continue;
      EXPECT_EQ(log.connected.size(), 1U);
      EXPECT_THAT(log.ended, ::testing::IsEmpty());
      if (c.result <= 0) {
        log.ended.push_back(c.result);
        continue;
      }
      log.received.append(c.bytes, static_cast<std::size_t>(c.result));
      ++log.pieces;
    }
  }
  // Until nothing happens any more.
  void turns(int n = 60) {
    for (int i = 0; i < n; ++i) turn();
  }
  SocketId connect() {
    const auto socket = reactor->connect(Address{}, nullptr);
    EXPECT_TRUE(socket.has_value());
    logs.erase(*socket);
    reasons.erase(*socket);
    return *socket;
  }
  SocketId connected() {
    const SocketId s = connect();
    turns();
    EXPECT_THAT(logs[s].connected, ::testing::ElementsAre(0)) << reasons[s];
    return s;
  }

  ManualClock clock{Instant(1s)};
  SimReactor network;
  std::unique_ptr<TlsTerms> terms;
  std::unique_ptr<TlsReactor> reactor;
  std::map<SocketId, Log> logs;
  std::map<SocketId, std::string> reasons;
};

struct Folder {
  PemFolder pem;
  std::string ca = pem.write("ca.pem", authority().cert.get());
};
inline const Folder& folder() {
  static const Folder made;
  return made;
}

inline TlsOptions trusting(const std::string& host = "localhost") {
  TlsOptions options;
  options.host = host;
  options.ca = folder().ca;
  return options;
}

// Both versions, whole flights or byte by byte.
struct Way {
  int version;
  bool in_single_bytes;
};
class TlsReactorTest : public ::testing::TestWithParam<Way> {
 protected:
  [[nodiscard]] std::unique_ptr<TlsServer> make_peer(const Identity& identity = good()) const {
    auto peer = std::make_unique<TlsServer>(make_server(identity, GetParam().version));
    peer->in_single_bytes = GetParam().in_single_bytes;
    return peer;
  }
  [[nodiscard]] bool is_1_3() const { return GetParam().version == TLS1_3_VERSION; }
};
inline std::string name_of(const ::testing::TestParamInfo<Way>& test) {
  return std::string(test.param.version == TLS1_2_VERSION ? "TLS12" : "TLS13") +
         (test.param.in_single_bytes ? "ByteByByte" : "");
}
inline constexpr Way kWays[] = {
    {TLS1_2_VERSION, false}, {TLS1_2_VERSION, true}, {TLS1_3_VERSION, false}, {TLS1_3_VERSION, true}};
// For what only one of the versions has.
inline constexpr Way kWaysOf12[] = {{TLS1_2_VERSION, false}, {TLS1_2_VERSION, true}};
inline constexpr Way kWaysOf13[] = {{TLS1_3_VERSION, false}, {TLS1_3_VERSION, true}};

}  // namespace loadstone::net

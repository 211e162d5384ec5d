// Each way in which TLS fails has its words, whichever version and however the bytes come.
#include "net/tls_failure.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>

#include "net/tls_world_for_test.h"

namespace loadstone::net {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class TlsFailureTest : public TlsReactorTest {};
INSTANTIATE_TEST_SUITE_P(Net, TlsFailureTest, ::testing::ValuesIn(kWays), name_of);

// How a handshake ends with a server of this identity, for a client with these options: "" is well.
std::string outcome(const Way& way, const Identity& identity, const TlsOptions& options,
                    const std::function<void(SSL_CTX*)>& set_up = nullptr) {
  TlsServer peer(make_server(identity, way.version));
  peer.in_single_bytes = way.in_single_bytes;
  if (set_up) set_up(peer.context());
  World world(peer, options);
  const SocketId s = world.connect();
  world.turns(3000);
  EXPECT_EQ(world.logs[s].connected.size(), 1U);
  if (world.logs[s].connected == std::vector<int>{0} && world.logs[s].ended.empty()) return "";
  world.reactor->close(s, Reactor::How::kGraceful);
  EXPECT_EQ(world.network.open_sockets(), 0U);
  EXPECT_EQ(world.reactor->buffers_in_use(), 0U);
  return world.reasons[s];
}

TEST_P(TlsFailureTest, SaysWhatIsWrongWithACertificate) {
  const Way& way = GetParam();
  EXPECT_EQ(outcome(way, good(), trusting()), "");
  const auto expired = issue({.from = -7200, .until = -3600}, &authority());
  EXPECT_THAT(outcome(way, expired, trusting()),
              ::testing::MatchesRegex("the certificate has expired: 20..-..-.. ..:..:.. UTC"));
  const auto early = issue({.from = 3600, .until = 7200}, &authority());
  EXPECT_THAT(outcome(way, early, trusting()), ::testing::StartsWith("the certificate is not valid yet: from 20"));
  const auto other = issue({.names = "DNS:a.example,DNS:b.example,IP:192.0.2.1,DNS:c,DNS:d"}, &authority());
  EXPECT_EQ(outcome(way, other, trusting()),
            "the certificate is not for localhost, but for a.example, b.example, 192.0.2.1 and 2 more");
  EXPECT_EQ(outcome(way, other, trusting("192.0.2.2")),
            "the certificate is not for 192.0.2.2, but for a.example, b.example, 192.0.2.1 and 2 more");
  EXPECT_EQ(outcome(way, other, trusting("192.0.2.1")), "");
  const auto alone = issue({.name = "alone"});
  EXPECT_EQ(outcome(way, alone, trusting()), "the certificate is self-signed, and not among " + folder().ca);
  const auto stranger = issue({.name = "another CA", .is_ca = true});
  const auto strange = issue({}, &stranger);
  EXPECT_EQ(outcome(way, strange, trusting()),
            "the certificate comes from another CA, a CA that is not among " + folder().ca);
  TlsOptions system = trusting();
  system.ca = "";
  EXPECT_EQ(outcome(way, good(), system),
            "the certificate comes from the test CA, a CA that is not among the system's CAs");
}

TEST_P(TlsFailureTest, TakesAnyCertificateWhenToldTo) {
  TlsOptions options = trusting();
  options.verifies = false;
  EXPECT_EQ(outcome(GetParam(), issue({.from = -7200, .until = -3600}), options), "");
  EXPECT_EQ(outcome(GetParam(), issue({.names = "DNS:elsewhere"}), options), "");
}

TEST_P(TlsFailureTest, LooksIntoTheListOfRevokedCertificates) {
  const auto revoked = issue({.serial = 66}, &authority());
  const auto stranger = issue({.name = "another CA", .is_ca = true});
  TlsOptions options = trusting();
  options.crl = folder().pem.write_crl("crl.pem", authority(), 66);
  EXPECT_EQ(outcome(GetParam(), revoked, options), "the certificate has been revoked, says " + options.crl);
  EXPECT_EQ(outcome(GetParam(), good(), options), "");
  options.crl = folder().pem.write_crl("other-crl.pem", stranger, 66);
  EXPECT_EQ(outcome(GetParam(), good(), options),
            options.crl + " holds no CRL of the test CA, so nobody knows whether the certificate is revoked");
}

TEST_P(TlsFailureTest, ShowsItsOwnCertificateWhereItIsDemanded) {
  const auto demand = [](SSL_CTX* server) {
    SSL_CTX_set_verify(server, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
    X509_STORE_add_cert(SSL_CTX_get_cert_store(server), authority().cert.get());
  };
  const auto user = issue({.name = "a user"}, &authority());
  TlsOptions options = trusting();
  EXPECT_THAT(outcome(GetParam(), good(), options, demand),
              ::testing::AnyOf("the server demands a client certificate",
                               "the server ended it with the TLS alert 40: handshake failure"));
  options.cert = folder().pem.write("user.pem", user.cert.get());
  options.key = folder().pem.write("user-key.pem", user.key.get());
  EXPECT_EQ(outcome(GetParam(), good(), options, demand), "");
}

TEST_P(TlsFailureTest, KeepsToTheVersionsItWasGiven) {
  TlsOptions options = trusting();
  (is_1_3() ? options.max : options.min) = is_1_3() ? TlsVersion::k1_2 : TlsVersion::k1_3;
  EXPECT_EQ(outcome(GetParam(), good(), options),
            is_1_3() ? "the server does not speak TLS 1.2" : "the server does not speak TLS 1.3");
  (is_1_3() ? options.max : options.min) = is_1_3() ? TlsVersion::k1_3 : TlsVersion::k1_2;
  EXPECT_EQ(outcome(GetParam(), good(), options), "");
}

// A peer that says one thing when it hears the first bytes, and perhaps closes.
class RudePeer final : public SimPeer {
 public:
  RudePeer(std::string says, bool closes) : says_(std::move(says)), closes_(closes) {}
  void connected(SimReactor&, SocketId) override {}
  void received(SimReactor& network, SocketId socket, std::string_view) override {
    if (!says_.empty()) network.answer(socket, says_, network.now());
    if (closes_) network.close_by_peer(socket, network.now());
  }

 private:
  std::string says_;
  bool closes_;
};

TEST(TlsFailure, EndsTheHandshake) {
  const auto outcome_with = [](RudePeer peer) {
    World world(peer, trusting());
    const SocketId s = world.connect();
    world.turns();
    if (world.logs[s].connected.empty()) return world.reactor->reason(s, ETIMEDOUT);
    EXPECT_EQ(world.logs[s].connected.size(), 1U);
    EXPECT_THAT(world.logs[s].ended, IsEmpty());
    return world.reasons[s];
  };
  EXPECT_EQ(outcome_with({"HTTP/1.1 400 Bad Request\r\n\r\n", true}), "the server does not speak TLS on this port");
  EXPECT_EQ(outcome_with({"", true}), "the server closed the connection in the TLS handshake");
  EXPECT_EQ(outcome_with({"", false}), "timed out in the TLS handshake");
  EXPECT_EQ(outcome_with({std::string("\x15\x03\x03\x00\x02\x02\x50", 7), true}),
            "the server ended it with the TLS alert 80: internal error");
}

TEST(TlsFailure, PassesOnThatTcpFailed) {
  TlsServer peer(make_server(good()));
  ManualClock clock{Instant(1s)};
  SimReactor network(clock, peer, 1, {.refuse = 1});
  const auto terms = TlsTerms::make(trusting());
  TlsReactor reactor(network, **terms, clock);
  const auto s = reactor.connect(Address{}, nullptr);
  const auto completions = reactor.wait(clock.now() + 1ms);
  ASSERT_EQ(completions.size(), 1U);
  EXPECT_EQ(completions[0].result, -ECONNREFUSED);
  EXPECT_EQ(reactor.reason(*s, ECONNREFUSED), "Connection refused");
}

TEST(TlsFailure, DamagedBytesEndTheConnection) {
  TlsServer peer(make_server(good()));
  World world(peer, trusting());
  const SocketId s = world.connected();
  peer.stream(s).say("an answer that is damaged");
  std::string out = peer.stream(s).out();
  out[out.size() / 2] ^= 1;
  world.network.answer(s, out, world.clock.now());
  world.turns();
  EXPECT_EQ(world.logs[s].received, "");
  EXPECT_THAT(world.logs[s].ended, ElementsAre(-EPROTO));
  EXPECT_EQ(world.reasons[s], "TLS failed: decryption failed or bad record mac");
}

}  // namespace
}  // namespace loadstone::net

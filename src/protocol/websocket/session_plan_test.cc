#include "protocol/websocket/session_plan.h"

#include <gtest/gtest.h>

#include "protocol/websocket/handshake.h"
#include "protocol/websocket/peer_for_test.h"
#include "protocol/websocket/session.h"

namespace loadstone::websocket {
namespace {

std::string request_of(const SessionPlanParts& parts) {
  const SessionPlan plan = make_session_plan(parts);
  FixedRandomness randomness;
  Session session(plan, randomness);
  session.start();
  return std::string(session.output());
}

SessionPlanParts parts() {
  return {.target = "/ws?a=b", .authority = "host:8000", .headers = {}, .subprotocols = {}, .offer = {}};
}

TEST(SessionPlan, TheRequestHasWhatAServerChecks) {
  EXPECT_EQ(request_of(parts()),
            "GET /ws?a=b HTTP/1.1\r\nHost: host:8000\r\nUser-Agent: loadstone\r\nUpgrade: websocket\r\n"
            "Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n");
}

TEST(SessionPlan, OffersSubprotocolsAndCompression) {
  SessionPlanParts p = parts();
  p.subprotocols = {"chat", "superchat"};
  p.offer = {.deflate = true, .client_context_takeover = false, .server_context_takeover = false};
  EXPECT_TRUE(request_of(p).ends_with(
      "\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: chat, superchat\r\n"
      "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits; client_no_context_takeover; "
      "server_no_context_takeover\r\n\r\n"))
      << request_of(p);
}

TEST(SessionPlan, GivenHeadersTakeThePlaceOfFilledInOnesButNotOfTheHandshakesOwn) {
  SessionPlanParts p = parts();
  p.headers = {{"host", "other"},       {"Origin", "http://a"}, {"USER-AGENT", "me"}, {"Sec-WebSocket-Key", "mine"},
               {"connection", "close"}, {"Upgrade", "h2c"}};
  EXPECT_EQ(request_of(p),
            "GET /ws?a=b HTTP/1.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\nhost: other\r\n"
            "Origin: http://a\r\nUSER-AGENT: me\r\n\r\n");
}

// RFC 6455 section 1.3.
TEST(Handshake, AcceptOfTheExample) {
  FixedRandomness randomness;
  EXPECT_EQ(make_key(randomness), "dGhlIHNhbXBsZSBub25jZQ==");
  EXPECT_EQ(accept_of("dGhlIHNhbXBsZSBub25jZQ=="), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
}

TEST(Handshake, NoKeyIsUsedTwice) {
  Randomness randomness;
  const std::string key = make_key(randomness);
  EXPECT_EQ(key.size(), 24U);
  // More than one block of randomness.
  for (int i = 0; i < 1000; ++i) EXPECT_NE(make_key(randomness), key);
}

}  // namespace
}  // namespace loadstone::websocket

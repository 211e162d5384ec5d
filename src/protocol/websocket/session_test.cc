#include "protocol/websocket/session.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <malloc.h>

#include <set>
#include <string>
#include <vector>

#include "protocol/websocket/handshake.h"
#include "protocol/websocket/peer_for_test.h"

namespace loadstone::websocket {
namespace {

using protocol::Event;
using protocol::Events;

SessionPlan plain_plan(Offer offer = {}) {
  return make_session_plan({.target = "/", .authority = "h", .headers = {}, .subprotocols = {}, .offer = offer});
}

constexpr std::string_view kAccepts =
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n";

// A session that is open, with the server's side of it.
class Opened {
 public:
  explicit Opened(Offer offer = {}, std::string_view extension = {})
      : plan_(plain_plan(offer)), session(plan_, randomness_) {
    session.start();
    session.sent(session.output().size());
    std::string answer(kAccepts);
    if (!extension.empty()) answer += "Sec-WebSocket-Extensions: " + std::string(extension) + "\r\n";
    receive(answer + "\r\n");
    EXPECT_EQ(session.state(), Session::State::kOpen);
  }
  // The events of these bytes; what they point to stays.
  Events receive(std::string bytes) {
    received_.push_back(std::make_unique<std::string>(std::move(bytes)));
    Events events;
    session.receive(*received_.back(), events);
    return events;
  }
  std::vector<ClientFrame> sent_frames() {
    const std::string output = session.take_output();
    std::vector<ClientFrame> frames;
    std::string_view rest = output;
    while (auto frame = take_client_frame(rest)) frames.push_back(std::move(*frame));
    EXPECT_TRUE(rest.empty());
    return frames;
  }

 private:
  FixedRandomness randomness_;
  SessionPlan plan_;
  std::vector<std::unique_ptr<std::string>> received_;

 public:
  Session session;
};

TEST(Session, SendsEveryLengthInItsShortestForm) {
  Opened client;
  for (const std::size_t size : {0U, 1U, 7U, 8U, 9U, 125U, 126U, 127U, 65535U, 65536U, 200000U}) {
    std::string text(size, 'x');
    for (std::size_t i = 0; i < size; ++i) text[i] = static_cast<char>('a' + i % 26);
    client.session.send_text(text);
    client.session.send_binary(text);
    const std::size_t header = size < 126 ? 6 : size < 65536 ? 8 : 14;
    EXPECT_EQ(client.session.output().size(), 2 * (header + size)) << size;
    const auto frames = client.sent_frames();
    ASSERT_EQ(frames.size(), 2U);
    EXPECT_EQ(frames[0].opcode, Opcode::kText);
    EXPECT_EQ(frames[1].opcode, Opcode::kBinary);
    EXPECT_TRUE(frames[0].payload == text && frames[1].payload == text) << size;
  }
}

TEST(Session, MasksEveryFrameAnew) {
  Opened client;
  std::set<std::string> masks;
  for (int i = 0; i < 2000; ++i) client.session.send_text("a");
  for (const auto& frame : client.sent_frames()) masks.insert(frame.mask);
  EXPECT_GE(masks.size(), 1999U);  // of 2^32
}

TEST(Session, RealMasksDifferFromThreadToThread) {
  Randomness one;
  Randomness other;
  EXPECT_NE(one.mask(), other.mask());
  EXPECT_NE(one.mask(), one.mask());
}

TEST(Session, SendsCompressedWhereThatWasAgreedOn) {
  for (const bool takeover : {true, false}) {
    Opened client({.deflate = true, .client_context_takeover = takeover}, "permessage-deflate");
    Deflation server({.server_context_takeover = takeover});
    for (const std::string& text :
         {std::string("Hello"), std::string("Hello"), std::string(), std::string(300'000, 'x')}) {
      client.session.send_text(text);
      client.session.send_ping("ping");
      const auto frames = client.sent_frames();
      ASSERT_EQ(frames.size(), 2U);
      EXPECT_TRUE(frames[0].compressed);
      EXPECT_FALSE(frames[1].compressed);
      EXPECT_EQ(frames[1].payload, "ping");
      std::string inflated;
      EXPECT_EQ(server.inflate(frames[0].payload, 1U << 20, inflated), Deflation::Outcome::kGood);
      EXPECT_EQ(server.end_message(1U << 20, inflated), Deflation::Outcome::kGood);
      EXPECT_TRUE(inflated == text);
    }
  }
}

TEST(Session, OutputGoesOutInPieces) {
  Opened client;
  std::string all;
  std::string queued;
  for (int i = 0; i < 100; ++i) {
    client.session.send_text("message " + std::to_string(i));
    for (int k = 0; k < 3 && !client.session.output().empty(); ++k) {
      const std::string_view output = client.session.output();
      const std::size_t n = std::min<std::size_t>(output.size(), 5);
      all += output.substr(0, n);
      client.session.sent(n);
    }
  }
  all += client.session.take_output();
  EXPECT_TRUE(client.session.output().empty());
  std::string_view rest = all;
  for (int i = 0; i < 100; ++i) {
    const auto frame = take_client_frame(rest);
    ASSERT_TRUE(frame.has_value());
    EXPECT_EQ(frame->payload, "message " + std::to_string(i));
  }
  EXPECT_TRUE(rest.empty());
}

TEST(Session, AMessageThatCameWholeIsNotCopied) {
  Opened client;
  const std::string text(200, 'x');
  std::string bytes;
  for (int i = 0; i < 10; ++i) bytes += server_frame(Opcode::kText, text);
  const std::string received = bytes;
  Events events;
  client.session.receive(received, events);
  ASSERT_EQ(events.size(), 10U);
  for (const Event& event : events) {
    EXPECT_GE(event.bytes.data(), received.data());
    EXPECT_LE(event.bytes.data() + event.bytes.size(), received.data() + received.size());
  }
}

TEST(Session, EveryPiecedMessageOfOneReceiveStaysReadable) {
  Opened client;
  std::string bytes;
  for (int i = 0; i < 50; ++i) {
    const std::string text = std::string(static_cast<std::size_t>(i * 40), 'x') + std::to_string(i);
    bytes += server_frame(Opcode::kText, text.substr(0, 1), false);
    bytes += server_frame(Opcode::kPing, std::to_string(i));
    bytes += server_frame(Opcode::kContinuation, text.substr(1));
  }
  client.receive(bytes.substr(0, 4));  // so that a control frame comes in pieces too
  const Events events = client.receive(bytes.substr(4));
  ASSERT_EQ(events.size(), 100U);
  for (int i = 0; i < 50; ++i) {
    EXPECT_EQ(events[static_cast<std::size_t>(2 * i)].bytes, std::to_string(i));
    EXPECT_EQ(events[static_cast<std::size_t>(2 * i + 1)].bytes,
              std::string(static_cast<std::size_t>(i * 40), 'x') + std::to_string(i));
  }
}

TEST(Session, AnswersPingsOnlyAsLongAsTheyAreTaken) {
  Opened client;
  const std::string ping = server_frame(Opcode::kPing, std::string(125, 'x'));
  std::string flood;
  for (int i = 0; i < 5000; ++i) flood += ping;
  EXPECT_EQ(client.receive(flood).size(), 5000U);
  EXPECT_LE(client.session.output().size(), Session::kMaxUnsentForPong + 131);
  EXPECT_GE(client.session.output().size(), Session::kMaxUnsentForPong);
  client.session.sent(client.session.output().size());
  client.receive(server_frame(Opcode::kPing, "again"));
  const auto frames = client.sent_frames();
  ASSERT_EQ(frames.size(), 1U);
  EXPECT_EQ(frames[0].payload, "again");
}

TEST(Session, AReasonIsCutBetweenCharacters) {
  Opened client;
  client.session.close(4000, std::string(122, 'r') + "€uro");
  const auto frames = client.sent_frames();
  ASSERT_EQ(frames.size(), 1U);
  EXPECT_EQ(frames[0].payload, "\x0f\xa0" + std::string(122, 'r'));
}

// Goes through an eventful life and gives the heap that the session then holds.
std::size_t heap_of_used_session(const SessionPlan& plan) {
  FixedRandomness randomness;
  const std::string answer = std::string(kAccepts) + "\r\n";
  const std::string large = server_frame(Opcode::kText, std::string(100'000, 'x'));
  const std::string ping = server_frame(Opcode::kPing, std::string(125, 'x'));
  Events events;
  events.reserve(10);
  const std::size_t before = mallinfo2().uordblks;
  Session session(plan, randomness);
  session.start();
  session.sent(session.output().size());
  session.receive(std::string_view(answer).substr(0, 50), events);
  session.receive(std::string_view(answer).substr(50), events);
  for (const std::string* bytes : {&large, &ping}) {
    session.receive(std::string_view(*bytes).substr(0, bytes->size() / 2), events);
    session.receive(std::string_view(*bytes).substr(bytes->size() / 2), events);
  }
  session.send_text(std::string_view(large).substr(0, 50'000));
  session.sent(session.output().size());
  session.release();
  EXPECT_EQ(events.size(), 3U);
  EXPECT_EQ(session.state(), Session::State::kOpen);
  return mallinfo2().uordblks - before;
}

TEST(Session, IdleItIsSmallWhateverItHasDone) {
  EXPECT_LE(sizeof(Session) + Session::kKeptBytes, 400U);
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || defined(__clang__)
  GTEST_SKIP() << "a sanitizer's heap is another";
#endif
  const SessionPlan plan = plain_plan();
  heap_of_used_session(plan);  // OpenSSL keeps what it needed the first time
  EXPECT_LE(sizeof(Session) + heap_of_used_session(plan), 400U);
}

TEST(Session, ResetMakesAFreshOneOfAUsedOne) {
  for (const std::string& before :
       {std::string(), server_frame(Opcode::kText, "abc").substr(0, 3), server_frame(Opcode::kText, "\xe2\x82", false),
        server_frame(Opcode::kPing, "abc").substr(0, 4), std::string("\x81\x7e\x01"), std::string("\x83\x01"),
        server_frame(Opcode::kClose, "") + "more"}) {
    FixedRandomness randomness;
    const SessionPlan plan = plain_plan();
    Session session(plan, randomness);
    session.start();
    session.sent(session.output().size());
    Events events;
    session.receive(std::string(kAccepts) + "\r\n" + before, events);
    if (session.state() == Session::State::kOpen) session.send_text("unsent");
    session.reset();
    EXPECT_EQ(session.state(), Session::State::kFresh);
    EXPECT_TRUE(session.output().empty());
    EXPECT_EQ(session.close_code(), 1006);
    session.start();
    const std::string request = session.take_output();
    const std::size_t key = request.find("Sec-WebSocket-Key: ") + 19;
    events.clear();
    session.receive("HTTP/1.1 101 Again\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: " +
                        accept_of(std::string_view(request).substr(key, 24)) + "\r\n\r\n",
                    events);
    ASSERT_EQ(events.size(), 1U);
    EXPECT_EQ(events[0].kind, Event::Kind::kOpen);
    const std::string message = server_frame(Opcode::kText, "a", false) + server_frame(Opcode::kContinuation, "b");
    session.receive(message, events);
    ASSERT_EQ(events.size(), 2U);
    EXPECT_EQ(events[1].bytes, "ab");
  }
}

}  // namespace
}  // namespace loadstone::websocket

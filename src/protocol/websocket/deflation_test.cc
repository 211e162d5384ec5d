#include "protocol/websocket/deflation.h"

#include <gtest/gtest.h>
#include <zlib.h>

#include <string>
#include <vector>

#include "base/random.h"

namespace loadstone::websocket {
namespace {

constexpr std::size_t kNoLimit = 1U << 24;

// What the client deflates, a server inflates on the same terms: its server side is our client side.
DeflateTerms as_seen_by_server(const DeflateTerms& terms) {
  return {terms.server_window_bits, terms.client_window_bits, terms.server_context_takeover,
          terms.client_context_takeover};
}

std::string inflated(Deflation& peer, std::string_view payload) {
  std::string text;
  EXPECT_EQ(peer.inflate(payload, kNoLimit, text), Deflation::Outcome::kGood);
  EXPECT_EQ(peer.end_message(kNoLimit, text), Deflation::Outcome::kGood);
  return text;
}

std::vector<std::string> messages() {
  Random random(7);
  std::vector<std::string> all = {"", "", "Hello", "Hello", "", std::string(100'000, 'x')};
  std::string noise(70'000, '\0');
  for (char& c : noise) c = static_cast<char>(random.next());
  all.push_back(noise);
  std::string words;
  while (words.size() < 50'000) words += "word" + std::to_string(random.below(1000)) + " ";
  all.push_back(words);
  all.push_back(words);
  return all;
}

TEST(Deflation, GivesBackEveryMessageOnAllTerms) {
  for (const int bits : {8, 9, 10, 12, 15})
    for (const bool takeover : {true, false}) {
      const DeflateTerms terms{.client_window_bits = bits, .client_context_takeover = takeover};
      Deflation client(terms);
      Deflation server(as_seen_by_server(terms));
      int number = 0;
      for (const std::string& message : messages()) {
        std::string payload = "before";
        client.deflate(message, payload);
        ASSERT_TRUE(payload.starts_with("before"));
        EXPECT_EQ(inflated(server, payload.substr(6)), message) << bits << ' ' << takeover << ' ' << number;
        ++number;
      }
    }
}

TEST(Deflation, ATakenOverContextMakesTheSecondMessageShorter) {
  for (const bool takeover : {true, false}) {
    Deflation client({.client_context_takeover = takeover});
    const std::string message = R"({"type":"node.changed","path":"src/engine/run.cc"})";
    std::string first;
    std::string second;
    client.deflate(message, first);
    client.deflate(message, second);
    if (takeover)
      EXPECT_LT(second.size(), first.size() / 2);
    else
      EXPECT_EQ(second, first);
  }
}

// A window of 8 bits, looked at through a raw inflater that forgets everything older: output goes out byte by byte, so
// that it can copy from its window only.
TEST(Deflation, NeverLooksBackFurtherThanTheWindowThatWasNegotiated) {
  Random random(3);
  std::string message;
  while (message.size() < 20'000) message += "word" + std::to_string(random.below(50)) + " ";
  for (const int bits : {8, 9, 11}) {
    Deflation client({.client_window_bits = bits});
    std::string payload;
    client.deflate(message, payload);
    EXPECT_LT(payload.size(), message.size());
    z_stream stream{};
    ASSERT_EQ(inflateInit2(&stream, -bits), Z_OK);
    stream.next_in = reinterpret_cast<Bytef*>(payload.data());
    stream.avail_in = static_cast<uInt>(payload.size());
    std::string text;
    for (;;) {
      Bytef byte = 0;
      stream.next_out = &byte;
      stream.avail_out = 1;
      const int result = inflate(&stream, Z_SYNC_FLUSH);
      if (stream.avail_out == 1 || (result != Z_OK && result != Z_BUF_ERROR)) break;
      text.push_back(static_cast<char>(byte));
    }
    EXPECT_TRUE(text == message) << bits << ": " << text.size() << ' ' << (stream.msg == nullptr ? "" : stream.msg);
    inflateEnd(&stream);
  }
}

TEST(Deflation, StopsAtTheLimitWhateverWouldFollow) {
  Deflation bomb({.client_context_takeover = false});
  std::string payload;
  bomb.deflate(std::string(10'000'000, '\0'), payload);
  ASSERT_LT(payload.size(), 100'000U);
  for (const std::size_t limit : {0U, 1U, 1000U, 100'000U}) {
    Deflation client({});
    std::string text;
    EXPECT_EQ(client.inflate(payload, limit, text), Deflation::Outcome::kTooLarge);
    EXPECT_EQ(text.size(), limit);
    EXPECT_LE(text.capacity(), 2 * limit + 4 * payload.size() + 256);
  }
}

}  // namespace
}  // namespace loadstone::websocket

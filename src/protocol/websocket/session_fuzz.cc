// Whatever a server sends, and however the network cuts it, the session gives the same events and answers. The first
// bytes of an input choose the session and the cuts:
//   byte 0: bit 0 compression is offered, bits 1 and 2 without context takeover of client and server, bit 3 the server
//           closes at the end, bit 4 the bytes are the whole answer (else a good answer is put in front), bit 5 a
//           subprotocol is offered, bit 6 the limit is small, bit 7 we begin to close after half of the bytes
//   byte 1: how many bytes of cuts follow, at most 8
//   the cuts: lengths of pieces in turn, 0 meaning all that is left; then it begins again with the first
// What follows are the server's bytes.
#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/check.h"
#include "protocol/transcript.h"
#include "protocol/websocket/peer_for_test.h"
#include "protocol/websocket/session.h"

namespace {

using namespace loadstone::websocket;
using loadstone::protocol::Event;
using loadstone::protocol::EventLines;
using loadstone::protocol::Events;

constexpr std::size_t kMaxCuts = 8;
constexpr std::size_t kSmallLimit = 100;
constexpr std::size_t kLimit = 100'000;

SessionPlan plan_of(std::uint8_t options) {
  return make_session_plan(
      {.target = "/",
       .authority = "h",
       .headers = {},
       .subprotocols = (options & 32) != 0 ? std::vector<std::string>{"chat"} : std::vector<std::string>{},
       .offer = {.deflate = (options & 1) != 0,
                 .client_context_takeover = (options & 2) == 0,
                 .server_context_takeover = (options & 4) == 0},
       .max_message_bytes = (options & 64) != 0 ? kSmallLimit : kLimit});
}

std::string good_answer(std::uint8_t options) {
  std::string answer =
      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
      "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n";
  if ((options & 1) != 0) {
    answer += "Sec-WebSocket-Extensions: permessage-deflate";
    if ((options & 4) != 0) answer += "; server_no_context_takeover";
    answer += "\r\n";
  }
  return answer + "\r\n";
}

class Conversation {
 public:
  explicit Conversation(std::uint8_t options) : plan_(plan_of(options)), session_(plan_, randomness_) {
    session_.start();
    session_.sent(session_.output().size());
  }

  void receive(std::string_view bytes) {
    const std::unique_ptr<char[]> piece(new char[bytes.size()]);
    std::copy(bytes.begin(), bytes.end(), piece.get());
    Events events;
    session_.receive({piece.get(), bytes.size()}, events);
    take(events);
  }

  void begin_to_close() {
    if (session_.state() == Session::State::kOpen) session_.close(1000, "enough");
  }

  std::vector<std::string> end(bool closes) {
    Events events;
    if (closes) {
      session_.end_of_input(events);
      CHECK(session_.state() == Session::State::kClosed);
    }
    take(events);
    std::vector<std::string> lines = lines_.take();
    const std::string output = session_.take_output();
    std::string_view rest = output;
    while (const auto frame = take_client_frame(rest)) {
      CHECK(is_control(frame->opcode) && !frame->compressed);
      lines.push_back(sends_line(*frame));
    }
    CHECK(rest.empty());
    lines.push_back(loadstone::format("{} {}", static_cast<int>(session_.state()), session_.close_code()));
    return lines;
  }

 private:
  // One kOpen before all else, one end at most, and after it at most one kUnsolicited.
  void take(const Events& events) {
    for (const Event& event : events) {
      switch (event.kind) {
        case Event::Kind::kOpen:
          CHECK(!opened_ && !ended_);
          opened_ = true;
          break;
        case Event::Kind::kText:
          CHECK(is_utf8(event.bytes));
          [[fallthrough]];
        case Event::Kind::kBinary:
          CHECK(event.bytes.size() <= plan_.max_message_bytes);
          CHECK(opened_ && !ended_);
          break;
        case Event::Kind::kPing:
        case Event::Kind::kPong:
          CHECK(event.bytes.size() <= kMaxControlPayload);
          CHECK(opened_ && !ended_);
          break;
        case Event::Kind::kClose:
          CHECK(opened_ && !ended_);
          CHECK(is_utf8(event.bytes) && (event.status == kNoStatus || may_be_sent(event.status)));
          ended_ = true;
          break;
        case Event::Kind::kFailed:
          CHECK(!ended_);
          CHECK(event.status == 0 || !opened_);
          ended_ = true;
          break;
        case Event::Kind::kUnsolicited:
          CHECK(ended_ && !unsolicited_);
          unsolicited_ = true;
          break;
        default:
          CHECK(false, "an event of HTTP");
      }
      lines_.add(event);
    }
    CHECK(ended_ == (session_.state() == Session::State::kClosed) || !opened_);
  }

  SessionPlan plan_;
  FixedRandomness randomness_;
  Session session_;
  EventLines lines_;
  bool opened_ = false;
  bool ended_ = false;
  bool unsolicited_ = false;
};

std::vector<std::string> play(std::uint8_t options, std::string_view bytes, std::string_view cuts) {
  Conversation conversation(options);
  std::size_t piece = 0;
  const auto give = [&](std::string_view part) {
    while (!part.empty()) {
      const auto wanted = cuts.empty() ? std::size_t{0} : static_cast<unsigned char>(cuts[piece++ % cuts.size()]);
      const std::size_t n = wanted == 0 ? part.size() : std::min(wanted, part.size());
      conversation.receive(part.substr(0, n));
      part.remove_prefix(n);
    }
  };
  const std::string answer = good_answer(options);
  if ((options & 16) == 0) give(answer);
  const std::size_t half = (options & 128) != 0 ? bytes.size() / 2 : bytes.size();
  give(bytes.substr(0, half));
  if ((options & 128) != 0) conversation.begin_to_close();
  give(bytes.substr(half));
  return conversation.end((options & 8) != 0);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  std::string_view input(reinterpret_cast<const char*>(data), size);
  const std::uint8_t options = data[0];
  input.remove_prefix(2);
  const std::string_view cuts = input.substr(0, std::min<std::size_t>(data[1] % (kMaxCuts + 1), input.size()));
  input.remove_prefix(cuts.size());

  const auto whole = play(options, input, {});
  const auto expect_whole = [&](const std::vector<std::string>& other, const char* how) {
    CHECK(whole == other, "whole: {}; {}: {}", loadstone::join(whole, " | "), how, loadstone::join(other, " | "));
  };
  expect_whole(play(options, input, cuts), "cut");
  expect_whole(play(options, input, "\x01"), "byte by byte");
  return 0;
}

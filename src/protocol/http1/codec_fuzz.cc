// Whatever a peer sends, and however the network cuts it, the codec gives the same events. The first bytes of an input
// choose the request and the cuts:
//   byte 0: what is asked: bit 0 HEAD, bit 1 wants the body, bit 2 asks to close, bit 3 the peer closes at the end,
//           bit 4 nothing is asked at first
//   byte 1: how many bytes of cuts follow, at most 8
//   the cuts: lengths of pieces in turn, 0 meaning all that is left; then it begins again with the first
// What follows are the peer's bytes. Two bytes ff ff in them are taken out; there the next exchange is started, if the
// connection has room for it.
#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>

#include "base/check.h"
#include "protocol/http1/codec.h"
#include "protocol/transcript.h"

namespace {

using loadstone::http1::Codec;
using loadstone::http1::HeadMemory;
using namespace loadstone::protocol;

constexpr std::size_t kMaxCuts = 8;
constexpr std::string_view kNextExchange = "\xff\xff";

struct Played {
  std::vector<std::string> lines;
  bool reusable;
  bool operator==(const Played&) const = default;
};

class Conversation {
 public:
  Conversation(std::uint8_t options, HeadMemory& memory) : options_(options), codec_(memory) {
    request_.bytes = "GET / HTTP/1.1\r\n\r\n";
    request_.answer_has_no_body = (options & 1) != 0;
    request_.wants_body = (options & 2) != 0;
    request_.closes = (options & 4) != 0;
    if ((options & 16) == 0) start();
  }

  void receive(std::string_view bytes) {
    const std::unique_ptr<char[]> piece(new char[bytes.size()]);
    std::copy(bytes.begin(), bytes.end(), piece.get());
    Events events;
    codec_.receive({piece.get(), bytes.size()}, events);
    take(events);
  }

  void next_exchange() {
    if (codec_.room() > 0) start();
  }

  Played end() {
    Events events;
    if ((options_ & 8) != 0) codec_.end_of_input(events);
    take(events);
    return {lines_.take(), codec_.reusable()};
  }

 private:
  void start() {
    codec_.start(++started_, request_, 7);
    CHECK(codec_.output() == request_.bytes);
    codec_.sent(codec_.output().size());
    in_flight_ = true;
  }

  // An exchange has one head at most, then its body, and ends once.
  void take(const Events& events) {
    for (const Event& event : events) {
      if (event.kind != Event::Kind::kUnsolicited) {
        CHECK(in_flight_);
        CHECK(event.exchange == started_);
      }
      if (event.kind == Event::Kind::kHead) CHECK(event.status >= 200 && event.status <= 999);
      if (event.kind == Event::Kind::kBody) CHECK(request_.wants_body && !request_.answer_has_no_body);
      if (event.kind == Event::Kind::kDone || event.kind == Event::Kind::kFailed) in_flight_ = false;
      lines_.add(event);
    }
    CHECK(codec_.room() == (codec_.reusable() && !in_flight_ ? 1U : 0U));
  }

  std::uint8_t options_;
  PreparedRequest request_;
  Codec codec_;
  EventLines lines_;
  bool in_flight_ = false;
  std::uint32_t started_ = 0;
};

Played play(std::uint8_t options, std::string_view bytes, std::string_view cuts, HeadMemory& memory) {
  Conversation conversation(options, memory);
  std::size_t piece = 0;
  for (;;) {
    const std::size_t end = bytes.find(kNextExchange);
    std::string_view answer = bytes.substr(0, end);
    while (!answer.empty()) {
      const auto wanted = cuts.empty() ? std::size_t{0} : static_cast<unsigned char>(cuts[piece++ % cuts.size()]);
      const std::size_t n = wanted == 0 ? answer.size() : std::min(wanted, answer.size());
      conversation.receive(answer.substr(0, n));
      answer.remove_prefix(n);
    }
    if (end == std::string_view::npos) return conversation.end();
    bytes.remove_prefix(end + kNextExchange.size());
    conversation.next_exchange();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  std::string_view input(reinterpret_cast<const char*>(data), size);
  const std::uint8_t options = data[0];
  input.remove_prefix(2);
  const std::string_view cuts = input.substr(0, std::min<std::size_t>(data[1] % (kMaxCuts + 1), input.size()));
  input.remove_prefix(cuts.size());

  HeadMemory memory;
  const Played whole = play(options, input, {}, memory);
  const auto expect_whole = [&](const Played& other, const char* how) {
    CHECK(whole == other, "whole: {}; {}: {}", fmt::join(whole.lines, " | "), how, fmt::join(other.lines, " | "));
  };
  expect_whole(play(options, input, {}, memory), "with its heads remembered");
  expect_whole(play(options, input, cuts, memory), "cut");
  expect_whole(play(options, input, "\x01", memory), "byte by byte");
  return 0;
}

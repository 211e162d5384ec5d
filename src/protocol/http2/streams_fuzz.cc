// Whatever a server sends, and however the network cuts it, every exchange comes to one end at most, and the codec
// never promises room that it has not. The first bytes of an input choose what is asked:
//   byte 0: how many streams, 1 to 8, in the low bits; bit 3 wants bodies, bit 4 the server closes at the end, bit 5
//   the
//           server's SETTINGS are put before its bytes, bit 6 requests have a body
//   byte 1: the length of the pieces, 0 meaning whole
// What follows are the server's bytes. Two bytes ff ff in them are taken out; there an exchange is started. Two bytes
// ff fe: one is given up.
#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/check.h"
#include "protocol/http2/codec.h"
#include "protocol/http2/encode.h"

namespace {

using namespace loadstone::protocol;
using loadstone::http2::Codec;

constexpr std::string_view kSettings("\0\0\0\4\0\0\0\0\0", 9);

class Conversation {
 public:
  Conversation(std::uint8_t options, std::size_t piece)
      : streams_(1 + (options & 7)), piece_(piece), in_flight_(streams_), has_head_(streams_), codec_(streams_) {
    request_ = loadstone::http2::encode({.method = (options & 64) != 0 ? "POST" : "GET",
                                         .target = "/{{request.id}}",
                                         .authority = "h",
                                         .headers = {},
                                         .body = (options & 64) != 0 ? std::string_view("{{request.id}}") : "",
                                         .wants_body = (options & 8) != 0});
    codec_.reset();
    flush();
    if ((options & 32) != 0) receive(kSettings);
  }

  void receive(std::string_view bytes) {
    while (!bytes.empty()) {
      const std::size_t n = piece_ == 0 ? bytes.size() : std::min(piece_, bytes.size());
      const std::unique_ptr<char[]> exact(new char[n]);
      std::copy_n(bytes.begin(), n, exact.get());
      Events events;
      codec_.receive({exact.get(), n}, events);
      take(events);
      flush();
      bytes.remove_prefix(n);
    }
  }

  void start() {
    if (codec_.room() == 0) return;
    const auto free = std::find(in_flight_.begin(), in_flight_.end(), false);
    CHECK(free != in_flight_.end(), "room where every exchange is in flight");
    *free = true;
    const auto exchange = static_cast<std::size_t>(free - in_flight_.begin());
    has_head_[exchange] = false;
    codec_.start(static_cast<std::uint32_t>(exchange), request_, ++number_);
    flush();
  }

  void cancel() {
    for (std::size_t i = 0; i < streams_; ++i) {
      const bool was_in_flight = in_flight_[i];
      if (codec_.cancel(static_cast<std::uint32_t>(i))) {
        CHECK(was_in_flight);
        in_flight_[i] = false;
        return;
      }
    }
  }

  void end(bool closes) {
    if (!closes) return;
    Events events;
    codec_.end_of_input(events);
    take(events);
    CHECK(std::none_of(in_flight_.begin(), in_flight_.end(), [](bool b) { return b; }));
    CHECK(!codec_.reusable() && codec_.room() == 0);
  }

 private:
  void flush() {
    while (!codec_.output().empty()) codec_.sent(std::min<std::size_t>(codec_.output().size(), 7));
  }

  // An exchange has one head at most, then its body, and ends once.
  void take(const Events& events) {
    for (const Event& event : events) {
      if (event.kind == Event::Kind::kUnsolicited) continue;
      CHECK(event.exchange < streams_ && in_flight_[event.exchange]);
      switch (event.kind) {
        case Event::Kind::kHead:
          CHECK(!has_head_[event.exchange] && event.status >= 200 && event.status <= 999);
          has_head_[event.exchange] = true;
          break;
        case Event::Kind::kBody:
          CHECK(has_head_[event.exchange] && request_.wants_body && !event.bytes.empty());
          break;
        case Event::Kind::kDone:
          CHECK(has_head_[event.exchange]);
          in_flight_[event.exchange] = false;
          break;
        case Event::Kind::kFailed:
          CHECK(!event.bytes.empty() && event.reason != Event::Reason::kNone);
          in_flight_[event.exchange] = false;
          break;
        default:
          CHECK(false, "an event that HTTP/2 does not have");
      }
    }
    const auto count = static_cast<std::size_t>(std::count(in_flight_.begin(), in_flight_.end(), true));
    CHECK(codec_.room() + count <= streams_);
    CHECK(codec_.reusable() || codec_.room() == 0);
  }

  std::size_t streams_;
  std::size_t piece_;
  std::vector<bool> in_flight_, has_head_;
  PreparedRequest request_;
  Codec codec_;
  std::uint64_t number_ = 0;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  Conversation conversation(data[0], data[1]);
  std::string_view input(reinterpret_cast<const char*>(data + 2), size - 2);
  while (!input.empty()) {
    const std::size_t at = std::min(input.find("\xff\xff"), input.find("\xff\xfe"));
    conversation.receive(input.substr(0, at));
    if (at == std::string_view::npos) break;
    if (input[at + 1] == '\xff')
      conversation.start();
    else
      conversation.cancel();
    input.remove_prefix(at + 2);
  }
  conversation.end((data[0] & 16) != 0);
  return 0;
}

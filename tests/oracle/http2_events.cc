// Prints what our HTTP/2 codec makes of given bytes, for http2_h2.py to compare. One case a line on stdin, of steps
// with blanks between: q METHOD (a request; the next stream), r HEX (bytes received), e (the peer closes). One line a
// case on stdout: the events of each exchange in turn, and last whether the connection may be used again:
//   0 head:200 body:68656c6c6f done 1 failed:reset reusable:1
#include <cstdio>
#include <iostream>
#include <sstream>
#include <string>
#include <vector>

#include "base/format.h"
#include "protocol/http2/codec.h"
#include "protocol/http2/encode.h"

namespace {

using namespace loadstone::protocol;
using loadstone::format;

constexpr std::size_t kStreams = 100;

std::string from_hex(const std::string& hex) {
  std::string bytes;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2)
    bytes.push_back(static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16)));
  return bytes;
}

PreparedRequest request(std::string_view method) {
  return loadstone::http2::encode(
      {.method = method, .target = "/", .authority = "h", .headers = {}, .body = {}, .wants_body = true});
}

class Case {
 public:
  Case() { codec_.reset(); }

  std::string run(const std::string& line) {
    std::istringstream steps(line);
    for (std::string step; steps >> step;) {
      Events events;
      std::string text;
      if (step == "q") {
        steps >> text;
        if (codec_.room() == 0) return "no-room";
        codec_.start(static_cast<std::uint32_t>(out_.size()), text == "HEAD" ? head_ : get_, 1);
        out_.emplace_back();
        bodies_.emplace_back();
      } else if (step == "r") {
        steps >> text;
        bytes_ = from_hex(text);
        codec_.receive(bytes_, events);
      } else {
        codec_.end_of_input(events);
      }
      for (const Event& event : events) add(event);
      while (!codec_.output().empty()) codec_.sent(codec_.output().size());
    }
    std::string all;
    for (std::size_t i = 0; i < out_.size(); ++i) {
      end_body(i);
      all += format("{} {}", i, out_[i]);
    }
    return all + format("reusable:{}", codec_.reusable() ? 1 : 0);
  }

 private:
  void end_body(std::size_t i) {
    if (!bodies_[i].empty()) out_[i] += "body:" + bodies_[i] + " ";
    bodies_[i].clear();
  }

  void add(const Event& event) {
    if (event.kind == Event::Kind::kUnsolicited) return;
    const std::size_t i = event.exchange;
    if (event.kind == Event::Kind::kBody) {
      for (const char c : event.bytes) bodies_[i] += format("{:02x}", static_cast<unsigned char>(c));
      return;
    }
    end_body(i);
    if (event.kind == Event::Kind::kHead) out_[i] += format("head:{} ", event.status);
    if (event.kind == Event::Kind::kDone) out_[i] += "done ";
    if (event.kind != Event::Kind::kFailed) return;
    out_[i] += event.reason == Event::Reason::kClosed      ? "failed:closed "
               : event.reason == Event::Reason::kReset     ? "failed:reset "
               : event.reason == Event::Reason::kUntouched ? "failed:untouched "
                                                           : "failed:protocol ";
  }

  PreparedRequest get_ = request("GET");
  PreparedRequest head_ = request("HEAD");
  loadstone::http2::Codec codec_{kStreams};
  std::string bytes_;
  std::vector<std::string> out_, bodies_;
};

}  // namespace

int main() {
  for (std::string line; std::getline(std::cin, line);) std::printf("%s\n", Case().run(line).c_str());
  return 0;
}

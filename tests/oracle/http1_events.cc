// Prints what our HTTP/1.1 codec makes of given bytes, for http1_h11.py to compare. One case a line on stdin, of steps
// with blanks between: q METHOD (a request), Q METHOD (one that asks to close), r HEX (bytes received), e (the peer
// closes). One line a case on stdout: events and, last, whether the connection may be used again:
//   head:200 body:68656c6c6f done reusable:1
// A request for which there is no room prints no-room and ends the case.
#include <cstdio>
#include <iostream>
#include <sstream>
#include <string>

#include "base/format.h"
#include "protocol/http1/codec.h"

namespace {

using namespace loadstone::protocol;
using loadstone::format;

std::string from_hex(const std::string& hex) {
  std::string bytes;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2)
    bytes.push_back(static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16)));
  return bytes;
}

class Case {
 public:
  std::string run(const std::string& line) {
    std::istringstream steps(line);
    for (std::string step; steps >> step;) {
      Events events;
      std::string text;
      if (step == "q" || step == "Q") {
        steps >> text;
        end_body();
        if (codec_.room() == 0) return out_ + "no-room";
        request_.answer_has_no_body = text == "HEAD";
        request_.closes = step == "Q";
        codec_.start(0, request_, 1);
      } else if (step == "r") {
        steps >> text;
        bytes_ = from_hex(text);
        codec_.receive(bytes_, events);
      } else {
        codec_.end_of_input(events);
      }
      for (const Event& event : events) add(event);
    }
    end_body();
    return out_ + format("reusable:{}", codec_.reusable() ? 1 : 0);
  }

 private:
  void end_body() {
    if (!body_.empty()) out_ += "body:" + body_ + " ";
    body_.clear();
  }

  void add(const Event& event) {
    if (event.kind == Event::Kind::kBody) {
      for (const char c : event.bytes) body_ += format("{:02x}", static_cast<unsigned char>(c));
      return;
    }
    end_body();
    switch (event.kind) {
      case Event::Kind::kHead:
        out_ += format("head:{} ", event.status);
        break;
      case Event::Kind::kDone:
        out_ += "done ";
        break;
      case Event::Kind::kFailed:
        out_ += event.reason == Event::Reason::kClosed ? "failed:closed " : "failed:protocol ";
        break;
      case Event::Kind::kUnsolicited:
        out_ += "unsolicited ";
        break;
      default:
        break;
    }
  }

  loadstone::http1::HeadMemory memory_;
  loadstone::http1::Codec codec_{memory_};
  PreparedRequest request_{.bytes = "x", .holes = {}, .wants_body = true};
  std::string bytes_;
  std::string body_;
  std::string out_;
};

}  // namespace

int main() {
  for (std::string line; std::getline(std::cin, line);) std::printf("%s\n", Case().run(line).c_str());
  return 0;
}

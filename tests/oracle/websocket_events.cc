// Prints what our WebSocket session makes of given bytes, for websocket_wsproto.py to compare. One case a line on
// stdin, of steps with blanks between: c OPTIONS (connects; bit 0 offers compression, bits 1 and 2 without context
// takeover of client and server), r HEX (bytes received), t HEX, b HEX, p HEX (sends a text, a binary message, a ping).
// One line a case on stdout, bytes as hexadecimal digits: the request, the events, and the frames that wait to go out:
//   request:47… open text:48656c6c6f close:1000:627965 out:8882…
// A step that sends prints not-open when the session is not.
#include <cstdio>
#include <iostream>
#include <sstream>
#include <string>

#include "base/format.h"
#include "protocol/websocket/peer_for_test.h"
#include "protocol/websocket/session.h"

namespace {

using namespace loadstone::websocket;
using loadstone::format;
using loadstone::protocol::Event;
using loadstone::protocol::Events;

std::string from_hex(const std::string& hex) {
  std::string bytes;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2)
    bytes.push_back(static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16)));
  return bytes;
}

std::string to_hex(std::string_view bytes) {
  std::string hex;
  for (const char c : bytes) hex += format("{:02x}", static_cast<unsigned char>(c));
  return hex;
}

std::string word_of(const Event& event) {
  switch (event.kind) {
    case Event::Kind::kOpen:
      return "open";
    case Event::Kind::kText:
      return "text:" + to_hex(event.bytes);
    case Event::Kind::kBinary:
      return "binary:" + to_hex(event.bytes);
    case Event::Kind::kPing:
      return "ping:" + to_hex(event.bytes);
    case Event::Kind::kPong:
      return "pong:" + to_hex(event.bytes);
    case Event::Kind::kClose:
      return format("close:{}:{}", event.status, to_hex(event.bytes));
    case Event::Kind::kUnsolicited:
      return "unsolicited";
    default:
      return "failed:" + to_hex(event.bytes);
  }
}

std::string run(const std::string& line) {
  FixedRandomness randomness;
  SessionPlan plan;
  Session session(plan, randomness);
  std::string out;
  std::istringstream steps(line);
  for (std::string step, text; steps >> step >> text;) {
    if (step == "c") {
      const int options = std::stoi(text);
      plan = make_session_plan({.target = "/chat",
                                .authority = "localhost",
                                .headers = {},
                                .subprotocols = {"chat", "other"},
                                .offer = {.deflate = (options & 1) != 0,
                                          .client_context_takeover = (options & 2) == 0,
                                          .server_context_takeover = (options & 4) == 0}});
      session.start();
      out += "request:" + to_hex(session.take_output()) + " ";
    } else if (step == "r") {
      Events events;
      const std::string bytes = from_hex(text);
      session.receive(bytes, events);
      for (const Event& event : events) out += word_of(event) + " ";
    } else if (session.state() != Session::State::kOpen) {
      out += "not-open ";
    } else if (step == "t") {
      session.send_text(from_hex(text));
    } else if (step == "b") {
      session.send_binary(from_hex(text));
    } else {
      session.send_ping(from_hex(text));
    }
  }
  return out + "out:" + to_hex(session.output());
}

}  // namespace

int main() {
  for (std::string line; std::getline(std::cin, line);) std::printf("%s\n", run(line).c_str());
  return 0;
}

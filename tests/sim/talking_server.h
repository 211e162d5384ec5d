// A server of requests and of WebSockets for simulated runs, that says what the test wants and remembers what it heard.
#pragma once

#include <algorithm>
#include <functional>
#include <map>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "base/format.h"
#include "protocol/websocket/handshake.h"
#include "protocol/websocket/peer_for_test.h"
#include "tests/sim/journey_plan.h"

namespace loadstone {

// Answers requests after a millisecond, opens WebSockets after three, and answers what is said with what the test
// wants.
class TalkingServer : public net::SimPeer {
 public:
  struct Reply {
    Nanoseconds after;
    // Frames that come at once, with | between them. "!close REASON": a close frame, "!bare": one without a code,
    // "!garbage"; or alone "!drop": the end, "!reset".
    std::string text;
  };
  std::function<std::vector<Reply>(const std::string& said)> replies = [](const std::string& text) {
    return std::vector<Reply>{{2ms, text}};
  };
  std::vector<Reply> greeting;  // after the answer that opens it
  std::string last_words;       // with that answer
  std::string refusal;          // instead of opening: "403 Forbidden"
  std::function<std::string(const std::string& request)> answer_to = [](const std::string&) { return ok("{}"); };
  bool answers_close = true;
  Nanoseconds service{1ms};

  std::vector<std::string> log;  // "GET /a", "open /ws", "say hello", "close"
  std::vector<Nanoseconds> times;
  std::vector<std::string> heads;  // of requests that open
  std::size_t opens = 0;
  std::size_t closes = 0;
  std::size_t said = 0;

  void connected(net::SimReactor&, net::SocketId) override {}
  void received(net::SimReactor& network, net::SocketId socket, std::string_view bytes) override {
    if (!is_open_[socket]) {
      request(network, socket, bytes);
      return;
    }
    while (auto frame = websocket::take_client_frame(bytes)) take(network, socket, *frame);
  }
  void closed(net::SocketId socket) override { is_open_[socket] = false; }
  [[nodiscard]] std::size_t count(const std::string& what) const {
    return static_cast<std::size_t>(std::count(log.begin(), log.end(), what));
  }

 private:
  void note(net::SimReactor& network, std::string what) {
    log.push_back(std::move(what));
    times.push_back(network.now() - kBegin);
  }
  void request(net::SimReactor& network, net::SocketId socket, std::string_view bytes) {
    const std::string line(bytes.substr(0, bytes.find(" HTTP/1.1")));
    constexpr std::string_view kKey = "Sec-WebSocket-Key: ";
    const auto key = bytes.find(kKey);
    if (key == std::string_view::npos) {
      note(network, line);
      network.answer(socket, answer_to(line), network.now() + service);
      return;
    }
    heads.emplace_back(bytes);
    note(network, "open " + line.substr(4));
    if (!refusal.empty()) {
      network.answer(socket, "HTTP/1.1 " + refusal + "\r\nContent-Length: 0\r\n\r\n", network.now() + 3ms);
      return;
    }
    ++opens;
    is_open_[socket] = true;
    const auto at = key + kKey.size();
    const std::string accept = websocket::accept_of(bytes.substr(at, bytes.find('\r', at) - at));
    network.answer(socket,
                   format("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                          "Sec-WebSocket-Accept: {}\r\n\r\n{}",
                          accept, frames_of(last_words)),
                   network.now() + 3ms);
    for (const Reply& reply : greeting) give(network, socket, {reply.after + 3ms, reply.text});
  }
  static std::string frame_of(const std::string& text) {
    if (text.starts_with("!close "))
      return websocket::server_frame(websocket::Opcode::kClose, "\x03\xe9" + text.substr(7));
    if (text == "!close") return websocket::server_frame(websocket::Opcode::kClose, std::string("\x03\xe9") + "away");
    if (text == "!bare") return websocket::server_frame(websocket::Opcode::kClose, "");
    if (text == "!garbage") return "\xff\xff\xff\xff";
    return websocket::server_frame(websocket::Opcode::kText, text);
  }
  static std::string frames_of(const std::string& text) {
    std::string bytes;
    std::istringstream parts(text);
    for (std::string part; std::getline(parts, part, '|');) bytes += frame_of(part);
    return bytes;
  }
  void give(net::SimReactor& network, net::SocketId socket, const Reply& reply) {
    const Instant at = network.now() + reply.after;
    if (reply.text == "!drop") {
      network.close_by_peer(socket, at);
    } else if (reply.text == "!reset") {
      network.reset_by_peer(socket, at);
    } else {
      network.answer(socket, frames_of(reply.text), at);
    }
  }
  void take(net::SimReactor& network, net::SocketId socket, const websocket::ClientFrame& frame) {
    if (frame.opcode == websocket::Opcode::kText) {
      ++said;
      note(network, "say " + frame.payload);
      for (const Reply& reply : replies(frame.payload)) give(network, socket, reply);
    }
    if (frame.opcode != websocket::Opcode::kClose) return;
    ++closes;
    note(network, "close");
    if (!answers_close) return;
    network.answer(socket, websocket::server_frame(websocket::Opcode::kClose, frame.payload), network.now());
    network.close_by_peer(socket, network.now());
  }

  std::map<net::SocketId, bool> is_open_;
};

}  // namespace loadstone

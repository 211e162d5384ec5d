// A server for simulated runs that remembers what it was asked, and what a plan asks of it.
#pragma once

#include <algorithm>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/sim/simulated_run.h"

namespace loadstone {

inline constexpr std::string_view kOk = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

// Answers after a fixed time, and remembers what was asked, in order, and how many of each were in the air at once.
class RecordingServer : public net::SimPeer {
 public:
  Nanoseconds service{1ms};
  std::string answer{kOk};
  std::vector<std::string> requests;        // "GET /a"
  std::map<std::string, int> most_at_once;  // by request
  std::vector<std::pair<net::SocketId, Instant>> when;
  std::size_t connections = 0;
  std::size_t most_open = 0;
  std::size_t closing = 0;  // requests that said Connection: close

  void connected(net::SimReactor& network, net::SocketId) override {
    ++connections;
    most_open = std::max(most_open, network.open_sockets());
  }
  void received(net::SimReactor& network, net::SocketId socket, std::string_view bytes) override {
    const std::string request(bytes.substr(0, bytes.find(" HTTP/1.1")));
    requests.push_back(request);
    when.emplace_back(socket, network.now());
    if (bytes.find("\r\nConnection: close\r\n") != std::string_view::npos) ++closing;
    most_open = std::max(most_open, network.open_sockets());
    auto& busy = busy_until_[request];
    std::erase_if(busy, [&](Instant until) { return until <= network.now(); });
    busy.push_back(network.now() + service);
    most_at_once[request] = std::max(most_at_once[request], static_cast<int>(busy.size()));
    respond(network, socket);
  }
  virtual void respond(net::SimReactor& network, net::SocketId socket) {
    network.answer(socket, answer, network.now() + service);
  }

  [[nodiscard]] std::map<std::string, int> counts() const {
    std::map<std::string, int> counts;
    for (const std::string& r : requests) ++counts[r];
    return counts;
  }

 private:
  std::map<std::string, std::vector<Instant>> busy_until_;
};

inline engine::Step step(const std::string& name, const std::string& method = "GET", const std::string& body = {}) {
  engine::Step s;
  s.name = method + " " + name;
  s.request = http1::encode(
      {.method = method, .target = name, .authority = "sim", .headers = {}, .body = body, .wants_body = true});
  s.idempotent = method == "GET";
  return s;
}

inline scenario::ClosedLoad users(int n, Nanoseconds duration, Nanoseconds think = 0s) {
  return {{{n, duration}}, think};
}

}  // namespace loadstone

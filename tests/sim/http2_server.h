// An HTTP/2 server for simulated runs, and what a plan asks of it.
#pragma once

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "protocol/http2/encode.h"
#include "protocol/http2/server_for_test.h"
#include "tests/sim/simulated_run.h"

namespace loadstone {

// Answers each request after a fixed time. What is behind a subclass's respond() differs.
class Http2Server : public net::SimPeer {
 public:
  Nanoseconds service{1ms};
  std::uint32_t max_streams = 100;
  std::size_t requests = 0;
  std::size_t answers = 0;
  std::size_t connections = 0;
  std::size_t cancels = 0;  // RST_STREAM with CANCEL

  void connected(net::SimReactor& network, net::SocketId socket) override {
    ++connections;
    sessions_[socket] = std::make_unique<http2::ServerForTest>(max_streams);
    send(network, socket, network.now());
  }
  void received(net::SimReactor& network, net::SocketId socket, std::string_view bytes) override {
    http2::ServerForTest& session = *sessions_[socket];
    session.receive(bytes);
    send(network, socket, network.now());
    for (const auto& [stream, code] : session.resets) cancels += code == NGHTTP2_CANCEL ? 1 : 0;
    session.resets.clear();
    auto asked = std::move(session.requests);
    session.requests.clear();
    for (const auto& request : asked) {
      ++requests;
      respond(network, socket, request.stream);
    }
  }

 protected:
  virtual void respond(net::SimReactor& network, net::SocketId socket, std::int32_t stream) {
    answer(network, socket, stream, network.now() + service);
  }
  // Later answers of a socket must not be due before earlier ones.
  void answer(net::SimReactor& network, net::SocketId socket, std::int32_t stream, Instant at) {
    ++answers;
    session(socket).answer(stream);
    send(network, socket, at);
  }
  void send(net::SimReactor& network, net::SocketId socket, Instant at) {
    std::string bytes = session(socket).output();
    if (!bytes.empty()) network.answer(socket, std::move(bytes), at);
  }
  http2::ServerForTest& session(net::SocketId socket) { return *sessions_[socket]; }

 private:
  std::map<net::SocketId, std::unique_ptr<http2::ServerForTest>> sessions_;
};

inline engine::Plan with_http2(engine::Plan plan, int streams) {
  plan.version = scenario::HttpVersion::k2;
  plan.streams = streams;
  for (engine::Step& step : plan.steps)
    step.request = http2::encode({.method = "GET", .target = "/", .authority = "sim", .headers = {}, .body = {}});
  return plan;
}

}  // namespace loadstone

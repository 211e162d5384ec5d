// What receiving costs: text messages of 200 bytes, one and ten a receive, whole and cut.
#include <benchmark/benchmark.h>

#include <string>

#include "base/check.h"
#include "protocol/websocket/peer_for_test.h"
#include "protocol/websocket/session.h"

namespace loadstone::websocket {
namespace {

constexpr std::size_t kMessage = 200;

struct Opened {
  explicit Opened(bool deflate = false)
      : plan(make_session_plan(
            {.target = "/", .authority = "h", .headers = {}, .subprotocols = {}, .offer = {.deflate = deflate}})),
        session(plan, randomness) {
    session.start();
    session.sent(session.output().size());
    session.receive(std::string("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                                "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n") +
                        (deflate ? "Sec-WebSocket-Extensions: permessage-deflate\r\n" : "") + "\r\n",
                    events);
    CHECK(session.state() == Session::State::kOpen);
    events.clear();
  }
  SessionPlan plan;
  FixedRandomness randomness;
  Session session;
  protocol::Events events;
};

std::string json() {
  std::string text =
      R"({"type":"node.changed","id":"01890a5d-ac96-774b-bcce-b302099a8057","path":"src/engine/run.cc","text":")";
  text.append(kMessage - text.size() - 2, 'x');
  return text + "\"}";
}

std::string frames(std::size_t count) {
  std::string bytes;
  for (std::size_t i = 0; i < count; ++i) bytes += server_frame(Opcode::kText, json());
  return bytes;
}

void receive_text(benchmark::State& state) {
  Opened opened;
  const auto count = static_cast<std::size_t>(state.range(0));
  const std::string bytes = frames(count);
  for (auto _ : state) {
    opened.session.receive(bytes, opened.events);
    benchmark::DoNotOptimize(opened.events.data());
    opened.events.clear();
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(receive_text)->Arg(1)->Arg(10);

void receive_text_in_two_pieces(benchmark::State& state) {
  Opened opened;
  const std::string bytes = frames(1);
  for (auto _ : state) {
    opened.session.receive(std::string_view(bytes).substr(0, 100), opened.events);
    opened.session.receive(std::string_view(bytes).substr(100), opened.events);
    benchmark::DoNotOptimize(opened.events.data());
    opened.events.clear();
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(receive_text_in_two_pieces);

void receive_compressed_text(benchmark::State& state) {
  Opened opened(true);
  Deflation server({});
  std::string payload;
  server.deflate(json(), payload);
  const std::string bytes = server_frame(Opcode::kText, payload, true, true);
  for (auto _ : state) {
    opened.session.receive(bytes, opened.events);
    benchmark::DoNotOptimize(opened.events.data());
    opened.events.clear();
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(receive_compressed_text);

void send_text(benchmark::State& state) {
  Opened opened;
  const std::string text = json();
  for (auto _ : state) {
    opened.session.send_text(text);
    opened.session.sent(opened.session.output().size());
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(send_text);

}  // namespace
}  // namespace loadstone::websocket

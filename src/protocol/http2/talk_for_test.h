// A conversation for tests: our codec, and a server with wires between them.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/http2/codec.h"
#include "protocol/http2/server_for_test.h"
#include "protocol/transcript.h"

namespace loadstone::http2 {

using Lines = std::vector<std::string>;

// Bytes for the client come in pieces of `piece` bytes, 0: whole.
class Talk {
 public:
  explicit Talk(std::size_t streams, std::uint32_t allowed = 100, std::size_t piece = 0)
      : codec(streams), server(allowed), piece_(piece) {
    codec.reset();
    exchange_bytes();
  }

  void exchange_bytes() {
    for (bool moved = true; moved;) {
      moved = false;
      while (!codec.output().empty()) {
        const std::string_view out = codec.output();
        server.receive(out);
        codec.sent(out.size());
        moved = true;
      }
      const std::string back = server.output();
      if (!back.empty()) give(back);
      moved = moved || !back.empty();
    }
  }
  void give(std::string_view bytes) {
    while (!bytes.empty()) {
      const std::size_t n = piece_ == 0 ? bytes.size() : std::min(piece_, bytes.size());
      const std::string exact(bytes.substr(0, n));
      protocol::Events events;
      codec.receive(exact, events);
      take(events);
      bytes.remove_prefix(n);
    }
  }
  void end_of_input() {
    protocol::Events events;
    codec.end_of_input(events);
    take(events);
  }
  // What became of an exchange since it was asked last.
  Lines of(std::uint32_t exchange) { return lines_[exchange].take(); }
  [[nodiscard]] Lines unsolicited() const { return unsolicited_; }

  Codec codec;
  ServerForTest server;

 private:
  void take(const protocol::Events& events) {
    for (const protocol::Event& event : events) {
      if (event.kind == protocol::Event::Kind::kUnsolicited)
        unsolicited_.emplace_back(event.bytes);
      else
        lines_[event.exchange].add(event);
    }
  }
  std::size_t piece_;
  std::map<std::uint32_t, protocol::EventLines> lines_;
  Lines unsolicited_;
};

}  // namespace loadstone::http2

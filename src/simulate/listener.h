// A client of a stream as the stream sees it, whatever it listens by. All methods from any thread; none calls the
// stream back before it returns, unless it says so.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "serve/responder.h"

namespace loadstone::simulate {

class Listener {
 public:
  virtual ~Listener() = default;

  // A message with its number in the stream, from 1. False: it is gone, or has too much before it.
  virtual bool send(std::shared_ptr<const std::string> text, std::uint64_t number) = 0;
  // Ends it in order, after what was sent.
  virtual void close(std::uint16_t code, std::string reason) = 0;
  // By a TCP reset, at once; the stream may be called back.
  virtual void reset() = 0;
  // Reads nothing more of it.
  virtual void ignore() = 0;
  // Runs on the client's server thread.
  virtual void after(Nanoseconds delay, std::function<void()> run) = 0;

  static constexpr std::size_t kQueueMessages = 10'000;
  static constexpr std::size_t kQueueBytes = std::size_t{16} << 20;
};

// By WebSocket; to be made in WebSocketEvents::on_open.
[[nodiscard]] std::shared_ptr<Listener> listen_by(serve::WebSocket& socket);

// By server-sent events: an answer of text/event-stream that has begun. Each message has its number as its id, and is
// written in so many pieces. `gone` is called once on the client's thread, when it has left or was ended.
[[nodiscard]] std::shared_ptr<Listener> listen_by(serve::Responder responder, std::uint64_t pieces,
                                                  std::function<void()> gone);

}  // namespace loadstone::simulate

// The right to answer one request: at once or later, from any thread, whole or in parts, well or badly.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "serve/request.h"
#include "serve/response.h"
#include "serve/websocket.h"

namespace serve {

class Exchange;

enum class Framing {
  kLength,      // Content-Length; the owner then writes exactly that many bytes
  kChunked,     // to an HTTP/1.0 client as kUntilClose
  kUntilClose,  // the end of the connection is the end of the body
};

// Copies share the one exchange. Every method may be called from any thread; called on the connection's own thread it
// takes effect before it returns. After the exchange has ended (answered, closed, or the client gone) all are
// harmless. When the last copy goes away without an answer the client gets a 500.
class Responder {
 public:
  explicit Responder(std::shared_ptr<Exchange> exchange) : exchange_(std::move(exchange)) {}

  // Lives as long as any copy of this.
  [[nodiscard]] const Request& request() const;

  // The whole answer. For HEAD the body is left out and its length stated.
  void reply(Response response);

  // An answer in parts: begin, any number of writes, end. A body that does not match `length` closes the connection.
  void begin(ResponseHead head, Framing framing, std::size_t length = 0);
  void write(std::string bytes);
  void end();
  // For an answer in parts that does not end by itself: called once, on the connection's thread, when the exchange ends
  // otherwise than by end() or close(): the client has gone, was reset, or the server stops. Never from within this
  // call. Without it a client that goes is noticed when writing fails.
  void watch(std::function<void()> gone);
  // Bytes waiting for the client to read them. Writing on regardless ends at Limits::output_bytes: the connection is
  // then reset.
  [[nodiscard]] std::size_t waiting_bytes() const;

  // For simulated faults: bytes as they are; an orderly close after what was written has gone; a TCP reset at once.
  void write_raw(std::string bytes);
  void close();
  void reset();

  // Grants an upgrade for which request().wants_websocket(). Null when the exchange has ended or the request is none.
  // Events may be called before this returns when called on another thread than the connection's.
  std::shared_ptr<WebSocket> accept_websocket(WebSocketOptions options, WebSocketEvents events);

  // Whether the answer can still reach the client, as far as is known.
  [[nodiscard]] bool is_open() const;
  // Runs on this connection's server thread after the delay, unless the server has stopped by then.
  void after(loadstone::Nanoseconds delay, std::function<void()> run);

 private:
  std::shared_ptr<Exchange> exchange_;
};

}  // namespace serve

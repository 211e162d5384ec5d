// One WebSocket client, as the owner of the service sees it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"

namespace serve {

class WebSocket;

struct WebSocketOptions {
  std::size_t message_bytes = std::size_t{64} * 1024;  // a longer message from the client closes with 1009
  std::size_t queue_messages = 1024;                   // messages waiting to be sent to this client
  std::size_t queue_bytes = std::size_t{4} << 20;      // their bytes; one message longer than this is still taken
  bool deflate = false;                                // permessage-deflate when offered; tens of KiB a client
  bool context_takeover = true;                        // false: no compressed message leans on the one before
  std::size_t fragments = 1;                           // frames that each message is sent in, for simulated services
  bool start_paused = false;                           // read nothing until resume_reading()
  bool answer_pings = true;                            // false is a fault: pings of the client stay unanswered
  loadstone::Nanoseconds ping_after{0};                // ping a client that has been silent so long; 0: never
  loadstone::Nanoseconds close_after_silence{0};       // close (1001) a client that has been silent so long; 0: never
  loadstone::Nanoseconds write_timeout = std::chrono::seconds(30);  // reset a client that takes no bytes for so long
  loadstone::Nanoseconds close_timeout = std::chrono::seconds(3);   // wait for the other half of a closing handshake
  std::string subprotocol;                                          // Sec-WebSocket-Protocol of the answer; empty: none
  std::vector<std::pair<std::string, std::string>> headers;         // further headers of the answer
};

// Called on the client's server thread, one at a time. A callback that is not set is skipped. An exception that
// escapes a callback closes the client with 1011.
struct WebSocketEvents {
  // The upgrade is about to be granted. Who is registered for messages here misses none that is published after the
  // client has seen the 101: what is sent meanwhile is kept and follows it.
  std::function<void(WebSocket&)> on_open;
  std::function<void(WebSocket&, std::string_view text)> on_text;  // valid UTF-8
  std::function<void(WebSocket&, std::string_view bytes)> on_binary;
  std::function<void(WebSocket&, std::string_view payload)> on_ping;
  std::function<void(WebSocket&, std::string_view payload)> on_pong;
  // The queue, which had been found full by a send, has room again.
  std::function<void(WebSocket&)> on_room;
  // Exactly once after accept_websocket: the code the peer or this side closed with; 1006 when the connection was lost
  // or reset without a closing handshake. Nothing is called after it.
  std::function<void(WebSocket&, std::uint16_t code, std::string_view reason)> on_close;
};

enum class Sent {
  kQueued,
  kFull,    // the queue bound was reached; the message was not taken
  kClosed,  // the client is closing or gone; the message was not taken
};

// Owned jointly by the server (until on_close has been called) and by whoever keeps the pointer. Every method may be
// called from any thread.
class WebSocket {
 public:
  using Message = std::shared_ptr<const std::string>;

  virtual ~WebSocket() = default;
  // Another owner of this client, for use in callbacks.
  [[nodiscard]] virtual std::shared_ptr<WebSocket> share() = 0;
  // Queues a message. The same Message may be given to any number of clients: it is neither copied nor changed.
  virtual Sent send_text(Message message) = 0;
  virtual Sent send_binary(Message message) = 0;
  Sent send_text(std::string_view text) { return send_text(std::make_shared<const std::string>(text)); }
  // Takes the oldest message that is queued and not yet being written out of the queue. False when there is none.
  virtual bool drop_oldest() = 0;
  // Messages queued and not yet handed to the socket.
  [[nodiscard]] virtual std::size_t queued() const = 0;
  // A ping of at most 125 bytes. Ignored while the one before is still being written.
  virtual void ping(std::string payload) = 0;
  // A closing handshake after what is queued has been sent. The reason is cut to 123 bytes.
  virtual void close(std::uint16_t code, std::string reason) = 0;
  // The same, without sending what is queued.
  virtual void close_now(std::uint16_t code, std::string reason) = 0;
  // TCP reset, at once.
  virtual void reset() = 0;
  // Bytes on the wire as they are, between two messages: for simulated faults.
  virtual Sent send_raw(Message bytes) = 0;
  // Stops and resumes reading from the socket; at most one message more is delivered after a pause.
  virtual void pause_reading() = 0;
  virtual void resume_reading() = 0;
  [[nodiscard]] virtual bool is_open() const = 0;
  [[nodiscard]] virtual std::string_view peer() const = 0;
  // Runs on this client's server thread after the delay, unless the server has stopped by then.
  virtual void after(loadstone::Nanoseconds delay, std::function<void()> run) = 0;

 protected:
  WebSocket() = default;
  WebSocket(const WebSocket&) = delete;
  WebSocket& operator=(const WebSocket&) = delete;
};

}  // namespace serve

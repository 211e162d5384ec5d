// One client's side of a connection that is opened once and then carries messages: a WebSocket, or an event stream.
// Bytes in, events out; no sockets, no clock. One thread at a time.
//
// Events of protocol/event.h that every session gives:
//   kOpen            the service has let the client in; status is that of its answer
//   kText, kBinary   a message, whole
//   kFailed          it is over, and not by our wish: reason kProtocol when the peer broke a rule, kClosed when the
//                    connection or the stream ended; bytes says how. Before kOpen status is that of the HTTP answer,
//                    if it was another than the one that opens
// Their bytes lie within what was received, or in the session until the next receive(), release() or reset().
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "protocol/event.h"

namespace loadstone::protocol {

class Session {
 public:
  virtual ~Session() = default;

  // Queues the request that opens it. Only when fresh.
  virtual void start() = 0;
  // Appends what the bytes meant. However they were cut, the events are the same.
  virtual void receive(std::string_view bytes, Events& events) = 0;
  // The peer has closed the connection.
  virtual void end_of_input(Events& events) = 0;
  // Frees what the events of the last receive() point to, before the next one would.
  virtual void release() = 0;

  // What a client says, when open. Never of a protocol whose clients only listen.
  virtual void send_text(std::string_view text) = 0;
  virtual void send_ping(std::string_view payload) = 0;
  // Begins to take leave, when open; the peer answers. False where the protocol has no words for it: then closing the
  // connection says it.
  [[nodiscard]] virtual bool take_leave() = 0;

  // Bytes that wait to go out, valid until the next call that may queue any (receive() among them); and the same to
  // own, for who must keep them in place while they go out.
  [[nodiscard]] virtual std::string_view output() const = 0;
  [[nodiscard]] virtual std::string take_output() = 0;

  // Whether nothing can come of the connection any more.
  [[nodiscard]] virtual bool is_over() const = 0;
  // Back to fresh, for a new connection of the same client. Frees large buffers.
  virtual void reset() = 0;
  // What a client keeps from one connection to the next is forgotten: the next one is somebody new.
  virtual void forget() {}
  // How long the service has asked clients to wait before they come back; nothing when it has not.
  [[nodiscard]] virtual std::optional<Nanoseconds> asked_pause() const { return std::nullopt; }

 protected:
  Session() = default;
  Session(const Session&) = default;
  Session& operator=(const Session&) = default;
};

}  // namespace loadstone::protocol

// One protocol's state machine for one connection: a request in, bytes out; bytes in, events out. No sockets and no
// clock, so that it can be tested, fuzzed and replayed byte by byte. The caller stamps events with the time the bytes
// came.
#pragma once

#include <cstdint>
#include <string_view>

#include "protocol/event.h"
#include "protocol/request.h"

namespace loadstone::protocol {

class Codec {
 public:
  virtual ~Codec() = default;

  // How many exchanges may be started now. Of a fresh connection nothing, where the peer speaks first (HTTP/2).
  [[nodiscard]] virtual std::size_t room() const = 0;
  // Starts an exchange; needs room. Its events carry `exchange`: a number that no other in flight has, below the most
  // that may be in flight at once. `request` must outlive it.
  virtual void start(std::uint32_t exchange, const PreparedRequest& request, const Filling& filling) = 0;
  // Gives an exchange up: nothing more is heard of it, and the connection goes on. False where it cannot go on.
  [[nodiscard]] virtual bool cancel(std::uint32_t exchange) = 0;
  // Bytes that wait to go out; they stay where they are until sent() takes them off. Those of a request whose answer
  // alone can follow (HTTP/1.1) stay after it too, until the next start().
  [[nodiscard]] virtual std::string_view output() = 0;
  virtual void sent(std::size_t bytes) = 0;

  // Appends what the bytes meant. The events of an exchange do not depend on how the bytes were cut, kBody apart.
  virtual void receive(std::string_view bytes, Events& events) = 0;
  // The peer has closed: appends what that means for the exchanges in flight.
  virtual void end_of_input(Events& events) = 0;
  // Whether another exchange may follow on this connection when none is in flight.
  [[nodiscard]] virtual bool reusable() const = 0;
  // Back to a fresh connection; keeps allocated memory.
  virtual void reset() = 0;
};

}  // namespace loadstone::protocol

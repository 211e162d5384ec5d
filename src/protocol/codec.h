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

  // How many exchanges may be started now.
  [[nodiscard]] virtual std::size_t room() const = 0;
  // Starts an exchange; needs room. `request` must outlive it.
  virtual std::uint32_t start(const PreparedRequest& request, const Filling& filling) = 0;
  // Bytes that wait to go out, valid until the next start(). sent() takes them off.
  [[nodiscard]] virtual std::string_view output() const = 0;
  virtual void sent(std::size_t bytes) = 0;

  // Appends what the bytes meant. The events do not depend on how the bytes were cut, kBody events apart.
  virtual void receive(std::string_view bytes, Events& events) = 0;
  // The peer has closed: appends what that means for the exchanges in flight.
  virtual void end_of_input(Events& events) = 0;
  // Whether another exchange may follow on this connection when none is in flight.
  [[nodiscard]] virtual bool reusable() const = 0;
  // Back to a fresh connection; keeps allocated memory.
  virtual void reset() = 0;
};

}  // namespace loadstone::protocol

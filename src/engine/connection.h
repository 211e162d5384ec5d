// One connection of a load: at most one socket at a time, one codec, and the exchange in flight.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "engine/exchange.h"
#include "net/reactor.h"
#include "protocol/codec.h"
#include "protocol/encoding/body.h"

namespace loadstone::engine {

class Load;

struct Connection {
  enum class State : std::uint8_t {
    kClosed,
    kQueued,  // will be opened when fewer others are opening
    kConnecting,
    kIdle,
    kBusy,  // an exchange is in flight
  };

  State state = State::kClosed;
  bool claimed = false;      // while closed or connecting: `exchange` waits for the connection
  bool fresh = true;         // no exchange has ended on this socket yet
  std::uint16_t status = 0;  // of the answer being received
  std::uint32_t user = 0;    // which of its load's connections
  net::SocketId socket = net::kNoSocket;
  Load* load = nullptr;
  std::unique_ptr<protocol::Codec> codec;
  Exchange exchange;
  Instant since{};                       // when the state was entered, as far as a deadline or `free` depends on it
  Nanoseconds idle_for{0};               // how long it had been idle when its exchange began
  std::unique_ptr<encoding::Body> body;  // of the answer, when a check needs it

  // Links of the list of deadlines it is in.
  Connection* earlier = nullptr;
  Connection* later = nullptr;
  bool is_listed = false;
};

// Connections that will time out, in the order in which they will: a time-out is the same for all, so a newcomer goes
// to the end and nothing is ever sorted.
class DeadlineList {
 public:
  void push_back(Connection& c) {
    c.earlier = last_;
    c.later = nullptr;
    (last_ != nullptr ? last_->later : first_) = &c;
    last_ = &c;
    c.is_listed = true;
  }
  void remove(Connection& c) {
    if (!c.is_listed) return;
    (c.earlier != nullptr ? c.earlier->later : first_) = c.later;
    (c.later != nullptr ? c.later->earlier : last_) = c.earlier;
    c.is_listed = false;
  }
  [[nodiscard]] Connection* first() const { return first_; }

 private:
  Connection* first_ = nullptr;
  Connection* last_ = nullptr;
};

}  // namespace loadstone::engine

// One client: at most one socket at a time, and what is on its way out.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "base/clock.h"
#include "net/reactor.h"
#include "protocol/session.h"

namespace loadstone::audience {

struct Client {
  explicit Client(std::unique_ptr<protocol::Session> s) : session(std::move(s)) {}

  enum class State : std::uint8_t {
    kAway,
    kQueued,      // will be opened when fewer others are opening
    kConnecting,  // TCP
    kAsking,      // the request that opens it is on its way, or its answer
    kOpen,
    kClosing,  // it has taken leave; the peer has not yet
  };
  State state = State::kAway;
  bool is_subscribed = false;
  bool is_sending = false;  // a send is with the kernel
  bool has_output = false;  // is in the list of those who want to send
  bool is_slow = false;
  bool is_returning = false;  // has lost its connection, and is to come back
  std::uint32_t index = 0;    // of this shard's clients
  std::uint32_t number = 0;   // over all shards
  std::uint32_t use = 0;      // counts its connections: timers of an earlier one are ignored
  net::SocketId socket = net::kNoSocket;
  Instant since{};                  // when it began to connect; kClosing: when it began to close
  Instant connected{};              // when the connection was there: TCP, and TLS if it is to be
  Instant waits_for_pong = kNever;  // since when
  std::string outgoing;             // what the kernel is sending
  std::unique_ptr<protocol::Session> session;

  [[nodiscard]] bool is_open() const { return state == State::kOpen; }
};

// What becomes of clients, told to who drives them. Calls may open, close and say at will.
class Happenings {
 public:
  enum class End : std::uint8_t {
    kRefused,  // could not be opened
    kLost,     // ended by the service or the network, unasked
    kLeft,     // as was asked for
  };
  virtual ~Happenings() = default;
  virtual void opened(Client& client, Instant now) = 0;
  virtual void said(Client& client, std::string_view message, Instant now) = 0;
  virtual void ended(Client& client, End end, Instant now) = 0;
};

}  // namespace loadstone::audience

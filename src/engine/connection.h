// One connection of a load: at most one socket at a time, one codec, and the exchanges in flight: one with HTTP/1.1, as
// many as there are streams with HTTP/2.
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
struct Connection;

// Things in order, each with links of its own to those beside it, so that nothing is allocated and any can be taken
// out.
template <class T>
class Row {
 public:
  void push_back(T& t) {
    t.earlier = last_;
    t.later = nullptr;
    (last_ != nullptr ? last_->later : first_) = &t;
    last_ = &t;
    t.is_listed = true;
  }
  // Nothing, when it is in none.
  void remove(T& t) {
    if (!t.is_listed) return;
    (t.earlier != nullptr ? t.earlier->later : first_) = t.later;
    (t.later != nullptr ? t.later->earlier : last_) = t.earlier;
    t.is_listed = false;
  }
  [[nodiscard]] T* first() const { return first_; }
  [[nodiscard]] bool empty() const { return first_ == nullptr; }

 private:
  T* first_ = nullptr;
  T* last_ = nullptr;
};

// A place for one exchange at a time on a connection.
struct Flight {
  enum class State : std::uint8_t {
    kFree,
    kWaiting,  // for the connection to be open, or to have room
    kBusy,     // with the codec
  };
  State state = State::kFree;
  std::uint16_t status = 0;  // of the answer being received
  std::uint32_t place = 0;   // which of its connection's
  Connection* connection = nullptr;
  Exchange exchange;
  Instant since{};                       // when it was sent: its deadline depends on it
  Nanoseconds idle_for{0};               // how long its connection had been idle when it began
  std::unique_ptr<encoding::Body> body;  // of the answer, when a check needs it
  std::unique_ptr<std::string> fields;   // likewise, the lines of its header

  // Of the one row it is in: those that are free, those that wait, or those that will time out.
  Flight* earlier = nullptr;
  Flight* later = nullptr;
  bool is_listed = false;
};

struct Connection {
  enum class State : std::uint8_t {
    kClosed,
    kQueued,  // will be opened when fewer others are opening
    kConnecting,
    kGreeting,  // the socket is open, and the peer has yet to say what it takes (HTTP/2)
    kOpen,
  };

  State state = State::kClosed;
  bool fresh = true;        // no exchange has ended on this socket yet
  bool is_sending = false;  // HTTP/2: bytes are with the reactor
  bool has_output = false;  // HTTP/2: is among those whose bytes go out with the next flush
  std::uint32_t user = 0;   // a number of its load's
  std::uint32_t streams = 1;
  std::uint32_t busy = 0;    // exchanges with the codec
  std::uint32_t unsent = 0;  // of these, since the last flush
  net::SocketId socket = net::kNoSocket;
  Load* load = nullptr;
  std::unique_ptr<protocol::Codec> codec;
  Instant begun{};       // when it began to be opened
  Instant connected{};   // when its socket was open
  Instant has_room{};    // since when it could take an exchange, while it can
  Instant idle_since{};  // since when it carries none, while it does not
  Row<Flight> waiting;   // in the order in which they came
  Row<Flight> free;      // of several; a single one needs no row

  // The first of them lies here, so that HTTP/1.1 has nothing to follow.
  Flight only;
  std::unique_ptr<Flight[]> others;
  [[nodiscard]] Flight& flight(std::uint32_t place) { return place == 0 ? only : others[place - 1]; }
  [[nodiscard]] Flight* free_flight() {
    if (streams > 1) return free.first();
    return only.state == Flight::State::kFree ? &only : nullptr;
  }
  // Whether an exchange that is started now goes out now; or, of one that is closed, as soon as it can be opened.
  [[nodiscard]] bool can_take() const {
    if (state == State::kOpen) return waiting.empty() && codec->room() > 0;
    return state == State::kClosed && waiting.empty();
  }

  // Of the row of those that are being opened.
  Connection* earlier = nullptr;
  Connection* later = nullptr;
  bool is_listed = false;
};

}  // namespace loadstone::engine

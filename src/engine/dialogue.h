// One WebSocket of a user on a journey: at most one socket, one session, and at most one exchange at a time, that of
// the step its user is at.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <utility>

#include "engine/exchange.h"
#include "net/reactor.h"
#include "protocol/websocket/session.h"

namespace loadstone::engine {

class Load;
class Travellers;

// The load whose user it is, and who knows what its users say.
struct Party {
  Load* load = nullptr;
  Travellers* travellers = nullptr;
};

// Messages that came between two steps, the oldest first. When it is full the newest are lost, and it knows how many.
class Inbox {
 public:
  static constexpr std::size_t kMostMessages = 1000;
  static constexpr std::size_t kMostBytes = std::size_t{4} << 20;

  void put(std::string_view message) {
    if (messages_.size() >= kMostMessages || bytes_ + message.size() > kMostBytes) ++lost_;
    if (lost_ > 0) return;  // one that still fits would stand where others are missing
    messages_.emplace_back(message);
    bytes_ += message.size();
  }
  // The oldest, taken out; there must be one.
  [[nodiscard]] std::string take() {
    std::string oldest = std::move(messages_.front());
    messages_.pop_front();
    bytes_ -= oldest.size();
    return oldest;
  }
  void clear() { *this = {}; }
  [[nodiscard]] bool empty() const { return messages_.empty(); }
  // Whether messages came after those that are kept, and are not.
  [[nodiscard]] bool has_lost() const { return lost_ > 0; }

 private:
  std::deque<std::string> messages_;
  std::size_t bytes_ = 0;
  std::uint64_t lost_ = 0;
};

struct Dialogue {
  Dialogue(websocket::SessionPlan p, websocket::Randomness& randomness)
      : plan(std::move(p)), session(plan, randomness) {}

  enum class State : std::uint8_t {
    kQueued,      // will be opened when fewer others are opening
    kConnecting,  // TCP, and TLS if it is to be
    kAsking,      // the request that opens it is on its way, or its answer
    kOpen,
    kClosing,  // it has taken leave; the peer has not yet
    kLeft,     // both have; the peer may close the socket first
    kGone,     // there is no socket any more
  };
  State state = State::kQueued;
  bool is_busy = false;      // has an exchange
  bool has_opened = false;   // its exchange did
  bool is_sending = false;   // a send is with the kernel
  bool has_output = false;   // is among those who want to send
  bool is_speaking = false;  // what is to be stamped as sent goes out with the next flush
  bool is_detached = false;  // its user has done with it
  bool took_leave = false;   // kGone: the service closed it with a close frame
  Party party;
  std::uint32_t user = 0;
  std::uint64_t number = 0;  // that no other of its shard has
  std::string target;
  net::SocketId socket = net::kNoSocket;
  Exchange exchange;
  Instant expires = kNever;   // the exchange's time is up
  Instant deadline = kNever;  // when something times out, be it that or the opening
  Instant begun{};            // when it began to be opened
  Instant connected{};        // when its socket was open
  Instant asked{};            // when the request that opens it went out
  Instant idle_since{};       // since when it has had no exchange
  Instant message_began{};    // when the first byte came of the message that is coming; zero between two of them
  Instant closes_by{};        // detached: when the socket is closed at the latest
  std::uint64_t in_vain = 0;  // messages that the exchange has passed over
  std::string last_in_vain;   // the beginning of the last of them
  std::string why;            // kGone: how it ended
  Inbox inbox;
  std::string outgoing;  // what the kernel is sending
  websocket::SessionPlan plan;
  websocket::Session session;
};

}  // namespace loadstone::engine

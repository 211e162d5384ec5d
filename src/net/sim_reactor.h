// A network in memory, with manual time and seeded faults: whole runs in a test, the same every time. Waiting moves the
// clock.
#pragma once

#include <functional>
#include <map>
#include <queue>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "net/reactor.h"

namespace loadstone::net {

class SimReactor;

// The other end of every simulated connection. Called when bytes arrive there; answers through the reactor.
class SimPeer {
 public:
  virtual ~SimPeer() = default;
  virtual void connected(SimReactor& network, SocketId socket) = 0;
  virtual void received(SimReactor& network, SocketId socket, std::string_view bytes) = 0;
  // The client has closed; the number may soon be another connection's.
  virtual void closed(SocketId) {}
};

class SimReactor final : public Reactor {
 public:
  struct Faults {
    double refuse = 0;          // share of connects that are refused
    bool cut_receives = false;  // deliver in pieces of random size, one each nanosecond
    std::uint64_t fail_at = 0;  // the n-th connect or send fails; 0: none
  };

  SimReactor(ManualClock& clock, SimPeer& peer, std::uint64_t seed, Faults faults);
  SimReactor(ManualClock& clock, SimPeer& peer) : SimReactor(clock, peer, 1, Faults{}) {}

  // For the peer: bytes for the client, or the end of the connection, at a time from now on. In order for each socket.
  void answer(SocketId socket, std::string bytes, Instant at);
  void close_by_peer(SocketId socket, Instant at);
  void reset_by_peer(SocketId socket, Instant at);
  [[nodiscard]] Instant now() const { return clock_.now(); }
  // How many connects and sends there have been, to choose fail_at by.
  [[nodiscard]] std::uint64_t operations() const { return operations_; }
  [[nodiscard]] std::size_t open_sockets() const { return open_; }

  tl::expected<SocketId, int> connect(const Address& to, const Address* from) override;
  void send(SocketId socket, std::string_view bytes, Tell tell) override;
  void set_receiving(SocketId socket, bool receives) override;
  void delay_acknowledgements(SocketId) override {}
  void close(SocketId socket, How how) override;
  void flush() override;
  std::span<const Completion> wait(Instant deadline) override;
  std::string_view name() const override { return "simulated"; }

 private:
  struct Event {
    Instant at;
    std::uint64_t order;  // of two at the same time, the one submitted first
    SocketId socket;
    std::uint32_t use;
    Completion::Kind kind;
    std::int32_t result;
    std::string bytes;
  };
  struct Later {
    bool operator()(const Event& a, const Event& b) const { return a.at != b.at ? a.at > b.at : a.order > b.order; }
  };
  struct Socket {
    bool open = false;
    bool ended = false;  // end of input or an error has been delivered
    std::uint32_t use = 0;
    bool receives = true;
    Instant last{};            // of what is on its way to the client
    std::vector<Event> waits;  // came while it did not receive
  };
  void push(SocketId socket, Completion::Kind kind, std::int32_t result, std::string bytes, Instant at);
  [[nodiscard]] bool fails_now() { return ++operations_ == faults_.fail_at; }

  ManualClock& clock_;
  SimPeer& peer_;
  Random random_;
  Faults faults_;
  std::vector<Socket> sockets_;
  std::vector<SocketId> free_;
  std::vector<SocketId> closed_;
  struct Send {
    SocketId socket;
    std::uint32_t use;
    std::string bytes;
    bool tells;
  };
  std::vector<Send> sending_;
  std::priority_queue<Event, std::vector<Event>, Later> events_;
  std::vector<Event> delivered_;  // holds the bytes of the last batch
  std::vector<Completion> completions_;
  std::uint64_t order_ = 0;
  std::uint64_t operations_ = 0;
  std::size_t open_ = 0;
};

}  // namespace loadstone::net

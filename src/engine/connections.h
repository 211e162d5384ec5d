// All connections of a shard: opens and closes them, moves bytes between reactor and codecs, and ends exchanges with
// their outcome. Loads tell it what to start; it tells loads what became of it.
#pragma once

#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "engine/connection.h"
#include "engine/plan.h"
#include "engine/tally.h"
#include "net/reactor.h"
#include "protocol/http1/head_memory.h"

namespace loadstone::engine {

class Connections {
 public:
  // All references must outlive it.
  Connections(const Plan& plan, net::Reactor& reactor, const Clock& clock);

  // A new connection for a load, closed at first. Stays at its address. `streams` exchanges at once, 1 with HTTP/1.1.
  Connection& add(Load& load, std::uint32_t user, int streams = 1);

  // Where things are counted from now on.
  void count_in(Tally& tally) { tally_ = &tally; }
  void set_end_of_measured_time(Instant end) { measured_until_ = end; }

  // Begins to open a closed connection.
  void open(Connection& connection, Instant now);
  // Starts an exchange that is due, in a place that is free: now where the connection is open and has room, else as
  // soon as it is and has.
  void start(Connection& connection, std::uint32_t place, const Exchange& exchange, Instant now);
  // The same in any place; one must be free.
  void start(Connection& connection, const Exchange& exchange, Instant now);
  // Counts an arrival taken from the schedule, before anything becomes of it; and a measured one that nothing ever
  // will.
  void scheduled(bool measured) { tally_->scheduled += measured ? 1 : 0; }
  void dropped() { tally_->dropped(); }
  // Ends an exchange for which there is no connection at all.
  void refuse(Load& load, const Exchange& exchange, Instant now);

  // Counts an exchange that has ended, and tells its load when it did not end well; for those that had none of these
  // connections. `example` shows what came instead of what was expected.
  void record(Load& load, const Exchange& exchange, Outcome outcome, std::uint16_t status, const std::string& detail,
              Instant now, std::string_view example = {});

  // Whether it was one of these sockets.
  bool complete(const net::Completion& completion, Instant now);
  // Ends what has timed out.
  void expire(Instant now);
  [[nodiscard]] Instant next_deadline() const;
  // Stamps what was started and hands it to the reactor, whose wait() must be next.
  void flush();
  // Ends what is in flight as unfinished, and closes everything.
  void abandon(Instant now);

  [[nodiscard]] std::uint64_t in_flight() const { return in_flight_; }
  [[nodiscard]] std::uint64_t open_count() const { return open_; }
  [[nodiscard]] std::uint64_t opening_count() const { return opening_ + queued_.size(); }

 private:
  // Exchanges: connections.cc
  void begin_exchange(Flight& flight, Instant free);
  void start_in(Flight& flight);
  void flush_at_once();
  void hand_over(net::Reactor::Tell tell);
  void send_output(Connection& connection, net::Reactor::Tell tell);
  void received(Connection& connection, std::string_view bytes, Instant now);
  void interpret(Connection& connection, Instant now);
  void go_on(Connection& connection, bool has_ended, bool is_done, Instant now);
  void start_waiting(Connection& connection, Instant now);
  [[nodiscard]] Outcome judge(const Flight& flight) const;
  void end(Flight& flight, Outcome outcome, const std::string& detail, Instant now);
  void leave(Flight& flight, Instant now);
  void end_scripted(Flight& flight, Instant now);

  // Exchanges without an answer: failing.cc
  [[nodiscard]] bool try_again(Flight& flight, Outcome outcome, protocol::Event::Reason reason, Instant now);
  void fail(Flight& flight, Outcome outcome, protocol::Event::Reason reason, const std::string& detail, Instant now);
  void lost(Connection& connection, Outcome outcome, const std::string& detail, Instant now);
  void out_of_time(Flight& flight, Instant now);

  // Sockets: opening.cc
  void opened(Connection& connection, Instant now);
  void socket_opened(Connection& connection, Instant now);
  void could_not_open(Connection& connection, int error, Instant now);
  void could_not_open(Connection& connection, const std::string& why, Instant now);
  void disconnect(Connection& connection);
  void closed(Connection& connection, bool refused, Instant now);
  void open_queued(Instant now);
  void linger(Connection& connection, Instant now);
  void close_lingering(Instant now);

  const Plan& plan_;
  const bool shares_;  // HTTP/2: exchanges share a connection, and its bytes are told of when they have gone
  bool is_completing_ = false;
  net::Reactor& reactor_;
  const Clock& clock_;
  Tally* tally_ = nullptr;
  Instant measured_until_ = kNever;
  http1::HeadMemory heads_;
  std::deque<Connection> all_;
  std::vector<Connection*> by_socket_;
  std::vector<Flight*> unsent_;       // started since the last flush
  std::vector<Connection*> to_send_;  // HTTP/2: have output
  std::deque<Connection*> queued_;    // beyond what may be opening at once
  bool opening_queued_ = false;
  // Sockets that have served: the peer has said it will close, and is given time to do so first, so that the port of
  // this side need not wait out its minute.
  struct Lingering {
    net::SocketId socket;
    Instant until;
  };
  std::deque<Lingering> lingering_;
  Connection lingerer_;  // stands in by_socket_ for all of them
  // A time-out is the same for all, so a newcomer goes to the end and nothing is ever sorted.
  Row<Flight> requests_;      // in flight, by when they were sent
  Row<Connection> connects_;  // opening, by when they began
  protocol::Events events_;
  std::uint64_t in_flight_ = 0;
  std::uint64_t open_ = 0;
  std::uint64_t opening_ = 0;
  std::size_t next_local_ = 0;
};

}  // namespace loadstone::engine

// The WebSockets of users on journeys. A step opens one where its user has none to that path, and speaks and listens on
// it; it ends with the journey, or by a step that closes it. What a step says and awaits is an exchange like a request
// and its answer, with these stamps:
//   free        the connection is open; of a step that only opens it, or is refused, its socket is
//   sent        what it says goes out; or, saying nothing, it begins to wait
//   first byte  of the message that it awaits, or of what else it waits for
// A step that speaks awaits what comes after it; one that says nothing also takes what has come since the step before.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "engine/connections.h"
#include "engine/dialogue.h"
#include "engine/plan.h"
#include "engine/tally.h"
#include "net/reactor.h"
#include "protocol/websocket/randomness.h"

namespace loadstone::engine {

class Dialogues {
 public:
  // A user may have so many WebSockets at once.
  static constexpr std::size_t kMostOfUser = 100;

  // All references must outlive it. `connections` counts what ends.
  Dialogues(const Plan& plan, net::Reactor& reactor, const Clock& clock, Connections& connections);

  // Where things are counted from now on.
  void count_in(Tally& tally) { tally_ = &tally; }

  // Starts an exchange that is due, of a step that speaks by WebSocket. It may end within this call.
  void start(const Party& party, const Exchange& exchange, Instant now);
  // A user's journey is over: its connections are closed.
  void leave(std::uint32_t user, Instant now);

  // Whether it was one of these sockets.
  bool complete(const net::Completion& completion, Instant now);
  // Ends what has timed out.
  void expire(Instant now);
  [[nodiscard]] Instant next_deadline() const;
  // Stamps what was started and hands it to the kernel.
  void flush();
  // Ends what is in flight as unfinished and takes leave on all connections; and whether all peers have answered.
  void say_farewell(Instant now);
  [[nodiscard]] bool is_closed() const { return open_ == 0 && closing_ == 0; }
  // Likewise, but closes everything without a word.
  void abandon(Instant now);

  [[nodiscard]] std::uint64_t in_flight() const { return in_flight_; }
  [[nodiscard]] std::uint64_t open_count() const { return open_; }

 private:
  // Exchanges: dialogues.cc
  [[nodiscard]] const journey::Speech& speech(const Dialogue& d) const;
  [[nodiscard]] Dialogue* find(std::uint32_t user, const std::string& target);
  void turn_away(const Party& party, Exchange exchange, const std::string& why, Instant now);
  void begin(Dialogue& d, Instant free, Instant now);
  void begin_too_late(Dialogue& d, Instant now);
  [[nodiscard]] bool finds_what_it_awaits(Dialogue& d, Instant now);
  void hear(Dialogue& d, std::string_view message, Instant now);
  static void pass_over(Dialogue& d, std::string_view message);
  void answered(Dialogue& d, std::uint16_t status, std::string_view message, Instant now);
  struct Ending {
    Outcome outcome = Outcome::kOk;
    std::uint16_t status = 0;
    std::string detail{};
    std::string example{};
  };
  void end(Dialogue& d, const Ending& ending, Instant now);
  void end_all(Instant now);
  void out_of_time(Dialogue& d, Instant now);
  void watch(Dialogue& d);

  // Sockets: dialogue_sockets.cc
  void open(Dialogue& d, Instant now);
  void open_queued(Instant now);
  void received(Dialogue& d, std::string_view bytes, Instant now);
  void interpret(Dialogue& d, Instant now);
  void sent(Dialogue& d, Instant now);
  void opened(Dialogue& d, Instant now);
  void answered_opening(Dialogue& d, std::uint16_t status, Instant now);
  void refused(Dialogue& d, std::uint16_t status, Instant now);
  void lost(Dialogue& d, Outcome outcome, const std::string& why, Instant now);
  void parted(Dialogue& d, const protocol::Event& farewell, Instant now);
  void take_leave(Dialogue& d);
  void detach(Dialogue& d, Instant now);
  void disconnect(Dialogue& d);
  void speak(Dialogue& d);
  void want_to_send(Dialogue& d);
  void send(Dialogue& d);

  const Plan& plan_;
  net::Reactor& reactor_;
  const Clock& clock_;
  Connections& connections_;
  Tally* tally_ = nullptr;
  websocket::Randomness randomness_;
  std::vector<std::vector<std::unique_ptr<Dialogue>>> by_user_;
  std::deque<std::unique_ptr<Dialogue>> detached_;  // in the order of `closes_by`
  std::vector<Dialogue*> by_socket_;
  std::vector<Dialogue*> to_send_;
  std::vector<Dialogue*> speaking_;
  std::deque<Dialogue*> queued_;
  std::map<std::pair<Instant, std::uint64_t>, Dialogue*> deadlines_;  // with the number of the dialogue
  std::uint64_t made_ = 0;
  protocol::Events events_;
  std::uint64_t in_flight_ = 0;
  std::uint64_t open_ = 0;
  std::uint64_t opening_ = 0;
  std::uint64_t closing_ = 0;
  std::size_t next_local_ = 0;
  bool is_opening_queued_ = false;
};

}  // namespace loadstone::engine

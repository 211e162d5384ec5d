// A real server of HTTP, WebSocket and server-sent events that stands in for a service: routes of the code-graph API,
// with latency, stalls, errors and faults that can be set, seeded, and written down as they really happened.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "serve/server.h"
#include "simulate/account.h"
#include "simulate/event_stream.h"
#include "simulate/plants.h"
#include "simulate/rule.h"

namespace loadstone::simulate {

struct Options {
  std::string host = "127.0.0.1";  // as serve::Options::host
  std::uint16_t port = 0;          // 0: the kernel chooses
  int threads = 1;
  int backlog = 1024;
  std::size_t connections = 20'000;
  std::uint64_t seed = 1;          // of latencies and faults: the n-th request of a rule always fares alike
  std::vector<Rule> rules;         // the first that matches decides; without one a request is answered at once. A path
                                   // that is no route is served all the same when a rule names it without '*' or '?'
  Stall stall;                     // of the whole service
  StreamFaults stream;             // of /ws/events, /ws/broadcast and /sse/events
  bool stamp = false;              // X-Sim-Received-Ns and X-Sim-Sent-Ns, CLOCK_MONOTONIC, in every answer
  std::uint64_t refuse_every = 0;  // every k-th connection is reset as soon as it is accepted
  std::uint64_t silent_every = 0;  // every k-th connection is accepted, and then neither read nor written
  bool accept = true;              // false: connections stay in the kernel's backlog
  std::size_t max_samples = 1'000'000;  // answers whose times are kept, 24 bytes each
};

// GET /__sim/stats, /__sim/stalls, /__sim/samples?last=N, /__sim/messages?last=N, /__sim/plants?last=N,
// /__sim/clients?last=N, POST /__sim/disconnect (resets all clients of the streams) and POST /__sim/reset are answered
// at once whatever is set, and counted nowhere.
class Simulator {
 public:
  static Result<std::unique_ptr<Simulator>> start(Options options);
  ~Simulator();

  [[nodiscard]] std::uint16_t port() const { return server_->port(); }
  [[nodiscard]] std::string address() const { return server_->address(); }
  // What GET /__sim/stats, /__sim/stalls and /__sim/plants answer.
  [[nodiscard]] std::string stats_json() const;
  [[nodiscard]] std::string stalls_json() const;
  [[nodiscard]] std::string plants_json() const { return plants_.plants_json(Plants::kKept); }
  // Stops accepting, lets answers in flight finish for at most `grace`, and ends all threads. Not from a server thread.
  void stop(Nanoseconds grace) { server_->stop(grace); }

 private:
  struct RuleState;
  struct Turn;
  explicit Simulator(Options options);

  void receive(serve::Responder responder);
  void control(serve::Responder responder);
  [[nodiscard]] RuleState& find_rule(std::string_view path);
  void begin(const std::shared_ptr<Turn>& turn);
  void finish(const std::shared_ptr<Turn>& turn);
  void act(const std::shared_ptr<Turn>& turn);
  void accept_client(Turn& turn);
  [[nodiscard]] serve::Response answer(Turn& turn);
  void send(const std::shared_ptr<Turn>& turn, serve::Response response);
  void write_slowly(const std::shared_ptr<Turn>& turn, std::shared_ptr<const std::string> body, std::size_t from,
                    Instant started, int status);
  void leave(Turn& turn);

  const Options options_;
  std::vector<std::unique_ptr<RuleState>> rules_;  // the last is the one for everything else
  std::unique_ptr<RuleState> whole_;               // only its stalls
  Account account_;
  Plants plants_;
  EventStream stream_;  // /ws/events
  EventStream relay_;   // /ws/broadcast
  EventStream source_;  // /sse/events
  std::atomic<std::uint64_t> reset_at_accept_{0}, silent_at_accept_{0};
  std::atomic<std::uint64_t> event_id_{0};
  std::unique_ptr<serve::Server> server_;  // last: its threads use all of the above
};

}  // namespace loadstone::simulate

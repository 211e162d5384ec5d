// Everything one shard counts and times during one block. Plain arrays, one writer, no atomics: handed over whole.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "audience/connect_tally.h"
#include "audience/tally.h"
#include "engine/exchange.h"
#include "engine/plan.h"
#include "result/block.h"
#include "stats/histogram.h"

namespace loadstone::engine {

class Tally {
 public:
  explicit Tally(const Plan& plan);

  // An exchange that ended. `done` is when; only measured ones may be given. `ended_in_time`: within the measured time.
  void ended(const Exchange& exchange, Outcome outcome, std::uint16_t status, Instant done, bool ended_in_time);
  // An exchange that was due, but never sent before the end.
  void dropped();
  // A failure, in words, with the number of times it happened; at most kMaxProblems different ones are kept. Of each
  // kMaxExamples are kept.
  void problem(const std::string& text, const std::string& example = {});

  // A connection begun at `begun`, whose socket was open at `open`, is ready; `handshake` where it speaks TLS.
  void connected(Instant begun, const net::Handshake* handshake, Instant open, Instant now);

  // What was counted of connections goes to another tally instead.
  void move_connects_to(Tally& other);
  // Empties it for the next block.
  void reset();
  // Adds what was counted to a block, under the names of metrics.
  void add_to(result::Block& block) const;

  static constexpr std::size_t kMaxProblems = 16;
  static constexpr std::size_t kMaxExamples = 9;  // the tenth is counted

  // Set by the shard.
  Nanoseconds start{0};  // of the block, since the start of the measured time
  Nanoseconds length{0};
  bool measured = true;
  bool last = false;  // no other follows from this shard
  std::uint64_t in_flight = 0;
  std::uint64_t waiting = 0;
  std::uint64_t connections = 0;
  Nanoseconds paused{0};

  std::uint64_t scheduled = 0;
  std::uint64_t sent = 0;
  std::uint64_t unmeasured = 0;  // ended, but due in warm-up
  std::uint64_t bytes_sent = 0;
  std::uint64_t bytes_received = 0;
  std::uint64_t bytes_decoded = 0;  // what encoded bodies came to that a check looked into
  std::uint64_t connect_attempted = 0;
  std::uint64_t connect_succeeded = 0;
  std::uint64_t connect_failed = 0;
  std::uint64_t retries = 0;
  std::uint64_t unsolicited = 0;
  std::uint64_t no_ports = 0;
  std::uint64_t no_descriptors = 0;
  stats::Histogram connect_time;
  audience::ConnectTally connects;
  std::unique_ptr<audience::Tally> audience;  // of a scenario with an audience; then no connects but its own are told
  std::map<std::string, std::uint64_t> problems;
  std::map<std::string, std::vector<std::string>> examples;  // of some of the problems

 private:
  struct StepTally {
    std::array<std::uint64_t, kOutcomes> outcomes{};
    std::uint64_t completed = 0;  // ended within the measured time
    stats::Histogram latency;
    stats::Histogram service_time;
  };
  void exceed(const Exchange& exchange, Outcome outcome, Instant done);

  const Plan& plan_;
  std::vector<StepTally> steps_;
  std::vector<std::uint32_t> statuses_;  // by code, 0 to 999
  // A target on latency: its limit, and the step it is for or all.
  struct Limit {
    std::size_t target;
    Nanoseconds limit;
    bool inclusive;
    std::optional<std::uint32_t> step;
  };
  std::vector<Limit> limits_;
  std::vector<result::Exceedance> exceedances_;
  std::uint64_t dropped_ = 0;
  stats::Histogram wait_;
  stats::Histogram lag_;
  stats::Histogram first_byte_;
  stats::Histogram latency_without_lag_;
  stats::Histogram error_latency_;
};

}  // namespace loadstone::engine

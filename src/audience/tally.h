// What is counted and timed of the clients of one shard during one block.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "audience/connect_tally.h"
#include "base/clock.h"
#include "ledger/deliveries.h"
#include "result/block.h"
#include "stats/histogram.h"

namespace loadstone::audience {

struct Tally {
  std::uint64_t attempted = 0, succeeded = 0, failed = 0;
  std::uint64_t lost = 0;  // open connections that the service or the network ended
  stats::Histogram connect_time, connect_dns;
  stats::Histogram connect_upgrade;  // of WebSockets
  stats::Histogram connect_answer;   // of event streams
  ConnectTally connects;
  std::uint64_t no_ports = 0, no_descriptors = 0;

  std::uint64_t messages_sent = 0, messages_received = 0;
  std::uint64_t bytes_sent = 0, bytes_received = 0;
  std::uint64_t unanswered = 0;  // messages whose reply did not come in time
  stats::Histogram rtt;
  std::map<int, std::uint64_t> refusals;  // status of answers that refused the upgrade

  stats::Histogram lag;  // of what clients and files publish: due to said

  std::uint64_t drops = 0, recovered = 0;
  stats::Histogram detected, recovery_time, first_message;

  ledger::Deliveries deliveries;
  std::map<std::string, std::uint64_t> problems;  // in words, with how often; few different ones

  void problem(const std::string& text);
  void reset();
  // What was counted of connecting goes to another tally instead.
  void move_connects_to(Tally& other);
  // Adds everything but `deliveries.settled` to a block, under the names of metrics.
  void add_to(result::Block& block) const;

  static constexpr std::size_t kMostProblems = 16;
};

}  // namespace loadstone::audience

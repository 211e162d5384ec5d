// Who and what fared worst in a scenario's broadcasts, as results tell it. Clients and messages are numbered from 0 in
// the order of the plan.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace loadstone::result {

struct LedgerClient {
  std::uint64_t client = 0;
  std::uint64_t expected = 0, delivered = 0, missing = 0, duplicates = 0, reordered = 0, corrupt = 0, late = 0,
                foreign = 0, lost = 0;
  double mean_latency = 0;  // seconds, of what was delivered
};

struct LedgerMessage {
  std::uint64_t message = 0;
  std::uint64_t expected = 0, delivered = 0, corrupt = 0;
  double last = 0;  // seconds from when it was due to the slowest client; the drain time when somebody missed it
};

struct LedgerAnomaly {
  std::string kind;  // missing, duplicate, reordered, corrupt, late, foreign, lost
  std::uint64_t client = 0;
  std::uint64_t message = 0;
  bool has_message = true;         // false: it could not be told which one it was
  std::uint64_t displacement = 0;  // of a reordered one: how many later places had come before
};

// All deliveries in a coarse grid, row by row: rows of neighbouring clients, columns of neighbouring messages.
struct LedgerGrid {
  std::uint64_t clients_per_row = 1;
  std::uint64_t messages_per_column = 1;
  std::uint64_t rows = 0, columns = 0;
  std::vector<std::uint64_t> expected, delivered;  // rows * columns
  std::vector<double> mean_latency;                // seconds
};

struct Ledger {
  std::vector<LedgerClient> clients;  // the worst first, at most kMostLedgerClients
  std::uint64_t all_clients = 0;
  std::vector<LedgerMessage> messages;  // the worst first
  std::vector<LedgerAnomaly> anomalies;
  std::uint64_t further_anomalies = 0;  // not listed
  LedgerGrid grid;
};

inline constexpr std::size_t kMostLedgerClients = 100;

}  // namespace loadstone::result

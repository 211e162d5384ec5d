// Who and what fared worst: totals of every client, the worst messages, every anomaly up to a bound, and a coarse
// picture of all deliveries. Memory is bounded by the number of clients.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"

namespace loadstone::ledger {

// A client, as the account names it.
struct Listener {
  std::uint32_t client = 0;  // its number over all shards
  std::vector<bool> hears;   // by stream; empty: everything
};

struct ClientTotals {
  std::uint32_t client = 0;
  std::uint64_t expected = 0, delivered = 0, missing = 0, duplicates = 0, reordered = 0, corrupt = 0, late = 0,
                foreign = 0, lost = 0;
  std::uint64_t latency_ns = 0;  // sum over `delivered`
  // What went wrong, for an order from the worst.
  [[nodiscard]] std::uint64_t faults() const {
    return missing + duplicates + reordered + corrupt + late + foreign + lost;
  }
};

struct MessageTotals {
  std::uint64_t message = 0;  // its number over all streams
  std::uint64_t expected = 0, delivered = 0, corrupt = 0;
  std::int64_t last_ns = 0;  // the slowest of those who heard it
  [[nodiscard]] std::uint64_t faults() const { return expected - delivered; }
};

enum class Fault : std::uint8_t { kMissing, kDuplicate, kReordered, kCorrupt, kLate, kForeign, kLost };
[[nodiscard]] std::string_view name(Fault fault);  // "missing" …

struct Anomaly {
  Fault fault = Fault::kMissing;
  bool has_message = true;  // false: the message could not be read
  std::uint64_t message = 0;
  std::uint32_t client = 0;
  std::uint64_t displacement = 0;  // kReordered: how many later places had been received
};

// Deliveries by groups of clients and of messages. When there are more messages than it has columns, neighbouring
// columns are merged and become twice as wide.
class Picture {
 public:
  struct Cell {
    std::uint64_t expected = 0, delivered = 0, latency_ns = 0;
  };
  static constexpr std::size_t kSide = 64;

  explicit Picture(std::uint32_t clients);
  void expected(std::uint32_t client, std::uint64_t message) { ++at(client, message).expected; }
  void delivered(std::uint32_t client, std::uint64_t message, Nanoseconds latency) {
    Cell& cell = at(client, message);
    ++cell.delivered;
    cell.latency_ns += static_cast<std::uint64_t>(latency.count());
  }
  void add(const Picture& other);  // of the same number of clients
  [[nodiscard]] std::size_t rows() const { return rows_; }
  [[nodiscard]] std::size_t columns() const;  // those that hold anything
  [[nodiscard]] std::uint64_t messages_per_column() const { return std::uint64_t{1} << shift_; }
  [[nodiscard]] std::uint32_t clients_per_row() const { return height_; }
  [[nodiscard]] const Cell& cell(std::size_t row, std::size_t column) const { return cells_[row * kSide + column]; }

 private:
  [[nodiscard]] Cell& at(std::uint32_t client, std::uint64_t message);
  void widen();
  std::size_t rows_;
  std::uint32_t height_;
  unsigned shift_ = 0;     // a column is 2^shift_ messages wide
  std::uint64_t end_ = 0;  // one more than the highest message
  std::vector<Cell> cells_;
};

struct Account {
  explicit Account(std::uint32_t clients_of_all_shards) : picture(clients_of_all_shards) {}

  std::vector<ClientTotals> clients;    // those of this shard; after finish() the worst first
  std::vector<MessageTotals> messages;  // the worst, at most kMostMessages
  std::vector<Anomaly> anomalies;       // at most kMostAnomalies
  std::uint64_t further_anomalies = 0;  // not kept
  Picture picture;
  // Messages lost in the gaps behind drops, by the occasion that Ledger::left() was told; the first is of none.
  std::vector<std::uint64_t> lost;

  static constexpr std::size_t kMostOccasions = 1000;  // later ones are not counted apart
  static constexpr std::size_t kMostAnomalies = 2000;
  static constexpr std::size_t kMostMessages = 50;

  void note_lost(std::uint32_t occasion);
  void note(const Anomaly& anomaly);
  void note(const MessageTotals& message);
  // Puts another shard's clients and anomalies beside this one's. Messages are not added: what they came to is known
  // only when all shards have settled them.
  void add(Account&& other);
  // Orders everything from the worst to the best.
  void finish();
};

}  // namespace loadstone::ledger

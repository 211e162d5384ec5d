// What was counted of deliveries in one block.
#pragma once

#include <cstdint>
#include <vector>

#include "base/clock.h"
#include "ledger/broadcasts.h"
#include "stats/histogram.h"

namespace loadstone::ledger {

// One shard's share of a settled message.
struct SettledPart {
  Message message;
  std::uint32_t expected = 0;
  std::uint32_t delivered = 0;
  std::uint32_t corrupt = 0;          // neither delivered nor missing
  std::int64_t first_ns = INT64_MAX;  // since it was due
  std::int64_t last_ns = 0;
  std::vector<std::uint32_t> latencies;  // tenths of a microsecond; not all of very many
};

struct Deliveries {
  std::uint64_t expected = 0;
  std::uint64_t delivered = 0;  // distinct and expected
  std::uint64_t missing = 0;    // expected = delivered + missing + corrupt ones that had to be heard
  std::uint64_t duplicates = 0;
  std::uint64_t reordered = 0;
  std::uint64_t corrupt = 0;
  std::uint64_t late = 0;
  std::uint64_t foreign = 0;
  std::uint64_t lost = 0;    // published while the client was dropped on purpose, and never received
  stats::Histogram latency;  // of every delivery that was expected; one that is missing took at least the drain time
  std::vector<SettledPart> settled;

  void reset();
};

// What becomes of a message when all shards have settled it.
struct WholeMessage {
  Nanoseconds first{0}, median{0}, last{0};
  std::uint32_t expected = 0, delivered = 0, corrupt = 0;
  [[nodiscard]] bool is_complete() const { return delivered == expected; }
};

// Puts the shards' parts of each message together. Constant memory: a message is forgotten when it is whole.
class Assembly {
 public:
  explicit Assembly(std::size_t shards, Nanoseconds drain) : shards_(shards), drain_(drain) {}
  // The whole message when this was the last part of it.
  [[nodiscard]] bool add(SettledPart&& part, WholeMessage& whole);

 private:
  struct Open {
    SettledPart sum;
    std::size_t parts = 0;
  };
  std::size_t shards_;
  Nanoseconds drain_;
  std::vector<Open> open_;  // few: shards settle at about the same time
};

}  // namespace loadstone::ledger

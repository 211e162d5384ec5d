// What became of clients that were dropped, each from its drop to the first message after it: all are counted by cycle,
// and the slowest are kept by name. Memory is bounded by the numbers of result/recovery.h.
#pragma once

#include <cstdint>
#include <vector>

#include "base/clock.h"
#include "result/recovery.h"

namespace loadstone::audience {

class Comebacks {
 public:
  struct Comeback {
    std::uint32_t client = 0;  // its number over all shards
    std::uint64_t cycle = 0;   // from 1
    Instant dropped{};
    Instant open = kNever;   // kNever: it did not come back
    Instant heard = kNever;  // kNever: no message came
  };

  // From now on times are told since this instant.
  void count_from(Instant measured_from) { measured_from_ = measured_from; }
  void note(const Comeback& comeback);
  // Puts another shard's beside these.
  void add(const Comebacks& other);
  // The course, in order of time.
  [[nodiscard]] result::Recovery course() const;

 private:
  // Sums of what is told as means.
  struct Cycle {
    result::RecoveryCycle told;
    double sum_open = 0, sum_heard = 0;
    void add(const Cycle& other);
  };
  void keep(const result::Return& back);

  Instant measured_from_{};
  std::vector<Cycle> cycles_;  // the first is cycle 1
  std::uint64_t last_cycle_ = 0;
  std::vector<result::Return> slowest_;  // a heap whose top is the quickest of them
  std::uint64_t further_ = 0;
};

}  // namespace loadstone::audience

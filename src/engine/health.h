// What the generator can see of itself and its machine while it runs: CPU, waiting for a CPU, faults, descriptors,
// steal.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <vector>

#include "base/clock.h"
#include "result/block.h"

namespace loadstone::engine {

// Reads /proc and getrusage; a read costs some tens of microseconds, on no shard's thread. Not thread-safe.
class Health {
 public:
  explicit Health(std::vector<pid_t> shard_threads);

  // What changed since the last call (or the construction), into the fields that this knows.
  void sample(result::GeneratorHealth& into);

 private:
  struct Totals {
    Instant at{};
    std::vector<std::uint64_t> busy_ns;  // per shard: on a CPU + waiting for one
    double cpu_seconds = 0;
    std::uint64_t major_faults = 0;
    double steal_ticks = 0;
    double all_ticks = 0;
  };
  [[nodiscard]] Totals read() const;

  std::vector<pid_t> threads_;
  Totals last_;
};

}  // namespace loadstone::engine

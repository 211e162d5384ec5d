// How the memory of the service went with connections and with time, over one scenario: what a connection costs, and
// whether memory leaks. Constant memory in the length of the run. docs/probe.md says how each is computed.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "result/block.h"
#include "result/result.h"
#include "stats/leak.h"
#include "stats/trend.h"

namespace loadstone::analysis {

// Memory of one connection.
struct ConnectionCost {
  double bytes = 0;
  stats::Interval interval;  // 95 %; unbounded when there were too few different numbers of connections
  double kernel_bytes = 0;   // outside of the above
  std::size_t levels = 0;    // different numbers of connections, with none among them
};

class MemoryCourse {
 public:
  void add(const result::Block& block);  // in order of time, warm-up too

  // Nothing unless the number of connections changed, counting from none before the scenario.
  [[nodiscard]] std::optional<ConnectionCost> connection_cost() const;
  // Nothing when it was measured for less than three cycles.
  [[nodiscard]] std::optional<stats::LeakJudgement> leak() const;
  // What `leak()` lets pass, in bytes per second.
  [[nodiscard]] double leak_threshold() const;
  [[nodiscard]] double measured_seconds() const { return measured_seconds_; }

  static constexpr double kCycle = 30;  // seconds; soaks with pauses should have one in each cycle
  // With so many different numbers that were kept for kHeldBlocks blocks, those alone count: on the way from one to the
  // next memory has not settled yet.
  static constexpr std::size_t kEnoughHeld = 4;
  static constexpr int kHeldBlocks = 3;
  static constexpr std::size_t kMostLevels = 256;  // more are thinned out
  static constexpr std::size_t kMostCycles = 720;  // more are joined in pairs

 private:
  struct Level {
    double connections = 0, memory = 0, kernel = 0;
    int blocks = 1;  // in a row with this number of connections
  };
  void add_level(const Level& level);
  void close_cycle();

  std::vector<Level> levels_;  // until the most connections were there
  double most_connections_ = 0;
  std::vector<double> cycle_;  // memory at the ends of the blocks of the open cycle
  double cycle_seconds_ = kCycle;
  double cycle_end_ = kCycle;
  std::vector<double> floors_;
  double measured_seconds_ = 0;
  double completed_ = 0;
  double last_memory_ = 0;
};

}  // namespace loadstone::analysis

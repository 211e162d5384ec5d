// The first pass over a scenario's blocks: everything added up. Constant memory in the length of the run.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "result/block.h"
#include "result/run.h"
#include "stats/histogram.h"

namespace loadstone::analysis {

struct Tally {
  // Of the measured time only.
  std::map<std::string, std::uint64_t> counters;
  std::map<std::string, stats::Histogram> histograms;
  std::vector<result::Exceedance> exceedances;
  std::uint64_t blocks = 0;
  Nanoseconds end{0};            // of the last block
  Nanoseconds longest_block{0};  // of all blocks
  std::uint64_t most_in_flight = 0;
  std::uint64_t most_connections = 0;
  double in_flight_sum = 0, in_flight_squares = 0;  // over the ends of blocks
  double busy_seconds = 0;                          // busiest shard, summed over time
  std::uint64_t busy_blocks = 0;                    // busier than the limit of the self-check
  std::uint64_t stolen_blocks = 0;                  // more taken by the host than the limit of the self-check
  double stolen_seconds = 0;
  double pause_seconds = 0;
  double cpu_seconds = 0;
  double block_seconds = 0;  // sum of lengths

  // Of warm-up too: what went wrong there goes on to matter.
  Nanoseconds begin{0};  // of the first block; negative with a warm-up
  std::uint64_t warmup_blocks = 0;
  std::uint64_t major_faults = 0;
  std::uint64_t swap_bytes = 0;
  std::uint64_t no_ports = 0;
  std::uint64_t no_descriptors = 0;
  double descriptor_share = 0;  // most open, over the limit
  std::uint64_t clock_errors = 0;
  double all_seconds = 0;

  void add(const result::Block& block);

  [[nodiscard]] std::uint64_t count(std::string_view name) const;
  [[nodiscard]] const stats::Histogram* times(std::string_view family) const;  // null when empty
  // The measured time: as the engine ended it, or to the end of the last block when the run was cut short.
  [[nodiscard]] double measured_seconds(const std::optional<result::ScenarioEnd>& end_of_scenario) const;
};

// A shard that is on a CPU, or waiting for one, for more of the time than this cannot be trusted to keep up.
inline constexpr double kBusyShare = 0.80;
inline constexpr double kStolenShare = 0.05;

}  // namespace loadstone::analysis

// The time series of a scenario: blocks joined into at most about 600 points. Percentiles of a point come from its
// merged histogram, never from averaging. One point is open at a time.
#pragma once

#include <cstdint>
#include <vector>

#include "analysis/tally.h"
#include "result/block.h"
#include "result/result.h"

namespace loadstone::analysis {

inline constexpr int kMostPoints = 600;

class Series {
 public:
  explicit Series(const Tally& tally);
  void add(const result::Block& block);  // in order of time, warm-up too
  [[nodiscard]] std::vector<result::Point> finish();

 private:
  void close();

  double width_;  // seconds
  std::vector<result::Point> points_;
  std::int64_t open_index_ = 0;
  bool open_measured_ = true;
  double start_ = 0, length_ = 0, busy_seconds_ = 0;
  std::uint64_t completed_ = 0, failures_ = 0, blocks_ = 0;
  double in_flight_ = 0, waiting_ = 0, connections_ = 0;
  // Seconds of the open point in which the generator was not fit to judge.
  struct Unfit {
    double busy = 0, stolen = 0, paused = 0;
  } unfit_;
  stats::Histogram latency_, lag_;
  result::ServiceSample service_;
};

}  // namespace loadstone::analysis

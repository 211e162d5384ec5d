// The second pass over a scenario's blocks: the measured time cut into batches of equal time, which are the sampling
// units of every interval. Constant memory in the length of the run.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "result/block.h"
#include "stats/estimate.h"
#include "stats/histogram.h"

namespace loadstone::analysis {

// Times of one family, batch by batch; kept as the buckets that have counts, with sums from the highest down.
class BatchTimes {
 public:
  explicit BatchTimes(std::size_t batches) : batches_(batches) {}
  // Blocks come in order of time, so batches never go back.
  void add(std::size_t batch, const stats::Histogram& block);
  void finish();

  // The batches that have any, in order: how many, and how many above `seconds` (in buckets that reach above it).
  [[nodiscard]] std::vector<stats::Cluster> above(double seconds) const;
  [[nodiscard]] std::vector<stats::Cluster> sums() const;  // ... and their sum in seconds
  [[nodiscard]] std::vector<double> quantiles(double q) const;
  // Per batch that has any: count, sum, sum of squares.
  struct Moments {
    double count = 0, sum = 0, squares = 0;
  };
  [[nodiscard]] std::vector<Moments> moments() const;

 private:
  struct Step {
    double upper;
    std::uint64_t from_here;  // how many are in this bucket or higher ones
  };
  struct Batch {
    Moments moments;
    std::vector<Step> steps;
  };
  void close();

  std::vector<Batch> batches_;
  stats::Histogram open_;
  std::size_t open_batch_ = 0;
};

class Batches {
 public:
  // `families` and `counters` are those that targets need.
  Batches(Nanoseconds measured, std::uint64_t blocks, std::span<const std::string> families, std::size_t targets);

  void add(const result::Block& block);  // measured blocks, in order of time
  void finish();

  [[nodiscard]] std::size_t size() const { return seconds_.size(); }
  [[nodiscard]] const BatchTimes* times(const std::string& family) const;  // null when not asked for
  // Batches that hold any time: its length in seconds, and how often the counter counted.
  [[nodiscard]] std::vector<stats::Cluster> per_second(const std::string& counter) const;
  // Of the exact counters of a target: batches with any request, and how many were above the limit.
  [[nodiscard]] std::vector<stats::Cluster> above(std::size_t target, bool without_lag) const;
  [[nodiscard]] const stats::Spread& spread(std::size_t target, bool without_lag) const;

 private:
  [[nodiscard]] std::size_t batch_of(const result::Block& block) const;

  Nanoseconds measured_;
  std::vector<double> seconds_;
  std::map<std::string, BatchTimes> times_;
  std::vector<std::map<std::string, std::uint64_t>> counters_;
  std::vector<std::vector<result::Exceedance>> exceedances_;  // by batch, then target
  struct Spreads {
    stats::Spread with_lag, without_lag;
  };
  std::vector<Spreads> spreads_;  // by target
};

}  // namespace loadstone::analysis

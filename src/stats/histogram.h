// Latency counts in logarithmic buckets: constant memory, at most 0.1 % off, merged by adding. The one door to
// HdrHistogram_c.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

struct hdr_histogram;

namespace loadstone::stats {

// Durations from 0 to 1 hour with three significant figures; below 131 µs buckets are 64 ns wide. Minimum, maximum, sum
// and sum of squares are kept exactly. Not thread-safe: one writer. About 210 KiB each; move-only, copied by clone().
// Memory of those that end, on whatever thread, is kept for those to come: each block of a run brings forth a dozen.
class Histogram {
 public:
  Histogram();
  ~Histogram();
  Histogram(Histogram&&) noexcept;
  Histogram& operator=(Histogram&&) noexcept;
  [[nodiscard]] Histogram clone() const;

  // Values below zero cannot happen and are a check failure; values above the range count in the last bucket and in
  // overflow().
  void record(Nanoseconds value);
  void record_many(Nanoseconds value, std::uint64_t times);
  void add(const Histogram& other);
  void reset();

  [[nodiscard]] std::uint64_t count() const { return totals_.count; }
  [[nodiscard]] std::uint64_t overflow() const { return totals_.overflow; }
  [[nodiscard]] bool empty() const { return totals_.count == 0; }
  // All in seconds, and 0 when empty.
  [[nodiscard]] double min() const;
  [[nodiscard]] double max() const;
  [[nodiscard]] double mean() const;
  [[nodiscard]] double stddev() const;  // population
  // The highest value equivalent to the one at rank ceil(q * count), 0 <= q <= 1, never above max(). Seconds.
  [[nodiscard]] double quantile(double q) const;
  // How many recorded values are in buckets wholly above the one that holds `value`.
  [[nodiscard]] std::uint64_t count_above(Nanoseconds value) const;

  struct Bucket {
    double upper;         // highest equivalent value, seconds
    std::uint64_t count;  // more than 0
  };
  [[nodiscard]] std::vector<Bucket> buckets() const;  // ascending, only those with counts

  // HdrHistogram V2 compressed, base64, as in a log's last column. Exact sums are not part of that form.
  [[nodiscard]] std::string encode() const;
  [[nodiscard]] static Result<Histogram> decode(std::string_view base64);

  // What the V2 form leaves out, for documents that restore a histogram exactly.
  struct Exact {
    std::int64_t min_ns = 0, max_ns = 0;
    std::int64_t sum_ns = -1;        // negative: not known
    double sum_of_squares_ns2 = -1;  // exact up to 2^53, then to 16 figures
    std::uint64_t overflow = 0;
  };
  [[nodiscard]] Exact exact() const;
  void restore(const Exact& exact);

 private:
  struct Free {
    void operator()(hdr_histogram* h) const;
  };
  class Shelf;
  void merge_extremes(std::int64_t min_ns, std::int64_t max_ns);

  std::unique_ptr<hdr_histogram, Free> buckets_;  // none when moved from
  std::int64_t* counts_;                          // of buckets_
  struct Totals {
    std::uint64_t count = 0;
    std::uint64_t overflow = 0;
    std::int64_t min_ns = INT64_MAX;
    std::int64_t max_ns = 0;
    // Whole numbers, so that the order in which shards are merged cannot show. Nanoseconds, nanoseconds squared.
    std::int64_t sum = 0;
    unsigned __int128 sum_of_squares = 0;
  };
  Totals totals_;
};

}  // namespace loadstone::stats

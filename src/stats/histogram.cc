#include "stats/histogram.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdlib>
#include <cstring>

#include "base/check.h"

extern "C" {
#include <hdr_histogram.h>
#include <hdr_histogram_log.h>
}

namespace loadstone::stats {
namespace {

constexpr std::int64_t kLowestNs = 100;
constexpr std::int64_t kHighestNs = 3'600'000'000'000;
constexpr int kSignificantFigures = 3;

hdr_histogram* make() {
  hdr_histogram* h = nullptr;
  const int error = hdr_init(kLowestNs, kHighestNs, kSignificantFigures, &h);
  CHECK(error == 0, "hdr_init: {}", error);
  return h;
}

// The layout that hdr_init gives to these bounds: 2048 sub-buckets of 64 ns, then halves of that twice as wide, and so
// on.
constexpr int kUnitBits = 6;
constexpr int kSubBucketBits = 11;
constexpr std::uint64_t kSubBucketMask = ((std::uint64_t{1} << kSubBucketBits) - 1) << kUnitBits;

// Where a value is counted (HdrHistogram's own indexing). Recording happens several times a request, so it is done here
// rather than by a call that checks what is known already.
inline std::size_t index_of(std::int64_t ns) {
  const auto v = static_cast<std::uint64_t>(ns);
  const int magnitude = std::bit_width(v | kSubBucketMask) - kUnitBits - kSubBucketBits;
  return (static_cast<std::size_t>(magnitude) << (kSubBucketBits - 1)) +
         static_cast<std::size_t>(v >> (magnitude + kUnitBits));
}

inline std::int64_t clamp_to_range(std::int64_t ns) { return ns > kHighestNs ? kHighestNs : ns; }

}  // namespace

void Histogram::Free::operator()(hdr_histogram* h) const { hdr_close(h); }

Histogram::Histogram() : buckets_(make()), counts_(buckets_->counts) {
  DCHECK(buckets_->unit_magnitude == kUnitBits && buckets_->sub_bucket_count == 1 << kSubBucketBits &&
         buckets_->normalizing_index_offset == 0);
}
Histogram::~Histogram() = default;
Histogram::Histogram(Histogram&&) noexcept = default;
Histogram& Histogram::operator=(Histogram&&) noexcept = default;

Histogram Histogram::clone() const {
  Histogram copy;
  copy.add(*this);
  return copy;
}

void Histogram::record(Nanoseconds value) { record_many(value, 1); }

void Histogram::record_many(Nanoseconds value, std::uint64_t times) {
  const std::int64_t ns = value.count();
  DCHECK(ns >= 0, "a duration of {} ns", ns);
  if (ns > kHighestNs) [[unlikely]]
    overflow_ += times;
  counts_[index_of(clamp_to_range(ns))] += static_cast<std::int64_t>(times);
  count_ += times;
  merge_extremes(ns, ns);
  sum_ += ns * static_cast<std::int64_t>(times);
  sum_of_squares_ += static_cast<unsigned __int128>(ns) * static_cast<std::uint64_t>(ns) * times;
}

inline void Histogram::merge_extremes(std::int64_t min_ns, std::int64_t max_ns) {
  min_ns_ = std::min(min_ns_, min_ns);
  max_ns_ = std::max(max_ns_, max_ns);
}

void Histogram::add(const Histogram& other) {
  if (other.empty()) return;
  // Every histogram of ours has the same buckets, so merging is adding.
  const std::size_t last = index_of(clamp_to_range(other.max_ns_));
  for (std::size_t i = index_of(clamp_to_range(other.min_ns_)); i <= last; ++i) counts_[i] += other.counts_[i];
  count_ += other.count_;
  overflow_ += other.overflow_;
  merge_extremes(other.min_ns_, other.max_ns_);
  sum_ += other.sum_;
  sum_of_squares_ += other.sum_of_squares_;
}

void Histogram::reset() {
  if (empty()) return;
  const std::size_t first = index_of(clamp_to_range(min_ns_));
  std::fill(counts_ + first, counts_ + index_of(clamp_to_range(max_ns_)) + 1, 0);
  count_ = overflow_ = 0;
  min_ns_ = INT64_MAX;
  max_ns_ = 0;
  sum_ = 0;
  sum_of_squares_ = 0;
}

double Histogram::min() const { return empty() ? 0 : static_cast<double>(min_ns_) * 1e-9; }
double Histogram::max() const { return static_cast<double>(max_ns_) * 1e-9; }
double Histogram::mean() const { return empty() ? 0 : static_cast<double>(sum_) / static_cast<double>(count_) * 1e-9; }

double Histogram::stddev() const {
  if (empty()) return 0;
  const double m = mean();
  return std::sqrt(std::max(0.0, static_cast<double>(sum_of_squares_) * 1e-18 / static_cast<double>(count_) - m * m));
}

double Histogram::quantile(double q) const {
  if (empty()) return 0;
  // The product is rounded up only when it is truly above a whole number: 0.99 * 100 must give rank 99.
  const double exact = q * static_cast<double>(count_);
  const auto rank = std::clamp<std::int64_t>(static_cast<std::int64_t>(std::ceil(exact - 1e-9 * std::max(1.0, exact))),
                                             1, static_cast<std::int64_t>(count_));
  const hdr_histogram& h = *buckets_;
  std::int64_t seen = 0;
  for (std::int32_t i = 0; i < h.counts_len; ++i) {
    seen += h.counts[i];
    if (seen >= rank) {
      const std::int64_t value = hdr_value_at_index(&h, i);
      const std::int64_t upper = value + hdr_size_of_equivalent_value_range(&h, value) - 1;
      return static_cast<double>(std::clamp(upper, min_ns_, max_ns_)) * 1e-9;
    }
  }
  return max();
}

std::uint64_t Histogram::count_above(Nanoseconds value) const {
  const hdr_histogram& h = *buckets_;
  const std::int64_t next = hdr_next_non_equivalent_value(&h, std::clamp<std::int64_t>(value.count(), 0, kHighestNs));
  std::uint64_t above = 0;
  for (std::int32_t i = h.counts_len - 1; i >= 0 && hdr_value_at_index(&h, i) >= next; --i)
    above += static_cast<std::uint64_t>(h.counts[i]);
  return above;
}

std::vector<Histogram::Bucket> Histogram::buckets() const {
  std::vector<Bucket> found;
  const hdr_histogram& h = *buckets_;
  for (std::int32_t i = 0; i < h.counts_len; ++i) {
    if (h.counts[i] == 0) continue;
    const std::int64_t value = hdr_value_at_index(&h, i);
    const std::int64_t upper = value + hdr_size_of_equivalent_value_range(&h, value) - 1;
    found.push_back({static_cast<double>(upper) * 1e-9, static_cast<std::uint64_t>(h.counts[i])});
  }
  return found;
}

std::string Histogram::encode() const {
  hdr_reset_internal_counters(buckets_.get());  // recording leaves the totals of the library alone
  char* text = nullptr;
  const int error = hdr_log_encode(buckets_.get(), &text);
  CHECK(error == 0, "hdr_log_encode: {}", error);
  std::string encoded(text);
  std::free(text);
  return encoded;
}

Result<Histogram> Histogram::decode(std::string_view base64) {
  std::string copy(base64);
  hdr_histogram* raw = nullptr;
  if (copy.size() < 8 || hdr_log_decode(&raw, copy.data(), copy.size()) != 0 || raw == nullptr)
    return fail(ErrorCode::kInvalid, "not a compressed HdrHistogram in base64");
  const std::unique_ptr<hdr_histogram, Free> decoded(raw);
  Histogram h;
  if (decoded->counts_len != h.buckets_->counts_len || decoded->unit_magnitude != h.buckets_->unit_magnitude ||
      decoded->significant_figures != kSignificantFigures)
    return fail(ErrorCode::kInvalid, "a histogram with other buckets than ours");
  std::int64_t total = 0;
  for (std::int32_t i = 0; i < decoded->counts_len; ++i) {
    const std::int64_t n = decoded->counts[i];
    if (n < 0 || total > INT64_MAX - n) return fail(ErrorCode::kInvalid, "a histogram with impossible counts");
    if (n == 0) continue;
    total += n;
    h.buckets_->counts[i] = n;
    const std::int64_t value = hdr_value_at_index(h.buckets_.get(), i);
    h.min_ns_ = std::min(h.min_ns_, value);
    h.max_ns_ = value + hdr_size_of_equivalent_value_range(h.buckets_.get(), value) - 1;
    const std::int64_t middle = hdr_median_equivalent_value(h.buckets_.get(), value);
    if (n > (INT64_MAX - h.sum_) / std::max<std::int64_t>(middle, 1))
      return fail(ErrorCode::kInvalid, "a histogram with impossible counts");
    h.sum_ += middle * n;
    h.sum_of_squares_ +=
        static_cast<unsigned __int128>(middle) * static_cast<std::uint64_t>(middle) * static_cast<std::uint64_t>(n);
  }
  h.count_ = static_cast<std::uint64_t>(total);
  return h;
}

Histogram::Exact Histogram::exact() const {
  return {empty() ? 0 : min_ns_, max_ns_, sum_, static_cast<double>(sum_of_squares_), overflow_};
}

void Histogram::restore(const Exact& exact) {
  if (empty()) return;
  // From a file: taken only where it agrees with the counts, for the extremes bound where counts are looked for.
  const auto same_bucket = [](std::int64_t a, std::int64_t b) {
    return a >= 0 && index_of(clamp_to_range(a)) == index_of(clamp_to_range(b));
  };
  if (same_bucket(exact.min_ns, min_ns_)) min_ns_ = exact.min_ns;
  if (same_bucket(exact.max_ns, max_ns_)) max_ns_ = exact.max_ns;
  if (exact.sum_ns >= 0) sum_ = exact.sum_ns;
  if (exact.sum_of_squares_ns2 >= 0 && exact.sum_of_squares_ns2 < 1e37)
    sum_of_squares_ = static_cast<unsigned __int128>(exact.sum_of_squares_ns2);
  overflow_ = exact.overflow;
}

}  // namespace loadstone::stats

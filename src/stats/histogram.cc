#include "stats/histogram.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <utility>

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

// Empty histograms that wait to be used again. To allocate one is to have fifty pages mapped and cleared, and with it
// went a twentieth of the CPU time of a short run at full speed.
class Histogram::Shelf {
 public:
  using Buckets = std::unique_ptr<hdr_histogram, Free>;

  static Shelf& shared() {
    static auto& shelf = *new Shelf;  // never destroyed: histograms may end after it otherwise
    return shelf;
  }
  Buckets take() {
    {
      const std::lock_guard lock(mutex_);
      if (!empty_.empty()) {
        Buckets last = std::move(empty_.back());
        empty_.pop_back();
        return last;
      }
    }
    hdr_histogram* made = nullptr;
    const int error = hdr_init(kLowestNs, kHighestNs, kSignificantFigures, &made);
    CHECK(error == 0, "hdr_init: {}", error);
    return Buckets(made);
  }
  void put(Buckets empty) {
    const std::lock_guard lock(mutex_);
    if (empty_.size() < kMost) empty_.push_back(std::move(empty));
  }

 private:
  static constexpr std::size_t kMost = 128;  // never more than were in use at once
  std::mutex mutex_;
  std::vector<Buckets> empty_;
};

Histogram::Histogram() : buckets_(Shelf::shared().take()), counts_(buckets_->counts) {
  DCHECK(buckets_->unit_magnitude == kUnitBits && buckets_->sub_bucket_count == 1 << kSubBucketBits &&
         buckets_->normalizing_index_offset == 0);
}
Histogram::~Histogram() {
  if (buckets_ == nullptr) return;
  reset();
  Shelf::shared().put(std::move(buckets_));
}

Histogram::Histogram(Histogram&&) noexcept = default;

Histogram& Histogram::operator=(Histogram&& other) noexcept {
  std::swap(buckets_, other.buckets_);
  std::swap(counts_, other.counts_);
  std::swap(totals_, other.totals_);
  return *this;
}

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
    totals_.overflow += times;
  counts_[index_of(clamp_to_range(ns))] += static_cast<std::int64_t>(times);
  totals_.count += times;
  merge_extremes(ns, ns);
  totals_.sum += ns * static_cast<std::int64_t>(times);
  totals_.sum_of_squares += static_cast<unsigned __int128>(ns) * static_cast<std::uint64_t>(ns) * times;
}

inline void Histogram::merge_extremes(std::int64_t min_ns, std::int64_t max_ns) {
  totals_.min_ns = std::min(totals_.min_ns, min_ns);
  totals_.max_ns = std::max(totals_.max_ns, max_ns);
}

void Histogram::add(const Histogram& other) {
  if (other.empty()) return;
  // Every histogram of ours has the same buckets, so merging is adding.
  const std::size_t last = index_of(clamp_to_range(other.totals_.max_ns));
  for (std::size_t i = index_of(clamp_to_range(other.totals_.min_ns)); i <= last; ++i) counts_[i] += other.counts_[i];
  totals_.count += other.totals_.count;
  totals_.overflow += other.totals_.overflow;
  merge_extremes(other.totals_.min_ns, other.totals_.max_ns);
  totals_.sum += other.totals_.sum;
  totals_.sum_of_squares += other.totals_.sum_of_squares;
}

void Histogram::reset() {
  if (empty()) return;
  const std::size_t first = index_of(clamp_to_range(totals_.min_ns));
  std::fill(counts_ + first, counts_ + index_of(clamp_to_range(totals_.max_ns)) + 1, 0);
  totals_ = {};
}

double Histogram::min() const { return empty() ? 0 : static_cast<double>(totals_.min_ns) * 1e-9; }
double Histogram::max() const { return static_cast<double>(totals_.max_ns) * 1e-9; }
double Histogram::mean() const {
  return empty() ? 0 : static_cast<double>(totals_.sum) / static_cast<double>(totals_.count) * 1e-9;
}

double Histogram::stddev() const {
  if (empty()) return 0;
  const double m = mean();
  return std::sqrt(
      std::max(0.0, static_cast<double>(totals_.sum_of_squares) * 1e-18 / static_cast<double>(totals_.count) - m * m));
}

double Histogram::quantile(double q) const {
  if (empty()) return 0;
  // The product is rounded up only when it is truly above a whole number: 0.99 * 100 must give rank 99.
  const double exact = q * static_cast<double>(totals_.count);
  const auto rank = std::clamp<std::int64_t>(static_cast<std::int64_t>(std::ceil(exact - 1e-9 * std::max(1.0, exact))),
                                             1, static_cast<std::int64_t>(totals_.count));
  const hdr_histogram& h = *buckets_;
  std::int64_t seen = 0;
  for (std::int32_t i = 0; i < h.counts_len; ++i) {
    seen += h.counts[i];
    if (seen >= rank) {
      const std::int64_t value = hdr_value_at_index(&h, i);
      const std::int64_t upper = value + hdr_size_of_equivalent_value_range(&h, value) - 1;
      return static_cast<double>(std::clamp(upper, totals_.min_ns, totals_.max_ns)) * 1e-9;
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
  // Recording leaves the totals of the library alone; its encoder needs to know up to where there are counts.
  buckets_->max_value = clamp_to_range(totals_.max_ns);
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
  const auto last = static_cast<std::int32_t>(index_of(clamp_to_range(decoded->max_value)));
  for (std::int32_t i = 0; i <= last; ++i) {
    const std::int64_t n = decoded->counts[i];
    if (n < 0 || total > INT64_MAX - n) return fail(ErrorCode::kInvalid, "a histogram with impossible counts");
    if (n == 0) continue;
    total += n;
    h.buckets_->counts[i] = n;
    const std::int64_t value = hdr_value_at_index(h.buckets_.get(), i);
    h.totals_.min_ns = std::min(h.totals_.min_ns, value);
    h.totals_.max_ns = value + hdr_size_of_equivalent_value_range(h.buckets_.get(), value) - 1;
    const std::int64_t middle = hdr_median_equivalent_value(h.buckets_.get(), value);
    if (n > (INT64_MAX - h.totals_.sum) / std::max<std::int64_t>(middle, 1))
      return fail(ErrorCode::kInvalid, "a histogram with impossible counts");
    h.totals_.sum += middle * n;
    h.totals_.sum_of_squares +=
        static_cast<unsigned __int128>(middle) * static_cast<std::uint64_t>(middle) * static_cast<std::uint64_t>(n);
  }
  h.totals_.count = static_cast<std::uint64_t>(total);
  return h;
}

Histogram::Exact Histogram::exact() const {
  return {empty() ? 0 : totals_.min_ns, totals_.max_ns, totals_.sum, static_cast<double>(totals_.sum_of_squares),
          totals_.overflow};
}

void Histogram::restore(const Exact& exact) {
  if (empty()) return;
  // From a file: taken only where it agrees with the counts, for the extremes bound where counts are looked for.
  const auto same_bucket = [](std::int64_t a, std::int64_t b) {
    return a >= 0 && index_of(clamp_to_range(a)) == index_of(clamp_to_range(b));
  };
  if (same_bucket(exact.min_ns, totals_.min_ns)) totals_.min_ns = exact.min_ns;
  if (same_bucket(exact.max_ns, totals_.max_ns)) totals_.max_ns = exact.max_ns;
  if (exact.sum_ns >= 0) totals_.sum = exact.sum_ns;
  if (exact.sum_of_squares_ns2 >= 0 && exact.sum_of_squares_ns2 < 1e37)
    totals_.sum_of_squares = static_cast<unsigned __int128>(exact.sum_of_squares_ns2);
  totals_.overflow = exact.overflow;
}

}  // namespace loadstone::stats

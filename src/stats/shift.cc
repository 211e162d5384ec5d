#include "stats/shift.h"

#include <algorithm>
#include <cmath>

#include "base/random.h"

namespace loadstone::stats {
namespace {

constexpr int kResamples = 2000;
constexpr std::size_t kPlaces = kShiftQuantiles.size();
using Places = std::array<double, kPlaces>;

// One side of all pairs as counts over the same buckets.
class Side {
 public:
  Side(std::span<const PairOfTimes> pairs, std::vector<Histogram::Bucket> PairOfTimes::* side) {
    for (const auto& p : pairs)
      for (const auto& bucket : p.*side) uppers_.push_back(bucket.upper);
    std::sort(uppers_.begin(), uppers_.end());
    uppers_.erase(std::unique(uppers_.begin(), uppers_.end()), uppers_.end());
    for (const auto& p : pairs) {
      auto& counts = counts_.emplace_back();
      for (const auto& bucket : p.*side) {
        const auto at = std::lower_bound(uppers_.begin(), uppers_.end(), bucket.upper) - uppers_.begin();
        counts.emplace_back(static_cast<std::uint32_t>(at), bucket.count);
      }
    }
    sum_.resize(uppers_.size());
  }

  // ln of the quantiles of the drawn pairs together: the value at rank ceil(q n).
  [[nodiscard]] Places quantiles(std::span<const std::size_t> drawn) {
    std::fill(sum_.begin(), sum_.end(), 0);
    std::uint64_t n = 0;
    for (const std::size_t pair : drawn)
      for (const auto& [at, count] : counts_[pair]) {
        sum_[at] += count;
        n += count;
      }
    Places places{};
    std::uint64_t below = 0;
    std::size_t at = 0;
    for (std::size_t i = 0; i < kPlaces; ++i) {
      const double wanted = std::ceil(kShiftQuantiles[i] * static_cast<double>(n) - 1e-9 * static_cast<double>(n));
      const auto rank = std::max<std::uint64_t>(1, static_cast<std::uint64_t>(wanted));
      while (at + 1 < sum_.size() && below + sum_[at] < rank) below += sum_[at++];
      places[i] = std::log(std::max(uppers_[at], 1e-9));
    }
    return places;
  }

 private:
  std::vector<double> uppers_;
  std::vector<std::vector<std::pair<std::uint32_t, std::uint64_t>>> counts_;
  std::vector<std::uint64_t> sum_;
};

}  // namespace

std::vector<Shift> shift_function(std::span<const PairOfTimes> all, std::uint64_t seed) {
  std::vector<PairOfTimes> pairs;
  for (const auto& p : all)
    if (!p.a.empty() && !p.b.empty()) pairs.push_back(p);
  if (pairs.size() < kFewestShiftPairs) return {};
  Side a(pairs, &PairOfTimes::a), b(pairs, &PairOfTimes::b);
  std::vector<std::size_t> drawn(pairs.size());
  for (std::size_t i = 0; i < drawn.size(); ++i) drawn[i] = i;
  const auto change = [&] {
    const Places of_a = a.quantiles(drawn), of_b = b.quantiles(drawn);
    Places places{};
    for (std::size_t i = 0; i < kPlaces; ++i) places[i] = of_b[i] - of_a[i];
    return places;
  };
  const Places found = change();

  Random random(seed);
  std::vector<Places> resampled(kResamples);
  Places deviation{};
  for (auto& places : resampled) {
    for (auto& d : drawn) d = random.below(pairs.size());
    places = change();
    for (std::size_t i = 0; i < kPlaces; ++i) deviation[i] += (places[i] - found[i]) * (places[i] - found[i]);
  }
  for (double& d : deviation) d = std::sqrt(d / kResamples);
  std::vector<double> largest;
  for (const auto& places : resampled) {
    double most = 0;
    for (std::size_t i = 0; i < kPlaces; ++i)
      if (deviation[i] > 0) most = std::max(most, std::fabs(places[i] - found[i]) / deviation[i]);
    largest.push_back(most);
  }
  std::sort(largest.begin(), largest.end());
  const double width = largest[static_cast<std::size_t>(0.95 * kResamples)];
  std::vector<Shift> shifts;
  for (std::size_t i = 0; i < kPlaces; ++i)
    shifts.push_back(
        {kShiftQuantiles[i], found[i], {found[i] - width * deviation[i], found[i] + width * deviation[i]}});
  return shifts;
}

}  // namespace loadstone::stats

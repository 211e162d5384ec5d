// Seeded randomness: the same seed gives the same run on every machine (the standard distributions do not promise
// that).
#pragma once

#include <cmath>
#include <cstdint>

namespace loadstone {

// SplitMix64 (Steele, Lea, Flood, OOPSLA 2014): small, fast, passes BigCrush, and any 64-bit seed is a good one.
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}

  // A stream of its own for each purpose, so that drawing more numbers for one does not disturb another.
  [[nodiscard]] Random stream(std::uint64_t purpose) const {
    Random r(state_ ^ (purpose * 0xda942042e4dd58b5ULL));
    r.next();
    return r;
  }

  std::uint64_t next() {
    std::uint64_t z = (state_ += 0x9e3779b97f4a7c15ULL);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
    return z ^ (z >> 31);
  }

  // Uniform in [0, 1).
  double uniform() { return static_cast<double>(next() >> 11) * 0x1.0p-53; }
  // Uniform in 0 .. n-1; n must be at least 1. (Multiply-shift; the bias is below 2^-32 for n below 2^32.)
  std::uint64_t below(std::uint64_t n) {
    return static_cast<std::uint64_t>((static_cast<unsigned __int128>(next()) * n) >> 64);
  }
  // Exponential with mean 1.
  double exponential() { return -std::log1p(-uniform()); }
  // Standard normal (Box-Muller, one of the pair).
  double normal() { return std::sqrt(2.0 * exponential()) * std::cos(6.283185307179586 * uniform()); }

 private:
  std::uint64_t state_;
};

}  // namespace loadstone

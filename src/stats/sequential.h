// How long to compare, and what could have been seen: looks at growing numbers of pairs, each at a level that keeps the
// chance of a false alarm over all of them at one per cent.
#pragma once

#include <array>
#include <cstddef>

namespace loadstone::stats {

// The numbers of pairs after which a comparison may stop, and the one-sided level of each look: Pocock's constant bound
// z = 2.745 for these shares of information (computed by tests/truth, row C1).
inline constexpr std::array<std::size_t, 4> kLooks{15, 30, 60, 120};
inline constexpr double kLookLevel = 0.00303;
// Of a comparison that is looked at once.
inline constexpr double kSingleLevel = 0.01;
// Fewer pairs than this cannot reach the level of one look in several metrics.
inline constexpr std::size_t kFewestPairs = 8;

// The smallest effect (0.05 for 5 %) that `pairs` differences of logarithms with this standard deviation show with 95 %
// power at 1 % one-sided: exp((z.99 + z.95) deviation / sqrt(pairs)) - 1.
[[nodiscard]] double smallest_effect(double deviation, double pairs);
// The number of pairs for which that is `effect`.
[[nodiscard]] double pairs_for(double effect, double deviation);

}  // namespace loadstone::stats

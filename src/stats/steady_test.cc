#include "stats/steady.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/random.h"

namespace loadstone::stats {
namespace {

struct Reference {
  std::vector<double> series;
  std::size_t group, cut;
  bool at_the_end;
};
// Made by scipy_reference.py.
const Reference kReference[] = {
#include "stats/testdata/mser_reference.inc"
};

TEST(Steady, MserAgreesWithItsDefinition) {
  for (const auto& r : kReference) {
    const auto found = mser(r.series, r.group);
    EXPECT_EQ(found.cut, r.cut);
    EXPECT_EQ(found.at_the_end, r.at_the_end);
  }
  EXPECT_EQ(mser(std::vector<double>(50, 7.0), 5).cut, 0U);
  EXPECT_EQ(mser({}, 5).cut, 0U);
}

// 60 s in slots of 100 ms: a level that starts `by` higher and comes down with time constant `tau`, and noise that
// resembles its neighbours.
std::vector<double> transient(Random& random, double by, double tau, double drift_per_run = 0) {
  std::vector<double> series;
  double noise = random.normal();
  for (int i = 0; i < 600; ++i) {
    noise = 0.5 * noise + std::sqrt(0.75) * random.normal();
    const double t = i * 0.1;
    series.push_back(std::log(1 + by * std::exp(-t / tau)) + 0.05 * noise + std::log1p(drift_per_run) * t / 60);
  }
  return series;
}

Steadiness judge(std::vector<double> series) {
  const std::vector<std::vector<double>> one{std::move(series)};
  return steadiness(one, 5, 20);
}

TEST(Steady, CutsAWarmUpAndKeepsTheRest) {
  Random random(5);
  for (int i = 0; i < 20; ++i) {
    const auto found = judge(transient(random, 2, 2));
    EXPECT_TRUE(found.checked && found.settled);
    EXPECT_GE(found.cut, 40U);
    EXPECT_LE(found.cut, 300U);
  }
}

// 20 s in slots of 100 ms, of a service that answers nothing for 200 ms: for the first time at `at`, then each 2.2 s.
std::vector<double> stalls(Random& random, double at, int most) {
  std::vector<double> series;
  for (int i = 0; i < 200; ++i) series.push_back(std::log(0.15e-3) + 0.1 * random.normal());
  for (int k = 0; k < most; ++k) {
    const auto slot = static_cast<std::size_t>(at * 10) + static_cast<std::size_t>(22 * k);
    for (std::size_t i = slot; i < std::min<std::size_t>(slot + 2, 200); ++i) series[i] = std::log(60e-3);
  }
  return series;
}

TEST(Steady, StallsAreNoWarmUp) {
  Random random(8);
  for (int phase = 0; phase < 22; ++phase) {
    const auto again_and_again = judge(stalls(random, phase * 0.1, 9));
    EXPECT_TRUE(again_and_again.checked && again_and_again.settled) << phase;
    EXPECT_EQ(again_and_again.cut, 0U) << phase;
  }
  for (int at = 4; at < 10; ++at) {
    const auto once = judge(stalls(random, at, 1));
    EXPECT_TRUE(once.settled) << at;
    EXPECT_EQ(once.cut, 0U) << at;
  }
  // It is what MSER by itself would leave out.
  EXPECT_GE(mser(stalls(random, 5, 1)).cut, 50U);
  EXPECT_TRUE(begins_unlike(std::vector<double>{9, 9, 1, 1, 2, 1}, 2, 1));
  EXPECT_FALSE(begins_unlike(std::vector<double>{1, 2, 9, 9, 1, 2, 1, 1}, 4, 1));
  EXPECT_FALSE(begins_unlike(std::vector<double>{1, 2, 3}, 0, 1));
}

TEST(Steady, SaysWhenALevelDoesNotSettleOrDrifts) {
  Random random(6);
  int never = 0, drifting = 0, flat = 0;
  constexpr int kRuns = 100;
  for (int i = 0; i < kRuns; ++i) {
    never += judge(transient(random, 2, 15)).is_steady() ? 0 : 1;
    drifting += judge(transient(random, 0, 1, 0.3)).is_steady() ? 0 : 1;
    flat += judge(transient(random, 0, 1)).is_steady() ? 0 : 1;
  }
  EXPECT_GE(never, 95);
  EXPECT_GE(drifting, 95);
  EXPECT_LE(flat, 8);
}

TEST(Steady, SaysNothingOfShortRuns) {
  const std::vector<double> series(kFewestForSteady * 5 - 1, 1.0);
  EXPECT_FALSE(judge(series).checked);
  EXPECT_TRUE(judge(series).is_steady());
  EXPECT_FALSE(steadiness({}, 5, 20).checked);
  // Where a warm-up was given nothing is cut; what is left of one counts as drift.
  Random random(7);
  const std::vector<std::vector<double>> warming{transient(random, 2, 5)};
  EXPECT_EQ(steadiness(warming, 5, 20, false).cut, 0U);
  EXPECT_FALSE(steadiness(warming, 5, 20, false).is_steady());
  EXPECT_FALSE(drift(std::vector<double>{1, 2, 3}).is_real());
}

TEST(Steady, ADriftIsRealOnlyWhenItIsLargeAndCertain) {
  std::vector<double> slow, fast;
  for (int i = 0; i < 30; ++i) {
    slow.push_back(0.001 * i);
    fast.push_back(-0.01 * i);
  }
  EXPECT_FALSE(drift(slow).is_real());
  EXPECT_TRUE(drift(fast).is_real());
  EXPECT_NEAR(drift(fast).change, -0.3, 1e-12);
}

}  // namespace
}  // namespace loadstone::stats

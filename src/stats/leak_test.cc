// The full table, with the goals, is printed by tests/truth/leaks.cc; here each shape is played a few times.
#include "stats/leak.h"

#include <gtest/gtest.h>

#include <map>

#include "stats/memory_traces_for_test.h"

namespace loadstone::stats {
namespace {

constexpr double kThreshold = 2000;  // bytes per second
constexpr int kRuns = 25;

std::map<MemoryTrend, int> play(Shape shape, int minutes, double leak) {
  std::map<MemoryTrend, int> seen;
  for (int i = 0; i < kRuns; ++i)
    ++seen[judge_leak(floors_of(memory_trace(shape, minutes * 60, leak, static_cast<std::uint64_t>(i) + 1)), 30,
                      kThreshold)
               .trend];
  return seen;
}

TEST(Leak, HealthyServicesAreNotAccused) {
  for (const Shape shape : kShapes) {
    for (const int minutes : {20, 30}) {
      auto seen = play(shape, minutes, 0);
      EXPECT_LE(seen[MemoryTrend::kLeak], shape == Shape::kStepping ? 1 : 0)
          << name(shape) << ", " << minutes << " min";
    }
    // In half an hour all of them have settled.
    EXPECT_GE(play(shape, 30, 0)[MemoryTrend::kStable], kRuns - 2) << name(shape);
  }
}

TEST(Leak, ASlowWarmUpIsNotMistakenForStability) {
  // 250 s: after twenty minutes it is still rising, and nobody can tell.
  EXPECT_EQ(play(Shape::kWarmingSlowly, 20, 0)[MemoryTrend::kGrowing], kRuns);
}

TEST(Leak, TwentyKilobytesASecondAreFound) {
  for (const Shape shape : kShapes) EXPECT_GE(play(shape, 30, 20e3)[MemoryTrend::kLeak], kRuns - 1) << name(shape);
}

TEST(Leak, TheSlopeIsRightWithinATenth) {
  const auto judged = judge_leak(floors_of(memory_trace(Shape::kFlat, 1800, 20e3, 5)), 30, kThreshold);
  EXPECT_NEAR(judged.slope, 20e3, 2e3);
  EXPECT_LE(judged.interval.low, 20e3);
  EXPECT_GE(judged.interval.high, 20e3);
  EXPECT_GT(judged.least_slope, kThreshold);
  EXPECT_LE(judged.least_slope, judged.slope * 1.1);
}

TEST(Leak, ShortSoaksDecideNothing) {
  // Ten minutes of a slow warm-up look like a leak to every trend test.
  const auto floors = floors_of(memory_trace(Shape::kWarmingSlowly, 600, 0, 3));
  const auto judged = judge_leak(floors, 30, kThreshold);
  EXPECT_EQ(judged.trend, MemoryTrend::kTooShort);
  EXPECT_LT(judged.p, 0.01);
  EXPECT_GT(judged.interval.low, kThreshold);
  EXPECT_EQ(judged.needed_seconds, kShortestSoak);
  // Enough cycles, but too short ones; and long ones, but too few.
  const std::vector<double> rising = floors_of(memory_trace(Shape::kFlat, 1800, 50e3, 3));
  EXPECT_EQ(judge_leak(rising, 10, kThreshold).trend, MemoryTrend::kTooShort);
  EXPECT_EQ(judge_leak(std::span(rising).first(39), 60, kThreshold).trend, MemoryTrend::kTooShort);
  EXPECT_EQ(judge_leak(std::span(rising).first(40), 30, kThreshold).trend, MemoryTrend::kLeak);
  EXPECT_EQ(judge_leak({}, 30, kThreshold).trend, MemoryTrend::kTooShort);
  EXPECT_EQ(judge_leak(std::span(rising).first(1), 30, kThreshold).trend, MemoryTrend::kTooShort);
}

TEST(Leak, WhatIsStillRisingSaysHowLongItNeeds) {
  const auto judged = judge_leak(floors_of(memory_trace(Shape::kWarmingSlowly, 1200, 0, 3)), 30, kThreshold);
  ASSERT_EQ(judged.trend, MemoryTrend::kGrowing);
  EXPECT_GT(judged.needed_seconds, 1200);
  EXPECT_LT(judged.needed_seconds, 20'000);
}

TEST(Plateau, IsFoundWithItsTimeConstant) {
  std::vector<double> floors;
  for (int k = 0; k < 60; ++k) floors.push_back(100 + 0.5 * k + 30 * (1 - std::exp(-k / 8.0)));
  const Plateau plateau = fit_plateau(floors);
  EXPECT_NEAR(plateau.b, 0.5, 0.02);
  EXPECT_NEAR(plateau.c, 30, 1.5);
  EXPECT_NEAR(plateau.tau, 8, 1.5);
  EXPECT_LE(plateau.least_b, plateau.b);
  EXPECT_NEAR(plateau.least_b, 0.5, 0.05);
}

TEST(Leak, ThresholdAndFloor) {
  EXPECT_EQ(default_leak_threshold(100, 1e6), 2000);
  EXPECT_EQ(default_leak_threshold(5000, 1e6), 5000);
  EXPECT_NEAR(default_leak_threshold(100, 100e9), 27778, 1);
  EXPECT_EQ(floor_of({5, 1, 9}), 1);
  EXPECT_EQ(floor_of({}), 0);
}

}  // namespace
}  // namespace loadstone::stats

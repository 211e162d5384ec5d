// Memory of imagined services, second by second, for testing what is said of leaks. Seeded: the same trace each time.
#pragma once

#include <algorithm>
#include <cmath>
#include <string_view>
#include <vector>

#include "base/random.h"
#include "stats/leak.h"
#include "stats/trend.h"

namespace loadstone::stats {

enum class Shape { kFlat, kCollected, kWarming, kWarmingSlowly, kStepping };
inline constexpr Shape kShapes[] = {Shape::kFlat, Shape::kCollected, Shape::kWarming, Shape::kWarmingSlowly,
                                    Shape::kStepping};
inline std::string_view name(Shape shape) {
  constexpr std::string_view kNames[] = {"flat, correlated", "collected, 10-25 MB swings", "warming up, 90 s",
                                         "warming up, 250 s", "growing in steps"};
  return kNames[static_cast<std::size_t>(shape)];
}

// Bytes at the end of each second; a leak of `leak` bytes per second on top.
inline std::vector<double> memory_trace(Shape shape, int seconds, double leak, std::uint64_t seed) {
  constexpr double kMB = 1e6;
  Random random(seed);
  std::vector<double> trace;
  double noise = 0;        // correlated, 1 MB
  double swing = 0;        // garbage that waits for its collector
  double swing_at = 15e6;  // ... which runs at this much
  std::vector<Point> steps;
  for (int i = 0; i < 8; ++i) steps.push_back({150 * random.exponential(), (1 + 3 * random.uniform()) * kMB});
  for (int t = 0; t < seconds; ++t) {
    const double phi = 0.97;
    noise = phi * noise + std::sqrt(1 - phi * phi) * 1.0 * kMB * random.normal();
    double value = 100 * kMB + leak * t;
    const bool under_load = t % 30 < 20;  // cycles of 30 s: two thirds load, one third idle
    switch (shape) {
      case Shape::kFlat:
        value += noise;
        break;
      case Shape::kCollected:
        if (under_load) swing += 2 * kMB * (0.5 + random.uniform());
        if (swing > swing_at || (!under_load && random.uniform() < 0.3)) {
          swing = 2 * kMB * random.uniform();
          swing_at = (10 + 15 * random.uniform()) * kMB;
        }
        value += swing + 0.2 * noise;
        break;
      case Shape::kWarming:
      case Shape::kWarmingSlowly:
        value += 30 * kMB * (1 - std::exp(-t / (shape == Shape::kWarming ? 90.0 : 250.0))) + 0.1 * noise;
        break;
      case Shape::kStepping:
        // An allocator that takes eight arenas of 1 to 4 MB, the later the more rarely: half of them in the first 100
        // s.
        for (const auto& step : steps) value += t >= step.x ? step.y : 0;
        value += 0.1 * noise;
        break;
    }
    trace.push_back(value);
  }
  return trace;
}

// Floors of cycles of 30 s, of their idle third.
inline std::vector<double> floors_of(const std::vector<double>& trace) {
  constexpr std::size_t kCycle = 30;
  std::vector<double> floors;
  for (std::size_t begin = 0; begin + kCycle <= trace.size(); begin += kCycle)
    floors.push_back(floor_of({trace.begin() + static_cast<std::ptrdiff_t>(begin) + 20,
                               trace.begin() + static_cast<std::ptrdiff_t>(begin + kCycle)}));
  return floors;
}

}  // namespace loadstone::stats

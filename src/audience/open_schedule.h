// From a load at a rate to when its messages are due.
#pragma once

#include "scenario/http_load.h"
#include "schedule/arrivals.h"

namespace loadstone::audience {

// Stages without a duration never end.
[[nodiscard]] inline schedule::Arrivals arrivals_of(const scenario::OpenLoad& load, std::optional<std::uint64_t> count,
                                                    std::uint64_t seed, schedule::Arrivals::Stripe stripe) {
  constexpr double kEndlessSeconds = 1e9;
  std::vector<schedule::RateProfile::Stage> stages;
  for (const auto& s : load.stages)
    stages.push_back({s.from, s.to, s.duration > Nanoseconds(0) ? to_seconds(s.duration) : kEndlessSeconds});
  const auto shape =
      load.arrivals == scenario::Arrivals::kPoisson ? schedule::Shape::kPoisson : schedule::Shape::kUniform;
  return {schedule::RateProfile(std::move(stages)), shape, seed, stripe, count};
}

}  // namespace loadstone::audience

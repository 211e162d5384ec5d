// Words that the descriptions of loads share.
#pragma once

#include <cmath>
#include <concepts>
#include <string>

#include "base/format.h"
#include "base/units.h"
#include "scenario/scenario.h"

namespace loadstone::scenario {

// "1 user", "1,000 users"
[[nodiscard]] inline std::string how_many(std::integral auto n, std::string_view one, std::string_view more) {
  return format("{} {}", show_count(static_cast<std::uint64_t>(n)), n == 1 ? one : more);
}

[[nodiscard]] inline std::string rate_number(double rate) {
  return rate == std::floor(rate) ? show_count(static_cast<std::uint64_t>(rate)) : format("{:.6g}", rate);
}

// "5 users for 2 s, then 20 users for 3 s", where `show` makes words of a stage.
template <class Stages, class Show>
std::string stages_text(const Stages& stages, const Show& show) {
  constexpr std::size_t kMaxShown = 4;
  std::string text;
  for (std::size_t i = 0; i < stages.size() && i < kMaxShown; ++i)
    text += format("{}{} for {}", i == 0 ? "" : ", then ", show(stages[i]), show_duration(stages[i].duration));
  if (stages.size() > kMaxShown)
    text += format(", and {} more", how_many(stages.size() - kMaxShown, "stage", "stages"));
  return text;
}

}  // namespace loadstone::scenario

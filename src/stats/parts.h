// Of totals that several parts add up to, what each part has: how much of the CPU of a mixed load is each request's.
#pragma once

#include <optional>
#include <span>
#include <vector>

namespace loadstone::stats {

// One stretch of observation: how often each part occurred in it, and the total.
struct MixedTotal {
  std::vector<double> counts;
  double total = 0;
};

// Least squares without negative parts (Lawson and Hanson 1974): what one occurrence of each part comes to. Rows weigh
// alike whatever their size: a row is divided by the sum of its counts; rows without counts are left out. All rows have
// as many counts as the first. Nothing when the rows do not tell the parts apart: fewer of them than parts, or parts
// that always come in the same proportion.
[[nodiscard]] std::optional<std::vector<double>> parts_of(std::span<const MixedTotal> rows);

}  // namespace loadstone::stats

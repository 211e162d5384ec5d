#include "analysis/tally.h"

namespace loadstone::analysis {

void Tally::add(const result::Block& block) {
  const double seconds = to_seconds(block.length);
  const auto& g = block.generator;
  begin = std::min(begin, block.start);
  longest_block = std::max(longest_block, block.length);
  major_faults += g.major_faults;
  swap_bytes = std::max(swap_bytes, g.swap_bytes);
  no_ports += g.no_ports;
  no_descriptors += g.no_descriptors;
  clock_errors += g.clock_errors;
  all_seconds += seconds;
  if (g.descriptor_limit > 0)
    descriptor_share =
        std::max(descriptor_share, static_cast<double>(g.open_descriptors) / static_cast<double>(g.descriptor_limit));
  if (!block.measured) {
    ++warmup_blocks;
    return;
  }

  for (const auto& [name, n] : block.counters) counters[name] += n;
  for (const auto& [family, recorded] : block.histograms) histograms[family].add(recorded);
  if (exceedances.size() < block.exceedances.size()) exceedances.resize(block.exceedances.size());
  for (std::size_t i = 0; i < block.exceedances.size(); ++i) {
    exceedances[i].count += block.exceedances[i].count;
    exceedances[i].above += block.exceedances[i].above;
    exceedances[i].above_without_lag += block.exceedances[i].above_without_lag;
  }
  ++blocks;
  end = std::max(end, block.start + block.length);
  most_in_flight = std::max(most_in_flight, block.in_flight);
  most_connections = std::max(most_connections, block.connections);
  const auto in_flight = static_cast<double>(block.in_flight);
  in_flight_sum += in_flight;
  in_flight_squares += in_flight * in_flight;
  busy_seconds += g.busiest_shard * seconds;
  busy_blocks += g.busiest_shard > kBusyShare ? 1 : 0;
  stolen_blocks += g.steal > kStolenShare ? 1 : 0;
  stolen_seconds += g.steal * seconds;
  pause_seconds += g.pause_seconds;
  cpu_seconds += g.cpu_seconds;
  block_seconds += seconds;
}

std::uint64_t Tally::count(std::string_view name) const {
  const auto found = counters.find(std::string(name));
  return found == counters.end() ? 0 : found->second;
}

const stats::Histogram* Tally::times(std::string_view family) const {
  const auto found = histograms.find(std::string(family));
  return found == histograms.end() || found->second.empty() ? nullptr : &found->second;
}

double Tally::measured_seconds(const std::optional<result::ScenarioEnd>& end_of_scenario) const {
  if (end_of_scenario && end_of_scenario->measured_seconds > 0) return end_of_scenario->measured_seconds;
  return to_seconds(end);
}

}  // namespace loadstone::analysis

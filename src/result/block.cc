#include "result/block.h"

#include <algorithm>

namespace loadstone::result {

std::uint64_t Block::count(const std::string& name) const {
  const auto found = counters.find(name);
  return found == counters.end() ? 0 : found->second;
}

void Block::add(const Block& other) {
  for (const auto& [name, count] : other.counters) counters[name] += count;
  for (const auto& [family, times] : other.histograms) histograms[family].add(times);
  if (exceedances.size() < other.exceedances.size()) exceedances.resize(other.exceedances.size());
  for (std::size_t i = 0; i < other.exceedances.size(); ++i) {
    exceedances[i].count += other.exceedances[i].count;
    exceedances[i].above += other.exceedances[i].above;
    exceedances[i].above_without_lag += other.exceedances[i].above_without_lag;
  }
  in_flight += other.in_flight;
  waiting += other.waiting;
  connections += other.connections;
  service.add(other.service);
  // What belongs to one shard adds up; what belongs to the process or the machine, every shard sees alike.
  GeneratorHealth& mine = generator;
  const GeneratorHealth& theirs = other.generator;
  mine.busiest_shard = std::max(mine.busiest_shard, theirs.busiest_shard);
  mine.cpu_seconds += theirs.cpu_seconds;
  mine.pause_seconds = std::max(mine.pause_seconds, theirs.pause_seconds);
  mine.steal = std::max(mine.steal, theirs.steal);
  mine.major_faults += theirs.major_faults;
  mine.swap_bytes = std::max(mine.swap_bytes, theirs.swap_bytes);
  mine.no_ports += theirs.no_ports;
  mine.no_descriptors += theirs.no_descriptors;
  mine.clock_errors += theirs.clock_errors;
  mine.open_descriptors = std::max(mine.open_descriptors, theirs.open_descriptors);
  mine.descriptor_limit = std::max(mine.descriptor_limit, theirs.descriptor_limit);
}

}  // namespace loadstone::result

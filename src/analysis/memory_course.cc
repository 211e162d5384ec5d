#include "analysis/memory_course.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

#include "analysis/service.h"

namespace loadstone::analysis {

void MemoryCourse::add(const result::Block& block) {
  const auto& sample = block.service;
  if (sample.is_empty()) return;
  const double memory = memory_of(sample);
  if (memory <= 0) return;
  if (sample.baseline > 0 && levels_.empty())
    levels_.push_back({0, sample.baseline, sample.kernel_baseline, kHeldBlocks});
  const auto connections = static_cast<double>(block.connections);
  // What is closed again need not come back: only the way up tells what a connection costs.
  if (connections >= most_connections_ && connections > 0) {
    most_connections_ = connections;
    add_level({connections, memory, sample.kernel});
  }
  if (!block.measured) return;
  last_memory_ = memory;
  measured_seconds_ += to_seconds(block.length);
  completed_ += static_cast<double>(block.count("completed"));
  while (to_seconds(block.start + block.length) > cycle_end_ + 1e-9) close_cycle();
  cycle_.push_back(memory);
}

void MemoryCourse::add_level(const Level& level) {
  // As long as the number stays the same, memory may still be settling: the last counts.
  if (!levels_.empty() && levels_.back().connections == level.connections) {
    const int blocks = levels_.back().blocks + 1;
    levels_.back() = level;
    levels_.back().blocks = blocks;
    return;
  }
  levels_.push_back(level);
  if (levels_.size() <= kMostLevels) return;
  std::vector<Level> thinned;
  for (std::size_t i = 0; i < levels_.size(); i += 2) thinned.push_back(levels_[i]);
  levels_ = std::move(thinned);
}

void MemoryCourse::close_cycle() {
  if (!cycle_.empty()) floors_.push_back(stats::floor_of(std::move(cycle_)));
  cycle_.clear();
  cycle_end_ += cycle_seconds_;
  if (floors_.size() <= kMostCycles) return;
  std::vector<double> joined;
  for (std::size_t i = 0; i + 1 < floors_.size(); i += 2) joined.push_back(std::min(floors_[i], floors_[i + 1]));
  floors_ = std::move(joined);
  cycle_seconds_ *= 2;
}

std::optional<ConnectionCost> MemoryCourse::connection_cost() const {
  std::vector<double> connections, memory, kernel;
  std::set<double> held, numbers;
  for (const Level& level : levels_)
    if (level.blocks >= kHeldBlocks) held.insert(level.connections);
  for (const Level& level : levels_) {
    if (held.size() >= kEnoughHeld && level.blocks < kHeldBlocks) continue;
    connections.push_back(level.connections);
    memory.push_back(level.memory);
    kernel.push_back(level.kernel);
    numbers.insert(level.connections);
  }
  if (numbers.size() < 2) return std::nullopt;
  auto trend = stats::theil_sen(connections, memory);
  // With fewer points the slopes of all pairs are not enough of a sample for an interval at 95 %.
  constexpr std::size_t kEnoughPoints = 5;
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  if (connections.size() < kEnoughPoints) trend.interval = {-kInfinity, kInfinity};
  return ConnectionCost{trend.slope, trend.interval, stats::theil_sen(connections, kernel).slope, numbers.size()};
}

std::optional<stats::LeakJudgement> MemoryCourse::leak() const {
  constexpr std::size_t kFewest = 3;
  std::vector<double> floors = floors_;
  // The open cycle counts when it is nearly whole.
  const double left = cycle_end_ - measured_seconds_;
  if (!cycle_.empty() && left < 0.1 * cycle_seconds_) floors.push_back(stats::floor_of(cycle_));
  if (floors.size() < kFewest) return std::nullopt;
  return stats::judge_leak(floors, cycle_seconds_, leak_threshold());
}

double MemoryCourse::leak_threshold() const {
  return stats::default_leak_threshold(measured_seconds_ > 0 ? completed_ / measured_seconds_ : 0, last_memory_);
}

}  // namespace loadstone::analysis

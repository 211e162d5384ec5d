#include "analysis/series.h"

#include <algorithm>
#include <cmath>

#include "analysis/service.h"

namespace loadstone::analysis {

Series::Series(const Tally& tally) {
  // Two to spare: the first point of the warm-up and of the measured time may be short ones.
  const double span = to_seconds(tally.end - tally.begin);
  width_ = std::max({to_seconds(tally.longest_block), span / (kMostPoints - 2), 1e-9});
}

void Series::add(const result::Block& block) {
  const auto index =
      static_cast<std::int64_t>(std::floor((to_seconds(block.start) + to_seconds(block.length) / 2) / width_));
  if (blocks_ > 0 && (index != open_index_ || block.measured != open_measured_)) close();
  if (blocks_ == 0) {
    start_ = to_seconds(block.start);
    open_index_ = index;
    open_measured_ = block.measured;
  }
  ++blocks_;
  length_ += to_seconds(block.length);
  service_.add(block.service);
  busy_seconds_ += block.generator.busiest_shard * to_seconds(block.length);
  if (block.generator.busiest_shard > kBusyShare) unfit_.busy += to_seconds(block.length);
  if (block.generator.steal > kStolenShare) unfit_.stolen += to_seconds(block.length);
  unfit_.paused += block.generator.pause_seconds;
  completed_ += block.count("completed");
  failures_ += block.count("failures");
  in_flight_ += static_cast<double>(block.in_flight);
  waiting_ += static_cast<double>(block.waiting);
  connections_ += static_cast<double>(block.connections);
  if (const auto found = block.histograms.find("latency"); found != block.histograms.end()) latency_.add(found->second);
  if (const auto found = block.histograms.find("lag"); found != block.histograms.end()) lag_.add(found->second);
}

void Series::close() {
  result::Point point{start_, length_, open_measured_, {}};
  auto& v = point.values;
  if (length_ > 0) {
    v["rate"] = static_cast<double>(completed_) / length_;
    v["errors"] = static_cast<double>(failures_) / length_;
    v["generator.cpu"] = busy_seconds_ / length_;
  }
  if (!service_.is_empty()) {
    v["service.cpu"] = service_.cpu_seconds / service_.seconds;
    v["service.memory"] = memory_of(service_);
    v["service.threads"] = service_.threads;
    v["service.fds"] = service_.descriptors;
  }
  if (!latency_.empty()) {
    v["latency.p50"] = latency_.quantile(0.5);
    v["latency.p95"] = latency_.quantile(0.95);
    v["latency.p99"] = latency_.quantile(0.99);
    v["latency.max"] = latency_.max();
  }
  if (!lag_.empty()) v["lag.p99"] = lag_.quantile(0.99);
  if (unfit_.busy > 0) v["generator.busy"] = unfit_.busy / length_;
  if (unfit_.stolen > 0) v["generator.stolen"] = unfit_.stolen / length_;
  if (unfit_.paused > 0) v["generator.paused"] = unfit_.paused;
  unfit_ = {};
  v["in_flight"] = in_flight_ / static_cast<double>(blocks_);
  if (waiting_ > 0) v["waiting"] = waiting_ / static_cast<double>(blocks_);
  v["connections"] = connections_ / static_cast<double>(blocks_);
  points_.push_back(std::move(point));
  service_ = {};
  length_ = busy_seconds_ = in_flight_ = waiting_ = connections_ = 0;
  completed_ = failures_ = blocks_ = 0;
  latency_.reset();
  lag_.reset();
}

std::vector<result::Point> Series::finish() {
  if (blocks_ > 0) close();
  return std::move(points_);
}

}  // namespace loadstone::analysis

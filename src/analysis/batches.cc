#include "analysis/batches.h"

#include <algorithm>
#include <cmath>

#include "analysis/exceedance.h"

namespace loadstone::analysis {

void BatchTimes::add(std::size_t batch, const stats::Histogram& block) {
  if (batch != open_batch_) close();
  open_batch_ = batch;
  open_.add(block);
}

void BatchTimes::finish() { close(); }

void BatchTimes::close() {
  if (open_.empty()) return;
  Batch& batch = batches_[open_batch_];
  const auto exact = open_.exact();
  batch.moments = {static_cast<double>(open_.count()), static_cast<double>(exact.sum_ns) * 1e-9,
                   exact.sum_of_squares_ns2 * 1e-18};
  const auto buckets = open_.buckets();
  batch.steps.resize(buckets.size());
  std::uint64_t from_here = 0;
  for (std::size_t i = buckets.size(); i-- > 0;) {
    from_here += buckets[i].count;
    batch.steps[i] = {buckets[i].upper, from_here};
  }
  open_.reset();
}

std::vector<stats::Cluster> BatchTimes::above(double seconds) const {
  std::vector<stats::Cluster> clusters;
  for (const auto& batch : batches_) {
    if (batch.steps.empty()) continue;
    const auto first = std::upper_bound(batch.steps.begin(), batch.steps.end(), seconds,
                                        [](double s, const Step& step) { return s < step.upper; });
    clusters.push_back({batch.moments.count, first == batch.steps.end() ? 0 : static_cast<double>(first->from_here)});
  }
  return clusters;
}

std::vector<stats::Cluster> BatchTimes::sums() const {
  std::vector<stats::Cluster> clusters;
  for (const auto& batch : batches_)
    if (!batch.steps.empty()) clusters.push_back({batch.moments.count, batch.moments.sum});
  return clusters;
}

std::vector<BatchTimes::Moments> BatchTimes::moments() const {
  std::vector<Moments> found;
  for (const auto& batch : batches_)
    if (!batch.steps.empty()) found.push_back(batch.moments);
  return found;
}

std::vector<double> BatchTimes::quantiles(double q) const {
  std::vector<double> found;
  for (const auto& batch : batches_) {
    if (batch.steps.empty()) continue;
    // The value at rank ceil(q n) is in the last bucket with at least n - rank + 1 in it or above.
    const auto n = batch.steps.front().from_here;
    const auto rank = std::clamp<std::uint64_t>(
        static_cast<std::uint64_t>(std::ceil(q * static_cast<double>(n) - 1e-9 * static_cast<double>(n))), 1, n);
    double value = batch.steps.front().upper;
    for (const auto& step : batch.steps) {
      if (step.from_here < n - rank + 1) break;
      value = step.upper;
    }
    found.push_back(value);
  }
  return found;
}

Batches::Batches(Nanoseconds measured, std::uint64_t blocks, std::span<const std::string> families, std::size_t targets)
    : measured_(std::max<Nanoseconds>(measured, 1ns)),
      seconds_(std::clamp<std::size_t>(blocks, 1, kBatches)),
      counters_(seconds_.size()),
      exceedances_(seconds_.size(), std::vector<result::Exceedance>(targets)),
      spreads_(targets) {
  for (const auto& family : families) times_.try_emplace(family, seconds_.size());
}

std::size_t Batches::batch_of(const result::Block& block) const {
  const double middle = to_seconds(block.start) + to_seconds(block.length) / 2;
  const double share = middle / to_seconds(measured_) * static_cast<double>(seconds_.size());
  return std::min(static_cast<std::size_t>(std::max(0.0, share)), seconds_.size() - 1);
}

void Batches::add(const result::Block& block) {
  const std::size_t k = batch_of(block);
  seconds_[k] += to_seconds(block.length);
  for (const auto& [name, n] : block.counters) counters_[k][name] += n;
  for (auto& [family, batches] : times_)
    if (const auto found = block.histograms.find(family); found != block.histograms.end())
      batches.add(k, found->second);
  for (std::size_t i = 0; i < spreads_.size(); ++i) {
    const result::Exceedance e = i < block.exceedances.size() ? block.exceedances[i] : result::Exceedance{};
    exceedances_[k][i].count += e.count;
    exceedances_[k][i].above += e.above;
    exceedances_[k][i].above_without_lag += e.above_without_lag;
    spreads_[i].with_lag.add(static_cast<double>(e.above));
    spreads_[i].without_lag.add(static_cast<double>(e.above_without_lag));
  }
}

void Batches::finish() {
  for (auto& [family, batches] : times_) batches.finish();
}

const BatchTimes* Batches::times(const std::string& family) const {
  const auto found = times_.find(family);
  return found == times_.end() ? nullptr : &found->second;
}

std::vector<stats::Cluster> Batches::per_second(const std::string& counter) const {
  std::vector<stats::Cluster> clusters;
  for (std::size_t k = 0; k < seconds_.size(); ++k) {
    if (seconds_[k] <= 0) continue;
    const auto found = counters_[k].find(counter);
    clusters.push_back({seconds_[k], found == counters_[k].end() ? 0 : static_cast<double>(found->second)});
  }
  return clusters;
}

std::vector<stats::Cluster> Batches::above(std::size_t target, bool without_lag) const {
  std::vector<stats::Cluster> clusters;
  for (const auto& batch : exceedances_) {
    const auto& e = batch[target];
    if (e.count > 0)
      clusters.push_back(
          {static_cast<double>(e.count), static_cast<double>(without_lag ? e.above_without_lag : e.above)});
  }
  return clusters;
}

const stats::Spread& Batches::spread(std::size_t target, bool without_lag) const {
  return without_lag ? spreads_[target].without_lag : spreads_[target].with_lag;
}

}  // namespace loadstone::analysis

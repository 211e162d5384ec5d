#include "analysis/service.h"

#include <algorithm>

#include "base/format.h"
#include "base/units.h"

namespace loadstone::analysis {
namespace {

// A shorter block says little about how many cores were used: clocks are read up to some milliseconds apart.
constexpr double kShortest = 0.2;

}  // namespace

double memory_of(const result::ServiceSample& sample) { return sample.memory > 0 ? sample.memory : sample.resident; }

void ServiceUse::add(const result::Block& block) {
  const auto& sample = block.service;
  if (sample.is_empty()) return;
  all_.add(sample);
  memory_.add(block);
  if (!block.measured) return;
  measured_.add(sample);
  if (sample.seconds >= kShortest) peak_cpu_ = std::max(peak_cpu_, sample.cpu_seconds / sample.seconds);
}

void ServiceUse::put(std::map<std::string, double>& metrics, std::uint64_t completed) const {
  const auto& m = measured_;
  if (m.is_empty()) return;
  const double mean = m.cpu_seconds / m.seconds;
  metrics["service.cpu.mean"] = mean;
  metrics["service.cpu.peak"] = std::max(mean, peak_cpu_);
  if (completed > 0) metrics["service.cpu.per_request"] = m.cpu_seconds / static_cast<double>(completed);
  if (m.context_switches > 0) metrics["service.context_switches"] = m.context_switches;
  if (m.threads > 0) metrics["service.threads.peak"] = m.threads;
  if (m.descriptors > 0) metrics["service.fds.peak"] = m.descriptors;
  const double end = memory_of(m);
  if (end > 0) {
    metrics["service.memory.peak"] = std::max({m.peak, m.resident});
    if (all_.baseline > 0) {
      metrics["service.memory.baseline"] = all_.baseline;
      metrics["service.memory.growth"] = end - all_.baseline;
      if (memory_after_ > 0) metrics["service.memory.residue"] = memory_after_ - all_.baseline;
    }
  }
  if (const auto cost = memory_.connection_cost()) {
    metrics["service.memory.per_connection"] = cost->bytes;
    // The whole machine's slab moves too: two numbers say nothing of it.
    if (cost->levels >= MemoryCourse::kEnoughHeld) metrics["service.memory.kernel_per_connection"] = cost->kernel_bytes;
  }
  if (const auto leak = memory_.leak()) metrics["service.memory.leak_rate"] = leak->slope;
  metrics["service.probe.cpu"] = m.probe_cpu_seconds / m.seconds;
}

std::vector<result::Finding> ServiceUse::findings() const {
  std::vector<result::Finding> found;
  const auto leak = memory_.leak();
  if (!leak) return found;
  const auto per_second = [](double bytes) { return show_quantity(bytes, Unit::kBytesPerSecond); };
  const std::string seen =
      format("the memory that the service comes back to rose by {} ({} to {} by the 98 % interval)",
             per_second(leak->slope), per_second(leak->interval.low), per_second(leak->interval.high));
  switch (leak->trend) {
    case stats::MemoryTrend::kLeak:
      found.push_back(
          {"memory_leak", result::Severity::kHigh,
           format("memory leaks: {}; at least {} of that is no warm-up", seen, per_second(leak->least_slope)), false});
      break;
    case stats::MemoryTrend::kGrowing:
      found.push_back({"memory_growing", result::Severity::kWarning,
                       format("{}, and cannot be told from a warm-up: measure for about {}", seen,
                              show_quantity(leak->needed_seconds, Unit::kSeconds)),
                       false});
      break;
    case stats::MemoryTrend::kStable:
      found.push_back({"memory_stable", result::Severity::kNote,
                       format("memory does not leak more than {}", per_second(memory_.leak_threshold())), false});
      break;
    case stats::MemoryTrend::kTooShort:
      break;
  }
  return found;
}

}  // namespace loadstone::analysis

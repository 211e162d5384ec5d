#include "analysis/service.h"

#include <algorithm>

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
    }
  }
  metrics["service.probe.cpu"] = m.probe_cpu_seconds / m.seconds;
}

}  // namespace loadstone::analysis

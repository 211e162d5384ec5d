#include "compare/change.h"

#include <algorithm>
#include <cmath>

namespace loadstone::compare {
namespace {

constexpr std::string_view kVerdicts[] = {"improved", "not_regressed", "inconclusive", "regressed", "invalid"};
constexpr std::string_view kDesigns[] = {"duet_swap", "interleaved", "occasions", "single"};
constexpr std::string_view kDesignWords[] = {
    "side by side, cores swapped every second",
    "in turns, in random order",
    "against earlier occasions",
    "one occasion of each",
};

// clang-format off
constexpr ComparedMetric kMetrics[] = {
    {"latency.p50",             Unit::kSeconds,   0.05,  false, false, true},
    {"latency.p95",             Unit::kSeconds,   0.10,  false, false, true},
    {"rate",                    Unit::kPerSecond, 0.05,  true,  false, true},
    {"error_rate",              Unit::kRatio,     0.005, false, true,  true},
    {"service.cpu.per_request", Unit::kSeconds,   0.05,  false, false, true},
    {"latency.mean",            Unit::kSeconds,   0.05,  false, false, false},
    {"latency.p99",             Unit::kSeconds,   0.20,  false, false, false},
    {"service_time.p50",        Unit::kSeconds,   0.05,  false, false, false},
    {"first_byte.p50",          Unit::kSeconds,   0.05,  false, false, false},
    {"service.memory.peak",     Unit::kBytes,     0.05,  false, false, false},
};
// clang-format on

}  // namespace

std::string_view name(Verdict verdict) { return kVerdicts[static_cast<std::size_t>(verdict)]; }
Verdict worse(Verdict a, Verdict b) { return std::max(a, b); }

std::string_view name(Design design) { return kDesigns[static_cast<std::size_t>(design)]; }
std::string_view in_words(Design design) { return kDesignWords[static_cast<std::size_t>(design)]; }

std::span<const ComparedMetric> compared_metrics() { return kMetrics; }

const ComparedMetric* compared_metric(std::string_view wanted) {
  const auto* found =
      std::find_if(std::begin(kMetrics), std::end(kMetrics), [&](const ComparedMetric& m) { return m.name == wanted; });
  return found == std::end(kMetrics) ? nullptr : found;
}

std::string_view size_in_words(double delta) {
  const double size = std::fabs(delta);
  return size < 0.15 ? "negligible" : size < 0.33 ? "small" : size < 0.47 ? "medium" : "large";
}

Verdict verdict_of(std::span<const MetricChange> metrics) {
  std::optional<Verdict> worst;
  bool any_improved = false;
  for (const auto& m : metrics) {
    if (!m.gates) continue;
    any_improved |= m.verdict == Verdict::kImproved;
    worst = worst ? worse(*worst, m.verdict) : m.verdict;
  }
  if (!worst) return Verdict::kInconclusive;
  return *worst == Verdict::kNotRegressed && any_improved ? Verdict::kImproved : *worst;
}

}  // namespace loadstone::compare

// What benchmark trackers read: Bencher's Metric Format (bencher.dev/docs/reference/bencher-metric-format) and the
// customSmallerIsBetter list of github-action-benchmark.
#include <algorithm>
#include <cmath>

#include "base/format.h"
#include "base/json_writer.h"
#include "report/renders.h"

namespace loadstone::report {
namespace {

using result::ScenarioResult;

// A metric as a tracker names it. Trackers draw what they are given: times in a unit in which numbers are neither tiny
// nor huge.
struct Tracked {
  std::string_view metric;
  std::string_view measure;
  std::string_view unit;
  double scale;
  bool smaller_is_better;
};
constexpr double kNanoseconds = 1e9;
// Bencher's own measures are `latency`, in nanoseconds, and `throughput`, per second.
constexpr Tracked kTracked[] = {
    {"latency.p50", "latency", "ns", kNanoseconds, true},
    {"latency.p95", "latency-p95", "ns", kNanoseconds, true},
    {"latency.p99", "latency-p99", "ns", kNanoseconds, true},
    {"rate", "throughput", "per second", 1, false},
    {"error_rate", "error-rate", "ratio", 1, true},
    {"broadcast.latency.p95", "broadcast-latency-p95", "ns", kNanoseconds, true},
    {"broadcast.delivery_rate", "delivery-rate", "ratio", 1, false},
    {"recovery.time.p95", "recovery-time-p95", "ns", kNanoseconds, true},
    {"service.memory.peak", "memory-peak", "bytes", 1, true},
};

// Whole nanoseconds: histograms know no finer ones.
double scaled(const Tracked& t, double value) {
  return t.scale == kNanoseconds ? std::round(value * t.scale) : value * t.scale;
}

std::string title(const result::RunResult& run, const ScenarioResult& s) {
  return run.run.suite.empty() ? s.name : format("{}/{}", run.run.suite, s.name);
}

// Invalid numbers are the generator's, not the service's: a tracker must not learn them.
bool is_usable(const ScenarioResult& s) { return s.verdict != result::Verdict::kInvalid && s.measured_seconds > 0; }

const result::JudgedTarget* judged(const ScenarioResult& s, std::string_view metric) {
  const auto found = std::find_if(s.targets.begin(), s.targets.end(), [&](const result::JudgedTarget& t) {
    return t.target.metric.name == metric && t.low && t.high;
  });
  return found == s.targets.end() ? nullptr : &*found;
}

}  // namespace

Status render_bencher(const Source& source, const Style& /*style*/, std::ostream& out) {
  std::string text;
  JsonWriter json(text);
  json.begin_object();
  for (const auto& s : source.result.scenarios) {
    if (!is_usable(s)) continue;
    json.text_key(title(source.result, s));
    json.begin_object();
    for (const auto& t : kTracked) {
      const auto found = s.metrics.find(std::string(t.metric));
      if (found == s.metrics.end()) continue;
      json.key(t.measure);
      json.begin_object();
      json.field("value", scaled(t, found->second));
      if (const auto* target = judged(s, t.metric)) {
        json.field("lower_value", scaled(t, *target->low));
        json.field("upper_value", scaled(t, *target->high));
      }
      json.end_object();
    }
    json.end_object();
  }
  json.end_object();
  out << text << '\n';
  return {};
}

Status render_benchmark_action(const Source& source, const Style& /*style*/, std::ostream& out) {
  std::string text;
  JsonWriter json(text);
  json.begin_array();
  for (const auto& s : source.result.scenarios) {
    if (!is_usable(s)) continue;
    for (const auto& t : kTracked) {
      const auto found = s.metrics.find(std::string(t.metric));
      if (!t.smaller_is_better || found == s.metrics.end()) continue;
      json.begin_object();
      json.field("name", format("{} {}", title(source.result, s), t.metric));
      json.field("unit", t.unit);
      json.field("value", scaled(t, found->second));
      if (const auto* target = judged(s, t.metric))
        json.field("range", format("{:.4g} to {:.4g}", scaled(t, *target->low), scaled(t, *target->high)));
      json.field("extra", s.plan);
      json.end_object();
    }
  }
  json.end_array();
  out << text << '\n';
  return {};
}

}  // namespace loadstone::report

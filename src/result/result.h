// The result document: what a run found, judged. Every report is made from this and computes nothing itself.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "metric/metric.h"
#include "result/run.h"
#include "stats/histogram.h"

namespace loadstone::result {

enum class Verdict : std::uint8_t { kPass, kFail, kInconclusive, kInvalid };
[[nodiscard]] std::string_view name(Verdict verdict);  // "pass" …
[[nodiscard]] std::optional<Verdict> verdict_named(std::string_view name);
// The worse of two: invalid, fail, inconclusive, pass.
[[nodiscard]] Verdict worse(Verdict a, Verdict b);

struct JudgedTarget {
  metric::Target target;
  Verdict verdict = Verdict::kInconclusive;
  std::optional<double> value;  // none when the metric was not measured
  std::optional<double> low;    // 95 % interval, where the target has sampling error
  std::optional<double> high;
  std::string reason;  // one sentence: why not pass, what would decide it; empty for a plain pass
};

enum class Severity : std::uint8_t { kNote, kWarning, kHigh };
[[nodiscard]] std::string_view name(Severity severity);  // "note" …
[[nodiscard]] std::optional<Severity> severity_named(std::string_view name);

// Something found out about the run: a self-check that tripped, a limit of the method, what failed.
struct Finding {
  std::string rule;  // a stable word for scripts: "generator_busy", "closed_loop"
  Severity severity = Severity::kNote;
  std::string evidence;  // one or two sentences with the numbers
  bool invalidates = false;
};

// One point of the time series; enough of them to draw, never more than about 600.
struct Point {
  double start = 0;  // seconds since the start of the measured time; negative in warm-up
  double length = 0;
  bool measured = true;
  std::map<std::string, double> values;  // rate, errors, latency.p50, latency.p95, latency.p99, latency.max, lag.p99,
                                         // in_flight, connections, generator.cpu …
};

struct ScenarioResult {
  std::string name;
  std::string kind;
  std::string plan;
  std::string problem;
  bool interrupted = false;
  double measured_seconds = 0;
  Verdict verdict = Verdict::kInconclusive;
  std::map<std::string, double> metrics;  // flat, by metric name, SI base units
  std::vector<JudgedTarget> targets;
  std::map<std::string, stats::Histogram> histograms;  // by family
  std::vector<Point> series;
  std::vector<Finding> findings;
  std::vector<std::string> notes;
  std::optional<Ledger> ledger;         // of a scenario with broadcasts
  std::optional<Recovery> recovery;     // of a scenario that drops its clients
  std::optional<StackProfile> profile;  // of the service, where one was asked for
};

struct Summary {
  int total = 0, passed = 0, failed = 0, inconclusive = 0, invalid = 0;
};

struct RunResult {
  Run run;
  bool partial = false;             // the run did not come to its end; everything up to the last second is here
  std::vector<std::string> losses;  // what of the journal could not be read, one sentence each
  Summary summary;
  Verdict verdict = Verdict::kPass;
  std::vector<ScenarioResult> scenarios;
};

}  // namespace loadstone::result

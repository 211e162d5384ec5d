// The words that several formats have in common, so that they cannot disagree.
#pragma once

#include <string>
#include <vector>

#include "report/layout.h"
#include "result/result.h"

namespace loadstone::report {

[[nodiscard]] std::string upper(result::Verdict verdict);      // "PASS"
[[nodiscard]] std::string_view mark(result::Verdict verdict);  // ✓ ✗ ? !
// "24 scenarios: 23 passed, 1 failed".
[[nodiscard]] std::string count_verdicts(const result::RunResult& run);
// A metric with its unit, or empty when the scenario does not have it.
[[nodiscard]] std::string show_metric(const result::ScenarioResult& s, const std::string& name);
[[nodiscard]] std::string show_value(const metric::Metric& metric, double value);
// "3.51 ms (3.40 ms to 3.62 ms)"; "not measured".
[[nodiscard]] std::string show_judged(const result::JudgedTarget& t);
// What decided a verdict other than pass: the first such target with its value, or the finding that made the run
// invalid. Empty for a pass.
[[nodiscard]] std::string worst_target(const result::ScenarioResult& s);
// Each kind of failure that happened: "timeout 3, status 500: 2".
[[nodiscard]] std::string show_errors(const result::ScenarioResult& s);

// What a scenario was about, in one row: the deliveries of broadcasts, else recoveries, replies, requests or
// connections.
struct Headline {
  std::string count;   // "2,500/2,500 heard", "50/50 back", "5,012 requests"
  std::string rate;    // per second, where that says something
  std::string family;  // of times
  std::string errors;  // the share that did not go well
};
[[nodiscard]] Headline headline(const result::ScenarioResult& s);
// Whether its clients connect and stay, to hear what the service says.
[[nodiscard]] bool has_audience(const result::ScenarioResult& s);

// The verdict table: name, verdict, what was counted, rate, p50, p95, p99, errors, worst target.
[[nodiscard]] std::vector<Column> verdict_columns();
[[nodiscard]] std::vector<std::vector<std::string>> verdict_rows(const result::RunResult& run);

// "2026-11-23 15:24:12 UTC"
[[nodiscard]] std::string show_time(double seconds_since_1970);

}  // namespace loadstone::report

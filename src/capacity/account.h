// The whole account of a search for the limit, step by step, for whoever shows it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "capacity/search.h"
#include "result/run.h"

namespace loadstone::capacity {

// Percentiles of what its clients waited for, in seconds.
struct StepTimes {
  std::string family;  // "latency", "broadcast.latency" …
  double p50 = 0, p95 = 0, p99 = 0;
};

struct MeasuredStep {
  Step step;
  std::string folder;  // its name beside the account: what the step left, like any run
  std::optional<StepTimes> times;
};

struct Account {
  result::Run about;  // of all steps; the one scenario is the load whose limit is looked for
  bool of_clients = false;
  std::vector<MeasuredStep> steps;  // in the order in which they were run
  Finding finding;
  std::vector<MeasuredStep> users;  // steps of a closed loop; `rate` is the number of users
  std::optional<Scaling> scaling;   // fitted to those that were valid
};

// Pass when something was sustainable; else inconclusive, invalid or fail, by what kept it from being found.
[[nodiscard]] result::Verdict verdict_of(const Finding& finding);

// Those of `users` to which a law can be fitted.
[[nodiscard]] std::vector<stats::ThroughputAt> throughput_of(const std::vector<MeasuredStep>& users);

// Schema loadstone-limit/1 (docs/comparing.md), with a newline at the end.
[[nodiscard]] std::string write_json(const Account& account);

}  // namespace loadstone::capacity

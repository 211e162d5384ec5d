// The numbers of a scenario, by metric name: everything that reports print is computed here, once.
#pragma once

#include <map>
#include <string>

#include "analysis/tally.h"
#include "metric/metric.h"
#include "result/run.h"

namespace loadstone::analysis {

// Every metric of the table that the scenario has, in SI base units: its counts, its rates, the standard statistics of
// every distribution, and the same for each step. generator.limited is 0 here; the self-checks may raise it.
[[nodiscard]] std::map<std::string, double> summarize(const Tally& tally, const result::PlannedScenario& plan,
                                                      double measured_seconds);

// A statistic of recorded times.
[[nodiscard]] double statistic_of(const stats::Histogram& times, metric::Statistic statistic, double quantile);

// The name of the histogram or counter that a metric is made of: "latency", "step.search.latency".
[[nodiscard]] std::string source_of(const metric::Metric& metric);

// The share of requests that did not succeed; those that never ended or were never sent count.
[[nodiscard]] double error_rate(const Tally& tally, const std::string& prefix);

}  // namespace loadstone::analysis

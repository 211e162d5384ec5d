// What a comparison says of one metric, of a scenario, and of all of it.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/units.h"
#include "stats/estimate.h"
#include "stats/shift.h"

namespace loadstone::compare {

// B against A, the accepted one. Invalid: the generator decided the numbers, or a build did not run.
enum class Verdict : std::uint8_t { kImproved, kNotRegressed, kInconclusive, kRegressed, kInvalid };
[[nodiscard]] std::string_view name(Verdict verdict);  // "not_regressed" …
[[nodiscard]] Verdict worse(Verdict a, Verdict b);     // invalid, regressed, inconclusive, not_regressed, improved

// How the numbers of A and B belong together; the further up, the more may be said.
enum class Design : std::uint8_t {
  kDuetSwap,     // at the same time, cores swapped every second
  kInterleaved,  // in turns, in random order
  kOccasions,    // several earlier occasions of A against a new one of B
  kSingle,       // one occasion of each: nothing that gates
};
[[nodiscard]] std::string_view name(Design design);      // "duet_swap" …
[[nodiscard]] std::string_view in_words(Design design);  // for a person

// A metric that is compared. Effects are relative, so that 0.05 is 5 %, and positive when B is worse; for shares
// (error_rate) they are differences.
struct ComparedMetric {
  std::string_view name;
  Unit unit;
  double margin;        // an effect below this does not matter
  bool lower_is_worse;  // throughput
  bool is_share;
  bool gates;
};
[[nodiscard]] std::span<const ComparedMetric> compared_metrics();
[[nodiscard]] const ComparedMetric* compared_metric(std::string_view name);  // null when it is not compared

struct MetricChange {
  std::string metric;
  bool gates = false;
  double margin = 0;
  Verdict verdict = Verdict::kInconclusive;
  std::optional<double> a, b;  // typical values, in the metric's unit
  double effect = 0;
  stats::Interval interval{-std::numeric_limits<double>::infinity(), std::numeric_limits<double>::infinity()};
  double p = 1;                    // of B being worse, one-sided
  double p_raised = 1;             // by Holm, over the gating metrics of the scenario
  std::optional<double> smallest;  // the smallest effect that would have been seen in 95 % of such comparisons
  std::size_t count = 0;           // pairs, or earlier occasions
  std::optional<double> delta;     // Cliff's, of the trials; positive when B is worse as a rule. Where there are pairs
  bool by_canary = false;          // what a canary says of the machine is taken out; `a` is as it would be today
  std::string reason;              // why it is undecided, what would decide it
};

// Negligible, small, medium or large, at the usual bounds of .15, .33 and .47 (as Perfherder has them).
[[nodiscard]] std::string_view size_in_words(double delta);

struct ScenarioChange {
  std::string name;
  Design design = Design::kSingle;
  Verdict verdict = Verdict::kInconclusive;
  double level = 0;  // one-sided, of each metric's test and interval
  std::vector<MetricChange> metrics;
  std::vector<stats::Shift> shift;  // of latency, where there are pairs
  std::vector<std::string> notes;
};

// From its gating metrics: regressed when one is, inconclusive when one is and none regressed, improved when one is and
// the others are not worse. Inconclusive without any.
[[nodiscard]] Verdict verdict_of(std::span<const MetricChange> metrics);

struct Comparison {
  std::string a, b;  // what was compared, as given
  std::uint64_t seed = 0;
  Verdict verdict = Verdict::kInconclusive;  // the worst of the scenarios'
  std::vector<ScenarioChange> scenarios;
  std::vector<std::string> notes;
};

}  // namespace loadstone::compare

// The names of everything loadstone measures: the same dotted words in `expect`, results, reports and documentation.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/units.h"

namespace loadstone::metric {

// Which scenarios can have a metric.
enum class Group : std::uint8_t { kHttp, kConnect, kWebSocket, kBroadcast, kRecovery, kService, kGenerator };

// A census counts this run exactly; a sample stands for the system and carries an interval.
enum class Scope : std::uint8_t { kCensus, kSample };

// One row of the table: a plain number ("error_rate"), or a family of times ("latency") to which a statistic is added.
struct Row {
  std::string_view name;
  Group group;
  Unit unit;
  Scope scope;
  bool is_distribution;  // needs a statistic: latency.p95
  bool per_step;         // also as step.NAME.<name>
  std::string_view meaning;
};
[[nodiscard]] std::span<const Row> table();

enum class Statistic : std::uint8_t { kNone, kMin, kMean, kQuantile, kMax, kStddev };

// A metric that somebody asked for.
struct Metric {
  std::string name;    // as in results: "step.search.latency.p95"
  std::string step;    // "search", or empty for the whole scenario
  std::string family;  // "latency", or the scalar's name; "status.503" and "errors.reset" are scalars
  Statistic statistic = Statistic::kNone;
  double quantile = 0;  // for kQuantile: 0.95; 0.9999 is written p99_99
  Unit unit = Unit::kCount;
  Scope scope = Scope::kCensus;
  Group group = Group::kHttp;
};

// A mistake in a name or expression, with the place of the offending part for a caret.
struct Mistake {
  std::string message;
  std::size_t offset = 0;
  std::size_t length = 0;
};
template <class T>
using Parsed = tl::expected<T, Mistake>;

// Understands every name of the table, `status.NNN`, and p50 p75 p99_9 or any other quantile. Suggests for a misspelt
// word.
[[nodiscard]] Parsed<Metric> parse_metric(std::string_view name);

// The statistics written for every distribution in results: min mean p50 p75 p90 p95 p99 p99_9 p99_99 max stddev.
struct NamedStatistic {
  std::string_view name;
  Statistic statistic;
  double quantile;
};
[[nodiscard]] std::span<const NamedStatistic> standard_statistics();

enum class Comparison : std::uint8_t { kLess, kLessOrEqual, kGreater, kGreaterOrEqual, kEqual };
[[nodiscard]] bool holds(double value, Comparison comparison, double limit);
[[nodiscard]] std::string_view symbol(Comparison comparison);

// What must hold: "latency.p95 < 50ms". The limit is in the metric's SI base unit.
struct Target {
  std::string expression;  // as written, blanks normalised
  Metric metric;
  Comparison comparison = Comparison::kLess;
  double limit = 0;
};
[[nodiscard]] Parsed<Target> parse_target(std::string_view expression);

// Whether a target is decided by how many exchanges took longer than its limit: an upper bound on a quantile of
// latency, of the whole scenario or of a step. Only those have exact exceedance counters.
[[nodiscard]] bool is_exceedance(const Target& target);

}  // namespace loadstone::metric

// Results that were saved, compared: what may gate is decided by how they were made. Interleaved pairs are tested as
// pairs; five or more earlier occasions give a prediction interval; one result against another is shown, and gates
// nothing.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "compare/change.h"
#include "compare/pairs.h"
#include "result/result.h"

namespace loadstone::compare {

// The values of one scenario in one result that are compared, and whatever decides whether they may be.
struct Observation {
  double started_at = 0;                           // seconds since the epoch
  std::string plan;                                // the load in words: a different load is a different thing
  std::map<std::string, std::string> environment;  // of the run
  bool is_valid = true;                            // the generator was not the limit
  std::map<std::string, double> values;
  Events errors;
};

// Results that follow each other within this belong to one occasion.
inline constexpr double kOccasionSeconds = 3600;

// In the environment of a run that heard a canary: what fixed work took on that machine just before, in seconds.
inline constexpr const char* kCanaryTime = "canary.latency.p50";
inline constexpr const char* kCanaryCpu = "canary.cpu.per_request";

// Every scenario of a result that was measured, by name.
[[nodiscard]] std::map<std::string, Observation> observe(const result::RunResult& run);

// What differs between two machines so that their times cannot be compared; empty when nothing does.
[[nodiscard]] std::string difference(const std::map<std::string, std::string>& a,
                                     const std::map<std::string, std::string>& b);

// One value for each occasion, in order of time: the mean of the logarithms of its results. Occasions without the
// metric are left out.
struct OccasionValue {
  double started_at = 0;  // of its first result
  double log_value = 0;
  std::optional<double> canary;  // logarithm of what it said that bears on this metric
};

// With so many occasions that heard a canary it is known whether it is worth listening to,
inline constexpr std::size_t kFewestWithCanary = 10;
// ... which it is when occasions differ by less than this share of what they would without. To take the smaller of two
// deviations makes it too small: with 0.8, 1.1 % of false alarms were simulated (row C4).
inline constexpr double kWorthListening = 0.6;

// Takes out of the values what the canary says of the machine, if that is worth it, and leaves out those without; true
// when it did.
bool take_out_machine(std::vector<OccasionValue>& values);
[[nodiscard]] std::vector<OccasionValue> occasion_values(std::span<const Observation> observations,
                                                         const std::string& metric);

// One scenario. Observations in any order.
[[nodiscard]] ScenarioChange compare_scenario(const std::string& name, std::span<const Observation> a,
                                              std::span<const Observation> b, const Margins& margins = {});

// All scenarios that are in both sides.
[[nodiscard]] Comparison compare_saved(std::span<const std::map<std::string, Observation>> a,
                                       std::span<const std::map<std::string, Observation>> b,
                                       const Margins& margins = {});

}  // namespace loadstone::compare

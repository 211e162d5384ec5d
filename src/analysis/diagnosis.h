// What limits a service: rules over the features of steps of load, each with a score, evidence in words, and an
// experiment that would prove it wrong. Pure. docs/diagnosis.md has the table of rules and where their thresholds come
// from.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "analysis/features.h"

namespace loadstone::analysis {

struct Diagnosis {
  std::string rule;                   // a stable word: "cpu_saturated"
  std::string title;                  // "a lock lets one thread work at a time"
  double score = 0;                   // 0 to 1: 0.6 for what must be so, 0.4 for what goes with it
  std::vector<std::string> evidence;  // two to four sentences with the numbers
  std::string experiment;             // what would prove it wrong
  std::string advice;                 // what to do next
};

inline constexpr double kHighConfidence = 0.8;
inline constexpr double kMediumConfidence = 0.6;
inline constexpr double kClose = 0.15;  // two diagnoses with scores this near are both told

struct Verdict {
  bool overloaded = false;  // more load no longer gives more throughput
  std::vector<Diagnosis>
      ranked;  // that reach medium confidence, the likeliest first; "healthy" or "queueing" if none does
  std::vector<Diagnosis> unlikely;  // the others, for completeness
  std::vector<std::string> notes;   // what makes all of it doubtful
};

// `steps` of rising load, of the same requests; the first is the one of low load. At least two.
[[nodiscard]] Verdict diagnose(std::span<const Features> steps);

// "high", "medium" or "low".
[[nodiscard]] std::string_view confidence(double score);

}  // namespace loadstone::analysis

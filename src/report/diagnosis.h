// What `loadstone diagnose` found, for people and for machines. docs/diagnosis.md describes both.
#pragma once

#include <ostream>
#include <span>
#include <string>
#include <vector>

#include "analysis/diagnosis.h"
#include "analysis/features.h"
#include "analysis/request_cost.h"

namespace loadstone::report {

// What each request costs; none when a suite sends only one.
struct Costs {
  std::vector<analysis::RequestCost> requests;  // sorted, the dearest first
  std::vector<std::string> notes;               // what a person should know besides
};

struct DiagnosisSource {
  const analysis::Verdict& verdict;
  std::span<const analysis::Features> steps;
  const Costs& costs;
};

void write_diagnosis_text(const DiagnosisSource& source, std::ostream& out);
// The table of what each request costs, and the dearest in a sentence; nothing when there are none.
void write_costs_text(const Costs& costs, std::ostream& out);
// Of schema loadstone-diagnosis/1; ends with a newline.
[[nodiscard]] std::string diagnosis_json(const DiagnosisSource& source);

}  // namespace loadstone::report

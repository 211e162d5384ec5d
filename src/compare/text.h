// A comparison for a person: one table for each scenario, the verdict with its reasons, and where in the distribution
// the change is.
#pragma once

#include <ostream>

#include "compare/change.h"
#include "report/report.h"

namespace loadstone::compare {

void write_text(const Comparison& comparison, const report::Style& style, std::ostream& out);
// For a pull request: the same tables.
void write_markdown(const Comparison& comparison, std::ostream& out);
// One line: the verdict, and what decided it.
[[nodiscard]] std::string summary_line(const Comparison& comparison);
// The comparison as JSON, schema loadstone-comparison/1 (docs/comparing.md), with a newline at the end.
[[nodiscard]] std::string write_json(const Comparison& comparison);

}  // namespace loadstone::compare

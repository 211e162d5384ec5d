// Which metrics a scenario can have, and so which targets make sense for it.
#pragma once

#include <optional>
#include <string>

#include "metric/metric.h"
#include "scenario/scenario.h"

namespace loadstone::scenario {

// Reads a target and checks that the scenario can have its metric: of its kind, and of a step it has. The mistake's
// place is within the expression.
[[nodiscard]] metric::Parsed<metric::Target> parse_expectation(std::string_view expression, const Scenario& scenario);

}  // namespace loadstone::scenario

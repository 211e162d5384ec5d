// Targets on what has an interval of its own kind: memory of a connection, and leaks. docs/probe.md says why.
#pragma once

#include <optional>

#include "analysis/service.h"
#include "result/result.h"

namespace loadstone::analysis {

// Nothing for targets on other metrics, which judge_target decides.
[[nodiscard]] std::optional<result::JudgedTarget> judge_service_target(const metric::Target& target,
                                                                       const ServiceUse& service);

}  // namespace loadstone::analysis

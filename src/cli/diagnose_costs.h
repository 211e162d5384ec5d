// Runs the looks that tell what each request costs, while the service is watched.
#pragma once

#include <cstddef>

#include "cli/console.h"
#include "cli/request_looks.h"
#include "cli/service_watch.h"
#include "engine/run.h"
#include "report/diagnosis.h"

namespace loadstone::cli {

// How long all of it takes, about.
[[nodiscard]] Nanoseconds planned_length(const SuiteLooks& plan);

// `quiet` is what the service did without any load. `index` is the place of the next run among all, and is moved on:
// requests of two runs must not have the same numbers. Ends early when interrupted; nothing is known then.
[[nodiscard]] report::Costs run_looks(const SuiteLooks& plan, ServiceWatch& watch, const result::ServiceSample& quiet,
                                      const engine::RunOptions& options, std::size_t& index);

}  // namespace loadstone::cli

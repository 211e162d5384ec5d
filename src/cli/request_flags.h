// What the tests of one URL have in common beside their load: headers, bodies, targets.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/flags.h"
#include "scenario/scenario.h"
#include "scenario/values.h"

namespace loadstone::cli {

// All add what is wrong to `usage`.

// "Name: value" each. `check_name` says which names may be set.
[[nodiscard]] std::vector<scenario::Header> read_headers(const std::vector<std::string>& typed,
                                                         scenario::Placeholders known,
                                                         Status (*check_name)(std::string_view), Usage& usage);
// The text itself, or what the file holds that is named after an '@'.
[[nodiscard]] std::string read_body(const std::string& typed, scenario::Placeholders known, Usage& usage);

// A text as typed, for a flag that fills placeholders in.
[[nodiscard]] std::string read_text(const std::string& typed, std::string_view flag, scenario::Placeholders known,
                                    Usage& usage);

// Adds the targets of --slo to a scenario that is otherwise complete.
void read_targets(const std::vector<std::string>& typed, scenario::Scenario& test, Usage& usage);

}  // namespace loadstone::cli

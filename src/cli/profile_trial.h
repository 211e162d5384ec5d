// A profile of the service under the load of a scenario: in a run of its own, since what is sampled runs slower.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

#include "engine/run.h"
#include "result/profile.h"
#include "scenario/scenario.h"

namespace loadstone::cli {

struct TrialPlace {
  std::size_t index = 0;  // of the trial among all runs: its requests must not have the numbers of others
  std::string folder;     // for the files; empty: none are written
  pid_t service = 0;
};

struct ProfileTrial {
  std::optional<result::StackProfile> profile;
  std::vector<std::string>
      notes;  // what a person should know: the hottest functions and the files, or why there is none
};

// Runs the load until the profile is taken or the load ends. Nothing else that it measures is kept.
[[nodiscard]] ProfileTrial run_profile_trial(const scenario::Scenario& scenario, const engine::RunOptions& options,
                                             const TrialPlace& place);

}  // namespace loadstone::cli

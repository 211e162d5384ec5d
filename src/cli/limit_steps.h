// The steps of a search for the limit, each a run of its own with a journal and a report, so that each can be looked
// at.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "base/result.h"
#include "capacity/account.h"
#include "cli/limit_order.h"
#include "cli/service_watch.h"

namespace loadstone::cli {

class LimitSteps {
 public:
  // What is kept of them goes below `folder`; `about` tells of all of them. References must outlive it.
  LimitSteps(const LimitOrder& order, std::filesystem::path folder, const result::Run& about, ServiceWatch& watch);

  struct Measured {
    result::ScenarioResult result;
    capacity::MeasuredStep kept;
    [[nodiscard]] const capacity::Step& step() const { return kept.step; }
  };
  // `rate` is what is asked for: a rate, or a number of clients; 0 for a closed load.
  Result<Measured> run(const std::string& name, const scenario::Scenario& load, double rate);
  // Runs it again, a few times, when the generator was the limit: on a machine with others that is luck.
  Result<Measured> run_until_valid(const std::string& name, const scenario::Scenario& load, double rate);

 private:
  const LimitOrder& order_;
  std::filesystem::path folder_;
  const result::Run& about_;
  ServiceWatch& watch_;
  std::uint64_t count_ = 0;
};

// What times a scenario is told by.
[[nodiscard]] std::optional<capacity::StepTimes> times_of(const result::ScenarioResult& scenario);

}  // namespace loadstone::cli

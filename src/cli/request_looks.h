// Which looks tell what each request of a suite costs: a request alone, sent over and over by one user, or a journey
// that is cut off after its first step, its second, and so on, since a later step needs what an earlier one found.
// Pure: what is to be run, and what the runs say. docs/diagnosis.md describes it.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "analysis/request_cost.h"
#include "scenario/scenario.h"
#include "stats/histogram.h"

namespace loadstone::cli {

// One user who does not think; whoever runs it says for how long.
struct RequestLook {
  scenario::Scenario scenario;
  std::vector<std::size_t> costs;  // which of the names each of its requests is
};

// The looks at one journey: `steps` of them, the last at the whole of it.
struct JourneyLooks {
  std::size_t first = 0, steps = 0;
};

// A scenario whose requests are looked at.
struct LookedScenario {
  const scenario::HttpLoad* load;      // of the suite, which must outlive this
  std::vector<std::size_t> costs;      // of plain requests: which of the names each is, or kNone
  std::vector<JourneyLooks> journeys;  // of a script: the looks at each journey; no steps: left out
};

struct SuiteLooks {
  static constexpr std::size_t kNone = static_cast<std::size_t>(-1);

  std::vector<std::string> names;  // of what is looked at: requests that are the same are one
  std::vector<RequestLook> looks;
  std::vector<LookedScenario> scenarios;
  std::vector<std::string> notes;  // what is left out
};

// So many looks at most; what a suite has beyond that is left out, and said.
inline constexpr std::size_t kMostLooks = 64;

// Of all HTTP scenarios that go where `endpoint` is. No looks when they have only one request: it is all there is to
// tell.
[[nodiscard]] SuiteLooks plan_looks(const scenario::Suite& suite, const scenario::Endpoint& endpoint);

// What a look found. Move-only, as histograms are.
struct Looked {
  double seconds = 0;      // for which the service was watched
  double cpu_seconds = 0;  // that it used
  struct Answers {
    double answered = 0, failed = 0;
    stats::Histogram service_time;
  };
  std::vector<Answers> requests;  // one for each of the look's scenario
};

// The costs, sorted, from what each look found, in the order of the looks. `quiet` are the cores that the service uses
// without any load, `cores` those that it may use.
[[nodiscard]] std::vector<analysis::RequestCost> costs_of(const SuiteLooks& plan, std::span<const Looked> looked,
                                                          double quiet, double cores);

}  // namespace loadstone::cli

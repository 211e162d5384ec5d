// Which requests of a suite cost the service most: what one of each costs when nothing else is sent, how often the
// suite sends each, and whose the service's CPU and the users' waiting are by that. Pure. docs/diagnosis.md says how it
// is found and what it leaves out.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "stats/parts.h"

namespace loadstone::analysis {

// Fewer answers do not say what the slowest hundredth takes.
inline constexpr double kEnoughForP99 = 100;

// One kind of request, as it was seen alone: by one user who does not think, so that no request waits for another.
struct RequestCost {
  std::string name;
  double answered = 0;                // requests that ended while it was looked at; 0: it was not, or none did
  double failed = 0;                  // ... those that failed
  double mean = 0, p50 = 0, p99 = 0;  // service time, seconds
  std::optional<double> cpu;          // seconds of the service for one; nothing when it is not known
  double sent = 0;                    // how many the suite sends, see expected_counts()
  double request_share = 0;           // of all requests the suite sends
  double time_share = 0;              // of their time, were each as fast as alone
  std::optional<double> cpu_share;    // of the CPU that is known

  [[nodiscard]] bool is_known() const { return answered > 0; }
  [[nodiscard]] bool has_p99() const { return answered >= kEnoughForP99; }
};

// CPU seconds for one request: those of the look, less what the service uses when nobody asks anything (`quiet` cores).
// Never below zero. Nothing without requests.
[[nodiscard]] std::optional<double> cpu_of_one(double cpu_seconds, double seconds, double quiet, double requests);

// The same for each step of a journey, from looks at the journey cut off after its first step, its second, and so on.
// Each row has the counts of the steps and the CPU seconds, less what is used anyway. Nothing for a step that was never
// sent, or that would have to cost nothing: no request does, so it is lost in the noise of the others. Nothing for all
// when the looks do not tell those apart that were sent.
[[nodiscard]] std::vector<std::optional<double>> cpu_of_steps(std::span<const stats::MixedTotal> looks);

// A load that draws from some of the requests.
struct Draw {
  struct Part {
    std::size_t request = 0;  // index among the costs
    double weight = 1;        // how often, in proportion to the others
    double think = 0;         // seconds a user pauses after it
  };
  std::vector<Part> parts;
  double users = 0;             // of a closed load
  std::optional<double> count;  // of an open load: so many requests are due
};
// Loads at the same time.
struct Together {
  double seconds = 0;
  std::vector<Draw> draws;
  std::optional<double> count;  // of users who share a number of requests instead of a time
};

// How many of each request are sent: at a rate as many as are due. Users send as many as they could were each answered
// as fast as alone, but together no more than the service's `cores` have CPU for (the two bounds of Denning and Buzen
// 1978). The result has as many numbers as there are costs; requests that were not looked at count with no time.
[[nodiscard]] std::vector<double> expected_counts(std::span<const Together> loads, std::span<const RequestCost> costs,
                                                  double cores);

// Fills in what each sends and has of the whole, and sorts: the dearest in CPU first, then by time.
void share_out(std::vector<RequestCost>& costs, std::span<const double> counts);

// The dearest in plain sentences: "POST /traverse is 12 % of the requests and 71 % of the CPU." One sentence, or two
// when another request takes the most time. Empty when nothing is known. Of sorted costs.
[[nodiscard]] std::string dearest(std::span<const RequestCost> costs);

}  // namespace loadstone::analysis

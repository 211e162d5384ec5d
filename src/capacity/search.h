// The search for the highest rate that a service holds: which rate to try next, and what the steps say in the end.
// Pure: whoever runs the steps has the clock and the service.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/units.h"
#include "result/result.h"
#include "stats/scalability.h"

namespace loadstone::capacity {

// What one step measured.
struct Step {
  double rate = 0;       // asked for, per second; of WebSocket scenarios the number of clients
  double arrivals = 0;   // that were due, per second: the load as it really was
  double completed = 0;  // per second
  // Requests due and not ended, at instants so far apart; the first fifth of the step, at most two seconds, is left
  // out.
  std::vector<double> backlog;
  double backlog_every = 1;                          // seconds
  double seconds = 10;                               // measured
  double concurrency = 0;                            // mean number on the wire
  double cores_used = 0;                             // by the service; 0 when it was not watched
  double cores_left = 0;                             // that it may use, less what the generator took of them
  result::Verdict verdict = result::Verdict::kPass;  // of the targets
  std::string reason;                                // for any other than pass
};

// More came than went, and what waited grew: completed below 97 % of arrivals, and the slope of the backlog (Theil and
// Sen, 99 %) certainly above half a per cent of arrivals per second. Arrivals as they were, not as planned: chance
// alone makes an open load a few per cent more or less.
[[nodiscard]] bool is_overloaded(const Step& step);

// Steps by a factor of 1.25 until two in a row are too much; then bisection between the highest that held and the
// lowest that did not.
class Search {
 public:
  static constexpr double kFactor = 1.25;
  static constexpr double kFirstShare = 0.05;  // of what a pilot measured, to begin with
  static constexpr int kBisections = 3;
  static constexpr int kMostSteps = 40;

  // Begins with `first`; nothing beyond `most` is tried. `whole`: clients rather than a rate.
  Search(double first, double most, bool whole = false);

  // The rate, or number of clients, of the next step, or nothing when there is nothing more to find out.
  [[nodiscard]] std::optional<double> next() const;
  void add(Step step);
  [[nodiscard]] const std::vector<Step>& steps() const { return steps_; }

 private:
  [[nodiscard]] std::optional<double> highest_good() const;
  [[nodiscard]] std::optional<double> lowest_bad() const;
  // `rate`, made whole if need be, unless that has been tried.
  [[nodiscard]] std::optional<double> untried(double rate) const;

  double first_, most_;
  bool whole_;
  std::vector<Step> steps_;  // in the order in which they were run
  int bad_in_a_row_ = 0;
  int bisections_ = 0;
  bool climbing_ = true;
};

struct Finding {
  std::optional<double> sustainable;  // the highest rate that met the targets and was not too much; none when none did
  std::optional<double> knee;         // the highest that was not too much, whatever the targets say
  std::optional<double> capacity;     // median of what was completed while it was too much; none when it never was
  std::optional<double> by_cpu;       // cpu_capacity()
  bool generator_was_limit = false;   // at some step: what lies beyond is not known
  bool undecided = false;             // nothing met its targets, and nothing missed them: the steps were too short
  std::string why;                    // what kept it from being more, in a sentence
};
// `unit` of the rates, for the sentence.
[[nodiscard]] Finding conclude(const std::vector<Step>& steps, Unit unit = Unit::kPerSecond);

// The utilisation law: of X a second, each taking D = cores used / X of processor time, the cores it has allow cores /
// D. Taken where most was completed, for there D is that of a loaded service. Nothing when it was not watched.
[[nodiscard]] std::optional<double> cpu_capacity(const std::vector<Step>& steps);

// What `by_cpu` says beside the knee or the capacity, whichever is higher, in a sentence; empty when either is missing.
[[nodiscard]] std::string cpu_in_words(const Finding& finding);

// What steps of a closed loop say of how the service scales.
struct Scaling {
  stats::Scalability fit;
  stats::ScalabilityVerdict verdict;
  std::string text;  // for a person: what limits it, or why that cannot be told
};
// Nothing with fewer than four steps.
[[nodiscard]] std::optional<Scaling> scaling_of(const std::vector<stats::ThroughputAt>& steps, std::uint64_t seed);

}  // namespace loadstone::capacity

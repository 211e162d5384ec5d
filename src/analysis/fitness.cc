#include "analysis/fitness.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "analysis/target.h"
#include "base/format.h"
#include "base/units.h"

namespace loadstone::analysis {
namespace {

using result::Finding;
using result::Severity;
using result::Verdict;

constexpr double kBusyBlocks = 0.05;
constexpr double kStolenBlocks = 0.10;
constexpr double kRateError = 0.01;
constexpr double kFewestMissing = 3;  // requests; fewer are the edges of the measured time
constexpr double kDescriptorShare = 0.95;
constexpr double kPausedShare = 0.001;
constexpr double kPausedLong = 0.01;  // paused for so much of the time, the rates are wrong too,
constexpr double kPausedStop = 0.2;   // or for so many seconds in all: somebody stopped the generator
constexpr double kMajorFaults = 10;   // per second
constexpr double kLeastLag = 0.001;
constexpr double kLagShareOfLimit = 0.1;

std::string seconds_text(double s) { return show_quantity(s, Unit::kSeconds); }
std::string percent(double share) { return show_quantity(share, Unit::kRatio); }

class Checks {
 public:
  Checks(const Tally& tally, const result::PlannedScenario& plan, double measured_seconds, bool whole)
      : t_(tally), plan_(plan), seconds_(measured_seconds), whole_(whole) {}

  Fitness run() {
    nothing_measured();
    unreachable();
    busy();
    rate_fidelity();
    ports();
    descriptors();
    host();
    pauses();
    memory();
    conservation();
    littles_law();
    clock();
    return std::move(fitness_);
  }

 private:
  void invalid(std::string rule, std::string evidence, bool generator) {
    fitness_.findings.push_back({std::move(rule), Severity::kHigh, std::move(evidence), true});
    fitness_.limited |= generator;
  }
  void warn(std::string rule, std::string evidence) {
    fitness_.findings.push_back({std::move(rule), Severity::kWarning, std::move(evidence), false});
  }
  [[nodiscard]] std::string blocks(std::uint64_t n) const { return format("{} of {} stretches of time", n, t_.blocks); }

  void nothing_measured() {
    if (t_.blocks > 0 && (plan_.kind != "http" || t_.count("scheduled") + t_.count("requests") > 0)) return;
    invalid("nothing_measured", "No request was due in the measured time, so there is nothing to judge.", false);
  }

  void unreachable() {
    const auto failures = t_.count("failures");
    const auto lost = t_.count("dropped") + t_.count("unfinished");
    const bool no_request = failures > 0 && t_.count("successes") == 0 && t_.count("errors.connect") == failures;
    const bool no_connection = t_.count("connect.attempted") > 0 && t_.count("connect.succeeded") == 0 &&
                               t_.count("successes") == 0 && failures + lost + t_.count("connect.failed") > 0;
    if (no_request || no_connection)
      invalid("unreachable",
              format("No connection could be opened: all {} requests failed for want of one. Check that the service is "
                     "running and that its address is right.",
                     show_count(failures + lost)),
              false);
  }

  void busy() {  // G2
    if (static_cast<double>(t_.busy_blocks) <= kBusyBlocks * static_cast<double>(t_.blocks)) return;
    invalid(
        "generator_busy",
        format("The busiest thread of the generator was on a processor, or waiting for one, for more than {} of the "
               "time in {} ({} over all): it was the limit, not the service. Use more threads or a machine of its "
               "own, or offer less.",
               percent(kBusyShare), blocks(t_.busy_blocks), percent(t_.busy_seconds / t_.block_seconds)),
        true);
  }

  void rate_fidelity() {  // G3
    if (plan_.closed_loop || !whole_) return;
    const auto scheduled = static_cast<double>(t_.count("scheduled"));
    const auto sent = static_cast<double>(t_.count("sent"));
    const double missing = std::fabs(sent - scheduled);
    if (scheduled <= 0 || missing <= kRateError * scheduled || missing <= kFewestMissing) return;
    // Requests that found every connection busy waited for the service, not for us.
    if (t_.most_in_flight >= t_.most_connections) return;
    invalid("rate_fidelity",
            format("{} of {} requests that were due were sent, although connections were idle: the generator did not "
                   "offer the planned load. Use more threads, or offer less.",
                   show_count(t_.count("sent")), show_count(t_.count("scheduled"))),
            true);
  }

  void ports() {  // G5
    if (t_.no_ports == 0) return;
    invalid("no_ports",
            format("{} connections could not be opened because this machine had no free local port left. Keep "
                   "connections alive, or give more local addresses with --local-ip.",
                   show_count(t_.no_ports)),
            true);
  }

  void descriptors() {  // G6
    if (t_.no_descriptors == 0 && t_.descriptor_share <= kDescriptorShare) return;
    invalid("no_descriptors",
            format("{} of the descriptors this process may open were in use, and {} sockets could not be made for want "
                   "of one. Raise the limit (ulimit -n) or use fewer connections.",
                   percent(t_.descriptor_share), show_count(t_.no_descriptors)),
            true);
  }

  void host() {  // G7
    if (static_cast<double>(t_.stolen_blocks) <= kStolenBlocks * static_cast<double>(t_.blocks)) return;
    fitness_.noisy_host = true;
    warn(
        "noisy_host",
        format("The machine's own host took {} of its time ({} with more than {}): times are longer than the service's "
               "own. A latency that is missed by less than a factor of two is not called a miss.",
               percent(t_.stolen_seconds / t_.block_seconds), blocks(t_.stolen_blocks), percent(kStolenShare)));
  }

  void pauses() {  // G9, the long ones; check_lag has the short ones
    if (t_.block_seconds <= 0 || t_.pause_seconds <= kPausedShare * t_.block_seconds) return;
    if (t_.pause_seconds <= kPausedLong * t_.block_seconds && t_.pause_seconds < kPausedStop) return;
    invalid("generator_paused",
            format("The generator stood still for {} of {} without having anything to wait for: the machine was doing "
                   "something else. Repeat the run on a quieter machine.",
                   seconds_text(t_.pause_seconds), seconds_text(t_.block_seconds)),
            true);
  }

  void memory() {  // G10
    const double faults = t_.all_seconds > 0 ? static_cast<double>(t_.major_faults) / t_.all_seconds : 0;
    if (t_.swap_bytes == 0 && faults <= kMajorFaults) return;
    invalid("generator_swapped",
            format("The generator had {} of its memory swapped out and waited for the disk {} times: free some memory.",
                   show_quantity(static_cast<double>(t_.swap_bytes), Unit::kBytes), show_count(t_.major_faults)),
            true);
  }

  void conservation() {  // G11
    if (!whole_ || !t_.counters.contains("scheduled")) return;
    const auto ended = t_.count("successes") + t_.count("failures") + t_.count("dropped") + t_.count("unfinished");
    if (ended == t_.count("scheduled")) return;
    invalid("counts_do_not_balance",
            format("{} requests were due, but {} are accounted for: a mistake in loadstone itself. Please report it.",
                   show_count(t_.count("scheduled")), show_count(ended)),
            false);
  }

  // Mean number in flight = throughput x mean time in flight. In flight is only known at the ends of blocks, and
  // whether requests that wait for a connection are part of it depends on the load; so only gross disagreement is told.
  void littles_law() {
    const auto* service_time = t_.times("service_time");
    const auto* latency = t_.times("latency");
    constexpr std::uint64_t kFewestBlocks = 20;
    if (t_.blocks < kFewestBlocks || t_.in_flight_sum <= 0 || service_time == nullptr || latency == nullptr) return;
    const auto n = static_cast<double>(t_.blocks);
    const double mean = t_.in_flight_sum / n;
    const double error = std::sqrt(std::max(0.0, t_.in_flight_squares / n - mean * mean) / n);
    const double least = static_cast<double>(service_time->exact().sum_ns) * 1e-9 / seconds_;
    const double most = static_cast<double>(latency->exact().sum_ns) * 1e-9 / seconds_;
    const double slack = 4 * error + 0.1 * mean + 1;
    if (mean >= least / 2 - slack && mean <= 2 * most + slack) return;
    warn(
        "littles_law",
        format("On average {:.1f} requests were in flight, but throughput times latency gives {:.1f} to {:.1f}: one of "
               "these numbers is wrong.",
               mean, least, most));
  }

  void clock() {  // G12
    if (t_.clock_errors == 0) return;
    invalid("clock", format("The clock went backwards or changed its source {} times.", show_count(t_.clock_errors)),
            true);
  }

  const Tally& t_;
  const result::PlannedScenario& plan_;
  double seconds_;
  bool whole_;
  Fitness fitness_;
};

// The smallest upper limit among the targets on latency.
std::optional<double> tightest_limit(std::span<const result::JudgedTarget> targets) {
  std::optional<double> tightest;
  for (const auto& j : targets)
    if (is_latency(j.target) &&
        (j.target.comparison == metric::Comparison::kLess || j.target.comparison == metric::Comparison::kLessOrEqual))
      tightest = std::min(tightest.value_or(j.target.limit), j.target.limit);
  return tightest;
}

}  // namespace

bool Fitness::is_invalid() const {
  return std::any_of(findings.begin(), findings.end(), [](const Finding& f) { return f.invalidates; });
}

Fitness check_fitness(const Tally& tally, const result::PlannedScenario& plan, double measured_seconds, bool whole) {
  return Checks(tally, plan, measured_seconds, whole).run();
}

void check_lag(Fitness& fitness, const Tally& tally, std::span<result::JudgedTarget> targets) {
  const bool disagree = std::any_of(targets.begin(), targets.end(), [](const result::JudgedTarget& j) {
    return is_latency(j.target) && j.verdict == Verdict::kInvalid;
  });
  const auto* lag = tally.times("lag");
  const double lag_p99 = lag == nullptr ? 0 : lag->quantile(0.99);
  const auto tightest = tightest_limit(targets);
  const double most = std::max(kLeastLag, kLagShareOfLimit * tightest.value_or(0));

  // G1. Lag is part of each exchange's stamps, so that a miss without it is the service's own.
  const bool lagged = tightest && lag_p99 > most;
  // G9. A pause also delays the reading of answers, which no stamp shows: misses do not stand, only what is met.
  const bool paused = tally.pause_seconds > kPausedShare * tally.block_seconds;

  bool spoilt_by_lag = disagree, spoilt_by_pause = false;
  for (auto& j : targets) {
    if (!is_latency(j.target) || j.verdict == Verdict::kPass) continue;
    // Who sends as late as that reads as late, and no stamp shows it: a miss by less than the lag may be our own.
    const bool by_lag = lagged && (j.verdict != Verdict::kFail || lag_p99 > j.target.limit);
    const bool by_pause = paused && j.verdict == Verdict::kFail;
    if (by_lag) j.reason = format("the generator's own lag was {} at its p99; {}", seconds_text(lag_p99), j.reason);
    if (by_pause)
      j.reason = format("the generator itself paused for {}; {}", seconds_text(tally.pause_seconds), j.reason);
    if (by_lag || by_pause) j.verdict = Verdict::kInvalid;
    spoilt_by_lag |= by_lag;
    spoilt_by_pause |= by_pause;
  }

  if (lagged || spoilt_by_lag) {
    fitness.limited |= spoilt_by_lag;
    fitness.findings.push_back(
        {"generator_lag", spoilt_by_lag ? Severity::kHigh : Severity::kWarning,
         format("The generator sent requests late by {} at the p99 of its own lag{}. {}", seconds_text(lag_p99),
                lagged ? format(", more than {}", seconds_text(most)) : "",
                spoilt_by_lag ? "It decided at least one target on latency: use more threads, a quieter machine, or "
                                "offer less."
                              : "All targets on latency are decided alike with and without it."),
         spoilt_by_lag});
  }
  const bool already = std::any_of(fitness.findings.begin(), fitness.findings.end(),
                                   [](const Finding& f) { return f.rule == "generator_paused"; });
  if (paused && !already) {
    fitness.limited |= spoilt_by_pause;
    fitness.findings.push_back(
        {"generator_paused", spoilt_by_pause ? Severity::kHigh : Severity::kWarning,
         format("The generator stood still for {} of {} without having anything to wait for. {}",
                seconds_text(tally.pause_seconds), seconds_text(tally.block_seconds),
                spoilt_by_pause ? "A target on latency was missed, maybe for that: repeat the run on a quieter machine."
                                : "That can only make the service look slower than it is."),
         spoilt_by_pause});
  }
}

std::vector<Finding> limits_of_method(const result::PlannedScenario& plan, double measured_seconds) {
  std::vector<Finding> findings;
  if (plan.closed_loop)
    findings.push_back({"closed_loop", Severity::kNote,
                        "closed: not an arrival-rate SLO. Users who wait for an answer before they send the next "
                        "request cannot show the waiting that arrivals at a rate would add; use rate: for that.",
                        false});
  const bool has_quantile = std::any_of(plan.targets.begin(), plan.targets.end(), [](const metric::Target& t) {
    return is_latency(t) && t.metric.statistic == metric::Statistic::kQuantile;
  });
  if (has_quantile && measured_seconds > 0)
    findings.push_back({"rare_stalls", Severity::kNote,
                        format("Stalls rarer than one per {} are not excluded.", seconds_text(measured_seconds / 3)),
                        false});
  return findings;
}

}  // namespace loadstone::analysis

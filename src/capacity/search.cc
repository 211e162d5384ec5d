#include "capacity/search.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "base/format.h"
#include "base/units.h"
#include "stats/trend.h"

namespace loadstone::capacity {
namespace {

using result::Verdict;

constexpr double kKeptUp = 0.97;
constexpr double kGrowth = 0.005;
constexpr std::size_t kFewestBacklogs = 6;
constexpr int kTooMuchInARow = 2;
// Two rates nearer to each other than this are the same.
constexpr double kSameRate = 1.01;

// Nearly all that came was completed; a few may be on their way at the end.
constexpr double kOnTheirWay = 3;
bool kept_up(const Step& s) {
  return s.completed >= kKeptUp * s.arrivals || (s.arrivals - s.completed) * s.seconds <= kOnTheirWay;
}

// Of what its cores would allow: from here on they are the limit, below that something else is; between, who knows.
constexpr double kCpuIsLimit = 0.8, kCpuIsNotLimit = 0.5;

// Held without doubt; too much without doubt. What is undecided is neither: a rate that was not kept up with, but whose
// backlog was seen too seldom to be sure.
bool is_good(const Step& s) { return s.verdict == Verdict::kPass && kept_up(s); }
bool is_bad(const Step& s) { return s.verdict == Verdict::kFail || is_overloaded(s); }

std::string per_second(double rate) { return show_quantity(rate, Unit::kPerSecond); }

std::string load_text(double rate, Unit unit) {
  return unit == Unit::kPerSecond ? per_second(rate) : format("{:.0f} clients", rate);
}

}  // namespace

bool is_overloaded(const Step& step) {
  if (step.backlog.size() < kFewestBacklogs || step.completed >= kKeptUp * step.arrivals) return false;
  std::vector<double> seconds;
  for (std::size_t i = 0; i < step.backlog.size(); ++i) seconds.push_back(static_cast<double>(i) * step.backlog_every);
  return stats::theil_sen(seconds, step.backlog, 0.98).interval.low > kGrowth * step.arrivals;
}

Search::Search(double first, double most, bool whole) : first_(first), most_(most), whole_(whole) {}

std::optional<double> Search::untried(double rate) const {
  if (whole_) rate = std::round(rate);
  const bool tried = std::any_of(steps_.begin(), steps_.end(), [&](const Step& s) { return s.rate == rate; });
  return tried ? std::nullopt : std::optional(rate);
}

std::optional<double> Search::highest_good() const {
  std::optional<double> highest;
  const auto bad = lowest_bad();
  for (const auto& s : steps_)
    if (is_good(s) && (!bad || s.rate < *bad)) highest = std::max(highest.value_or(0), s.rate);
  return highest;
}

std::optional<double> Search::lowest_bad() const {
  // One bad step below good ones is an accident of that step; the bracket is at the lowest of those above the best.
  double best = 0;
  for (const auto& s : steps_)
    if (is_good(s)) best = std::max(best, s.rate);
  std::optional<double> lowest;
  for (const auto& s : steps_)
    if (is_bad(s) && s.rate > best) lowest = std::min(lowest.value_or(s.rate), s.rate);
  return lowest;
}

std::optional<double> Search::next() const {
  if (static_cast<int>(steps_.size()) >= kMostSteps) return std::nullopt;
  if (steps_.empty()) return untried(std::min(most_, first_));
  if (std::any_of(steps_.begin(), steps_.end(), [](const Step& s) { return s.verdict == Verdict::kInvalid; }))
    return std::nullopt;
  if (climbing_) {
    const double rate = whole_ ? std::max(steps_.back().rate + 1, std::round(steps_.back().rate * kFactor))
                               : steps_.back().rate * kFactor;
    return rate <= most_ ? std::optional(rate) : std::nullopt;
  }
  const auto good = highest_good(), bad = lowest_bad();
  if (!good || !bad || bisections_ >= kBisections || *bad / *good < kSameRate) return std::nullopt;
  return untried(std::sqrt(*good * *bad));
}

void Search::add(Step step) {
  if (!climbing_) ++bisections_;
  bad_in_a_row_ = is_bad(step) ? bad_in_a_row_ + 1 : 0;
  steps_.push_back(std::move(step));
  if (bad_in_a_row_ >= kTooMuchInARow) climbing_ = false;
}

Finding conclude(const std::vector<Step>& steps, Unit unit) {
  Finding found;
  std::vector<double> at_capacity;
  const Step* first_bad = nullptr;
  for (const auto& s : steps) {
    if (s.verdict == Verdict::kInvalid) {
      found.generator_was_limit = true;
      if (first_bad == nullptr) found.why = format("{} could not be measured: {}", load_text(s.rate, unit), s.reason);
      continue;
    }
    const bool too_much = is_overloaded(s);
    if (too_much)
      at_capacity.push_back(s.completed);
    else
      found.knee = std::max(found.knee.value_or(0), s.rate);
    if (is_good(s)) found.sustainable = std::max(found.sustainable.value_or(0), s.rate);
  }
  for (const auto& s : steps)
    if (is_bad(s) && s.rate > found.sustainable.value_or(0) && (first_bad == nullptr || s.rate < first_bad->rate))
      first_bad = &s;
  if (first_bad != nullptr)
    found.why = is_overloaded(*first_bad) ? format("at {} the service completed {} and requests piled up",
                                                   per_second(first_bad->rate), per_second(first_bad->completed))
                                          : format("at {}: {}", load_text(first_bad->rate, unit), first_bad->reason);
  else if (found.why.empty() && found.sustainable)
    found.why = "nothing that was tried was too much";
  else if (found.why.empty())
    found.why = steps.empty() ? "nothing was measured"
                              : format("at {}: {}", load_text(steps.front().rate, unit), steps.front().reason);
  found.by_cpu = unit == Unit::kPerSecond ? cpu_capacity(steps) : std::nullopt;
  found.undecided = !found.sustainable && first_bad == nullptr && !found.generator_was_limit && !steps.empty();
  if (!at_capacity.empty()) found.capacity = stats::median(at_capacity);
  // A knee above a rate that was too much is none.
  if (found.knee && found.capacity) {
    double lowest = std::numeric_limits<double>::infinity();
    for (const auto& s : steps)
      if (is_overloaded(s)) lowest = std::min(lowest, s.rate);
    found.knee.reset();
    for (const auto& s : steps)
      if (!is_overloaded(s) && s.verdict != Verdict::kInvalid && s.rate < lowest)
        found.knee = std::max(found.knee.value_or(0), s.rate);
  }
  return found;
}

std::optional<double> cpu_capacity(const std::vector<Step>& steps) {
  const Step* most = nullptr;
  for (const auto& s : steps)
    if (s.verdict != Verdict::kInvalid && s.cores_used > 0 && (most == nullptr || s.completed > most->completed))
      most = &s;
  if (most == nullptr || most->cores_left <= 0) return std::nullopt;
  return most->completed * most->cores_left / most->cores_used;
}

std::string cpu_in_words(const Finding& f) {
  const double held = std::max(f.knee.value_or(0), f.capacity.value_or(0));
  if (!f.by_cpu || held <= 0) return {};
  const double share = held / *f.by_cpu;
  const auto text = format("its processors would allow {}, of which it reached {:.0f} %", per_second(*f.by_cpu),
                           100 * std::min(1.0, share));
  // Only what was too much says what the limit is.
  if (!f.capacity) return text;
  if (share >= kCpuIsLimit) return text + ": they are what limits it";
  return text + (share < kCpuIsNotLimit ? ": something else limits it" : "");
}

std::optional<Scaling> scaling_of(const std::vector<stats::ThroughputAt>& steps, std::uint64_t seed) {
  std::set<double> different;
  for (const auto& s : steps) different.insert(s.concurrency);
  if (different.size() < 4) return std::nullopt;
  Scaling scaling;
  scaling.fit = stats::fit_scalability(steps, seed);
  scaling.verdict = stats::judge_scalability(steps, scaling.fit);
  const auto& fit = scaling.fit;
  const auto contention = [&] {
    return format("contention {:.1f} % ({:.1f} to {:.1f} %)", 100 * fit.alpha, 100 * fit.alpha_range.low,
                  100 * fit.alpha_range.high);
  };
  switch (scaling.verdict.identified) {
    case stats::Identified::kNothing:
      scaling.text =
          format("not identifiable: {} steps, at least {} are needed", different.size(), stats::kFewestSteps);
      break;
    case stats::Identified::kContention:
      if (scaling.verdict.has_contention)
        scaling.text = format("{}: never more than {}; coherency not identifiable, throughput did not turn",
                              contention(), per_second(fit.gamma / fit.alpha));
      else
        scaling.text = "linear as far as it was measured; coherency not identifiable, throughput did not turn";
      break;
    case stats::Identified::kCoherency:
      scaling.text = format("{}, coherency {:.2g} ({:.2g} to {:.2g}): most throughput, {}, at {:.0f} at once",
                            fit.has_alpha ? contention() : std::string("no contention"), fit.beta, fit.beta_range.low,
                            fit.beta_range.high, per_second(fit.at(*fit.peak())), *fit.peak());
      break;
  }
  return scaling;
}

}  // namespace loadstone::capacity

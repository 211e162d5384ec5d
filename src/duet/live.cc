#include "duet/live.h"

#include <algorithm>
#include <cmath>

#include "base/clock.h"
#include "base/format.h"
#include "base/random.h"
#include "stats/repetitions.h"
#include "stats/sequential.h"

namespace loadstone::duet {
namespace {

using compare::Design;
using compare::ScenarioChange;
using compare::Verdict;

// So many starts in a row that could not be measured, or so large a share of all, and nothing can be.
constexpr int kFailuresInARow = 3;

constexpr std::uint64_t kOrderStream = 11, kArrivalStream = 12, kShiftStream = 13;

bool is_decided(const ScenarioChange& change) { return change.verdict != Verdict::kInconclusive; }

class Starts {
 public:
  Starts(const BuildSpec& a, const BuildSpec& b, const LiveOptions& options) : a_(a), b_(b), options_(options) {}

  // Both anew, in an order that changes from start to start.
  Status start(std::size_t number) {
    one_.reset();
    two_.reset();
    const auto folder = options_.log_folder.empty() ? std::string() : options_.log_folder + "/";
    const auto give_up = [this] { return options_.trial.should_stop && options_.trial.should_stop(); };
    for (const bool is_b : {number % 2 == 1, number % 2 == 0}) {
      auto build = Build::start(is_b ? b_ : a_, folder + (is_b ? "b.log" : "a.log"), give_up);
      if (!build) return fail(build.error().within(is_b ? "B" : "A"));
      (is_b ? two_ : one_).emplace(std::move(*build));
    }
    return {};
  }
  Build& a() { return *one_; }
  Build& b() { return *two_; }

 private:
  const BuildSpec& a_;
  const BuildSpec& b_;
  const LiveOptions& options_;
  std::optional<Build> one_, two_;
};

}  // namespace

std::vector<std::size_t> looks_up_to(std::size_t most) {
  std::vector<std::size_t> looks;
  for (const auto look : stats::kLooks)
    if (look < most) looks.push_back(look);
  looks.push_back(most);
  return looks;
}

ScenarioChange judge_record(const std::string& name, std::span<const MeasuredPair> pairs, const LiveOptions& options) {
  ScenarioChange change;
  change.name = name;
  change.design = options.design;
  change.level = stats::kLookLevel;
  std::size_t judged = 0;
  for (const auto look : looks_up_to(options.most_pairs)) {
    if (look > pairs.size()) break;
    judged = look;
    std::vector<compare::Pair> plain;
    for (const auto& p : pairs.first(look)) plain.push_back(p.pair);
    change.metrics = compare::judge_pairs(plain, stats::kLookLevel, options.margins);
    change.verdict = compare::verdict_of(change.metrics);
    if (is_decided(change)) break;
  }
  if (judged == 0 && !pairs.empty()) {
    std::vector<compare::Pair> plain;
    for (const auto& p : pairs) plain.push_back(p.pair);
    change.metrics = compare::judge_pairs(plain, stats::kLookLevel, options.margins);
    for (auto& m : change.metrics) m.verdict = Verdict::kInconclusive;
    change.verdict = Verdict::kInconclusive;
    change.notes.push_back(format("{} pairs were measured; the first look is at {}", pairs.size(),
                                  looks_up_to(options.most_pairs).front()));
  }
  if (change.verdict == Verdict::kRegressed || change.verdict == Verdict::kImproved) {
    std::vector<stats::PairOfTimes> times;
    for (const auto& p : pairs.first(judged)) times.push_back(p.times);
    change.shift = stats::shift_function(times, Random(options.trial.seed).stream(kShiftStream).next());
  }
  return change;
}

std::string plan_of(const ScenarioChange& change, std::span<const MeasuredPair> pairs, double start_cost) {
  const compare::MetricChange* widest = nullptr;
  const auto width = [](const compare::MetricChange& m) { return m.interval.high - m.interval.low; };
  for (const auto& m : change.metrics) {
    const auto* known = compare::compared_metric(m.metric);
    if (!m.gates || m.verdict != Verdict::kInconclusive || known == nullptr || known->is_share) continue;
    if (widest == nullptr || width(m) > width(*widest)) widest = &m;
  }
  if (widest == nullptr || start_cost <= 0) return {};
  std::vector<std::vector<double>> starts;
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    if (i % kPairsPerStart == 0) starts.emplace_back();
    if (const auto found = pairs[i].pair.log_ratio.find(widest->metric); found != pairs[i].pair.log_ratio.end())
      starts.back().push_back(found->second);
  }
  const auto plan = stats::plan_repetitions(starts, start_cost);
  if (!plan) return {};
  const auto text = format("{}: pairs of one start differ by {:.1f} %, starts by {:.1f} %", widest->metric,
                           100 * std::sqrt(plan->within), 100 * std::sqrt(std::max(0.0, plan->between)));
  if (!plan->best) return text + ": starting the builds anew changes nothing";
  if (*plan->best == kPairsPerStart) return text;
  return text + format(": {} pair{} a start instead of {} would tell most in the same time", *plan->best,
                       *plan->best == 1 ? "" : "s", kPairsPerStart);
}

Result<ScenarioChange> compare_live(const BuildSpec& a, const BuildSpec& b, const scenario::Scenario& load,
                                    Record& record, const LiveOptions& options) {
  const Random seed(options.trial.seed);
  Starts starts(a, b, options);
  std::string last_problem;
  std::size_t failures = 0;
  int in_a_row = 0;
  Nanoseconds starting{0}, measuring{0};
  std::size_t started = 0, measured = 0;
  ScenarioChange change = judge_record(load.name, record.pairs(), options);
  const auto looks = looks_up_to(options.most_pairs);
  while (!is_decided(change) && record.pairs().size() < options.most_pairs) {
    const std::size_t have = record.pairs().size();
    const auto next_look = *std::upper_bound(looks.begin(), looks.end(), have);
    const std::size_t count = std::min(kPairsPerStart, next_look - have);
    const Instant before = SteadyClock::read();
    if (const auto status = starts.start(have / kPairsPerStart); !status) return fail(status.error());
    const Instant ready = SteadyClock::read();
    TrialOptions trial = options.trial;
    // By place in the record, so that going on after a stop draws the same.
    Random arrivals = seed.stream(kArrivalStream + 1000 * (have + 1));
    trial.seed = arrivals.next();
    Result<std::vector<MeasuredPair>> made = std::vector<MeasuredPair>();
    if (options.design == Design::kDuetSwap) {
      made = run_together(starts.a(), starts.b(), load, count, trial);
    } else {
      for (std::size_t i = 0; i < count && made; ++i) {
        Random order = seed.stream(kOrderStream + 1000 * (have + i + 1));
        auto pair = run_in_turns(starts.a(), starts.b(), load, order.below(2) == 1, options.trial_length, trial);
        if (pair)
          made->push_back(std::move(*pair));
        else
          made = fail(pair.error());
        trial.seed = arrivals.next();
      }
    }
    if (options.trial.should_stop && options.trial.should_stop()) break;
    if (!made) {
      // A build that does not run is an error of the user's; a generator that could not keep up may be luck.
      if (made.error().code != ErrorCode::kInvalid) return fail(made.error());
      last_problem = made.error().message;
      ++failures;
      if (++in_a_row < kFailuresInARow) continue;
      change.verdict = Verdict::kInvalid;
      change.notes = {format("{} starts in a row could not be measured: {}", in_a_row, last_problem)};
      return change;
    }
    in_a_row = 0;
    starting += ready - before;
    measuring += SteadyClock::read() - ready;
    ++started;
    measured += made->size();
    for (const auto& pair : *made)
      if (const auto status = record.append(pair); !status) return fail(status.error());
    change = judge_record(load.name, record.pairs(), options);
    if (options.progress) options.progress(record.pairs().size(), change);
  }
  if (measured > 0)
    if (auto plan = plan_of(change, record.pairs(),
                            to_seconds(starting) / static_cast<double>(started) /
                                (to_seconds(measuring) / static_cast<double>(measured)));
        !plan.empty())
      change.notes.push_back(std::move(plan));
  if (failures > 0) change.notes.push_back(format("{} starts are left out: {}", failures, last_problem));
  return change;
}

}  // namespace loadstone::duet

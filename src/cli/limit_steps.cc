#include "cli/limit_steps.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <thread>

#include "analysis/judge.h"
#include "base/format.h"
#include "cli/interrupt.h"
#include "cli/reactor_kind.h"
#include "engine/run.h"
#include "report/report.h"
#include "report/words.h"
#include "result/journal.h"

namespace loadstone::cli {
namespace {

constexpr int kRepeats = 2;  // of a step in which the generator was the limit
// The backlog is looked at every second, or ten times in a shorter step, once its beginning is over.
constexpr double kBacklogEvery = 1, kBacklogFrom = 2;

std::vector<std::string> steps_of(const scenario::Scenario& load) {
  std::vector<std::string> names;
  if (const auto* http = std::get_if<scenario::HttpLoad>(&load.kind)) {
    for (const auto& request : http->requests) names.push_back(request.name);
  } else {
    for (const auto& publish : std::get<scenario::AudienceLoad>(load.kind).publish)
      if (std::holds_alternative<scenario::PublishRequest>(publish.by)) names.push_back(publish.name);
  }
  return names;
}

// What was due and has not ended, at instants `every` apart.
struct Backlog {
  double every, from;
  std::vector<double> seen;

  explicit Backlog(double step) : every(std::min(kBacklogEvery, step / 10)), from(std::min(kBacklogFrom, step / 5)) {}
  void add(const result::Block& block) {
    if (!block.measured) return;
    const double start = to_seconds(block.start), end = to_seconds(block.start + block.length);
    const auto passed = [&](double at) { return std::floor(at / every + 1e-6); };
    if (passed(end) > passed(start) && end > from) seen.push_back(static_cast<double>(block.in_flight + block.waiting));
  }
};

// How busy the service's processors were while it was measured.
struct Processors {
  double used = 0, allowed = 0, generator = 0, seconds = 0;  // of these, all but `allowed` added up

  void add(const result::Block& block) {
    if (!block.measured || block.service.is_empty()) return;
    used += block.service.cpu_seconds;
    allowed = block.service.cores;
    generator += block.generator.cpu_seconds;
    seconds += block.service.seconds;
  }
  void tell(capacity::Step& step, bool is_here) const {
    if (seconds <= 0) return;
    step.cores_used = used / seconds;
    step.cores_left = allowed;
    if (!is_here) return;
    // On the same machine the generator's share is not to be had.
    const auto all = static_cast<double>(std::thread::hardware_concurrency());
    step.cores_left = std::min(allowed, all - generator / seconds);
  }
};

double metric_of(const result::ScenarioResult& scenario, const std::string& name) {
  const auto found = scenario.metrics.find(name);
  return found == scenario.metrics.end() ? 0.0 : found->second;
}

capacity::Step step_of(const result::ScenarioResult& scenario, const Backlog& backlog, double rate) {
  capacity::Step step;
  step.rate = rate;
  step.arrivals = metric_of(scenario, "offered_rate");
  step.completed = metric_of(scenario, "rate");
  step.backlog = backlog.seen;
  step.backlog_every = backlog.every;
  step.seconds = scenario.measured_seconds;
  step.concurrency = metric_of(scenario, "rate") * metric_of(scenario, "service_time.mean");
  step.verdict = scenario.verdict;
  step.reason = scenario.problem;
  for (const auto& t : scenario.targets)
    if (step.reason.empty() && t.verdict == scenario.verdict && t.verdict != result::Verdict::kPass)
      step.reason = t.target.expression + (t.reason.empty() ? "" : ": " + t.reason);
  for (const auto& f : scenario.findings)
    if (step.reason.empty() && f.invalidates) step.reason = f.evidence;
  return step;
}

}  // namespace

std::optional<capacity::StepTimes> times_of(const result::ScenarioResult& scenario) {
  const std::string family = report::headline(scenario).family;
  if (!scenario.metrics.contains(family + ".p50")) return std::nullopt;
  return capacity::StepTimes{family, metric_of(scenario, family + ".p50"), metric_of(scenario, family + ".p95"),
                             metric_of(scenario, family + ".p99")};
}

LimitSteps::LimitSteps(const LimitOrder& order, std::filesystem::path folder, const result::Run& about,
                       ServiceWatch& watch)
    : order_(order), folder_(std::move(folder)), about_(about), watch_(watch) {}

Result<LimitSteps::Measured> LimitSteps::run_until_valid(const std::string& name, const scenario::Scenario& load,
                                                         double rate) {
  auto m = run(name, load, rate);
  for (int again = 0; again < kRepeats && m && m->step().verdict == result::Verdict::kInvalid &&
                      m->result.problem.empty() && Interrupt::signal() == 0;
       ++again)
    m = run(name, load, rate);
  return m;
}

Result<LimitSteps::Measured> LimitSteps::run(const std::string& name, const scenario::Scenario& load, double rate) {
  engine::RunOptions engine_options;
  engine_options.shards = order_.options.threads.value_or(0);
  engine_options.reactor = reactor_kind(order_.options.reactor);
  engine_options.seed = about_.seed + ++count_;
  result::Run run = about_;
  run.suite = "limit";
  run.seed = engine_options.seed;
  run.shards = engine::shards_for(load, engine_options.shards);
  run.started_at = std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
  result::PlannedScenario plan;
  plan.name = name;
  plan.kind = scenario::kind_name(load);
  plan.plan = scenario::describe_load(load);
  plan.closed_loop = rate <= 0;
  plan.offered_per_second = order_.is_of_clients() ? 0 : rate;
  plan.planned_seconds = to_seconds(scenario::planned_duration(load).value_or(0s));
  plan.steps = steps_of(load);
  plan.targets = load.targets;
  run.scenarios = {plan};

  auto journal = result::JournalWriter::create(folder_ / name, run);
  if (!journal) return fail(journal.error());
  Backlog backlog(plan.planned_seconds);
  Processors processors;
  Status written;
  engine::Observer observer;
  observer.block = [&](result::Block&& block) {
    watch_.fill(block);
    backlog.add(block);
    processors.add(block);
    written = journal->append(std::span(&block, 1));
    return written.has_value();
  };
  observer.should_stop = [] { return Interrupt::signal() != 0; };
  watch_.begin();
  auto end = engine::run_scenario(load, 0, engine_options, observer);
  watch_.tell(load, end);
  if (written) written = journal->append(end);
  if (written) written = journal->finish(Interrupt::signal() != 0);
  if (!written) return fail(written.error());
  auto judged = analysis::judge(journal->file());
  if (!judged) return fail(judged.error());
  if (!order_.options.out.empty())
    if (const auto status = report::write_files({*judged, journal->file(), ""}, folder_ / name); !status)
      return fail(status.error());
  Measured measured{std::move(judged->scenarios.front()), {}};
  measured.kept = {step_of(measured.result, backlog, rate), name, times_of(measured.result)};
  processors.tell(measured.kept.step, watch_.pid() != 0);
  return measured;
}

}  // namespace loadstone::cli

#include "cli/execute.h"

#include <sys/resource.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <random>

#include "analysis/judge.h"
#include "base/format.h"
#include "cli/baseline.h"
#include "cli/canary.h"
#include "cli/command.h"
#include "cli/interrupt.h"
#include "cli/machine.h"
#include "cli/onlookers.h"
#include "cli/profile_trial.h"
#include "cli/reactor_kind.h"
#include "cli/service_watch.h"
#include "cli/temporary_folder.h"
#include "cli/text_style.h"
#include "engine/run.h"
#include "report/report.h"
#include "result/journal.h"
#include "service/running_service.h"

namespace loadstone::cli {
namespace {

constexpr std::string_view kCanaryLog = "canary.log";
constexpr std::string_view kServiceLog = "service.log";

// A connection is a descriptor: take as many as the system lets us have.
void raise_descriptor_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

double mean_rate(const scenario::OpenLoad& load) {
  double arrivals = 0;
  double seconds = 0;
  for (const auto& stage : load.stages) {
    arrivals += (stage.from + stage.to) / 2 * to_seconds(stage.duration);
    seconds += to_seconds(stage.duration);
  }
  // Only a number of requests ends it: there is one stage, of a constant rate.
  return seconds > 0 ? arrivals / seconds : load.stages.front().from;
}

// How the load changes over the measured time, for those who judge what ought to stay the same.
void describe_stages(const scenario::HttpLoad& load, result::PlannedScenario& plan) {
  if (const auto* open = std::get_if<scenario::OpenLoad>(&load.load)) {
    for (const auto& stage : open->stages) {
      plan.stage_seconds.push_back(to_seconds(stage.duration));
      plan.varies |= stage.from != stage.to || stage.from != open->stages.front().from;
    }
  } else {
    const auto& closed = std::get<scenario::ClosedLoad>(load.load);
    for (const auto& stage : closed.stages) {
      plan.stage_seconds.push_back(to_seconds(stage.duration));
      plan.varies |= stage.users != closed.stages.front().users;
    }
  }
  if (plan.stage_seconds.size() == 1) plan.stage_seconds.clear();
}

void plan_load(const scenario::HttpLoad& load, result::PlannedScenario& plan) {
  plan.closed_loop = std::holds_alternative<scenario::ClosedLoad>(load.load);
  // How many requests a journey will be is not known before.
  const auto* open = std::get_if<scenario::OpenLoad>(&load.load);
  if (open != nullptr && !load.script) plan.offered_per_second = mean_rate(*open);
  describe_stages(load, plan);
  for (const auto& request : load.requests) plan.steps.push_back(request.name);
}

void plan_load(const scenario::AudienceLoad& load, result::PlannedScenario& plan) {
  plan.closed_loop = load.echo && !load.echo->rate;
  if (load.echo) plan.offered_per_second = load.echo->rate.value_or(0);
  for (const auto& publish : load.publish) {
    plan.offered_per_second += publish.rate;
    if (std::holds_alternative<scenario::PublishRequest>(publish.by)) plan.steps.push_back(publish.name);
  }
}

result::PlannedScenario planned(const scenario::Scenario& scenario, int shards) {
  result::PlannedScenario plan;
  plan.name = scenario.name;
  plan.kind = scenario::kind_name(scenario);
  plan.plan =
      format("{}, {}", scenario::describe_load(scenario), shards == 1 ? "1 thread" : format("{} threads", shards));
  if (const auto duration = scenario::planned_duration(scenario)) plan.planned_seconds = to_seconds(*duration);
  std::visit([&](const auto& load) { plan_load(load, plan); }, scenario.kind);
  plan.targets = scenario.targets;
  return plan;
}

result::Run describe(const scenario::Suite& suite, const RunOptions& options,
                     const engine::RunOptions& engine_options) {
  result::Run run;
  run.suite = suite.name;
  run.suite_file = suite.file;
  run.command = options.command_line;
  for (const auto& scenario : suite.scenarios) run.command = scenario.secrets.hide(run.command);
  run.version = version();
  run.reactor = net::reactor_name(engine_options.reactor);
  run.seed = engine_options.seed;
  run.started_at = std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
  run.environment = machine();
  for (const auto& scenario : suite.scenarios) {
    const int shards = engine::shards_for(scenario, engine_options.shards);
    run.shards = std::max(run.shards, shards);
    run.scenarios.push_back(planned(scenario, shards));
  }
  return run;
}

void print_plan(Console& console, const scenario::Suite& suite, const result::Run& run) {
  std::size_t widest = 0;
  for (const auto& s : run.scenarios) widest = std::max(widest, s.name.size());
  console.err << format("{}: {} to {}, {}, seed {}\n", suite.name,
                        run.scenarios.size() == 1 ? "1 scenario" : format("{} scenarios", run.scenarios.size()),
                        suite.scenarios.front().endpoint.url.authority(), run.reactor, run.seed);
  for (const auto& s : run.scenarios) console.err << format("  {:<{}}  {}\n", s.name, widest, s.plan);
  console.err << std::flush;
}

// Runs the scenarios of a suite and writes the journal; what was measured is on disk at most a second later.
class Session {
 public:
  Session(const scenario::Suite& suite, const RunOptions& options, engine::RunOptions engine_options,
          result::JournalWriter& journal, ServiceWatch& watch, Onlookers& onlookers)
      : suite_(suite),
        options_(options),
        engine_options_(engine_options),
        journal_(journal),
        watch_(watch),
        onlookers_(onlookers) {}

  void run_all(std::optional<service::RunningService>& service) {
    for (std::size_t i = 0; i < suite_.scenarios.size() && Interrupt::signal() == 0 && problem_.empty(); ++i) {
      if (!run_one(i, service)) break;
      if (options_.fail_fast && !passed_so_far()) break;
    }
    onlookers_.finish();
  }
  // Why the journal could not be written to, if it could not.
  [[nodiscard]] const std::string& problem() const { return problem_; }

 private:
  bool run_one(std::size_t index, std::optional<service::RunningService>& service) {
    const auto& scenario = suite_.scenarios[index];
    onlookers_.begin(index);
    std::vector<result::Block> waiting;
    Instant written = SteadyClock::read();
    std::string died;
    const auto write = [&] {
      if (const auto status = journal_.append(waiting); !status && problem_.empty()) problem_ = status.error().message;
      waiting.clear();
      written = SteadyClock::read();
      return problem_.empty();
    };
    engine::Observer observer;
    observer.block = [&](result::Block&& block) {
      watch_.fill(block);
      onlookers_.add(block);
      waiting.push_back(std::move(block));
      return SteadyClock::read() - written < 900ms || write();
    };
    observer.should_stop = [&] {
      onlookers_.tick();
      if (service && died.empty())
        if (const auto why = service->died()) died = *why;
      return Interrupt::signal() != 0 || !died.empty();
    };
    watch_.begin();
    result::ScenarioEnd end = engine::run_scenario(scenario, index, engine_options_, observer);
    if (!died.empty()) end.problem = format("the service ended during the scenario: {}", died);
    write();
    watch_.tell(scenario, end);
    if (const auto status = journal_.append(end); !status && problem_.empty()) problem_ = status.error().message;
    onlookers_.end(end);
    if (scenario.profile && died.empty() && Interrupt::signal() == 0 && problem_.empty()) profile(index, end);
    return died.empty();
  }

  // Runs the load again, unmeasured, with a profile; tells of it in another end of the scenario, which replaces the
  // first.
  void profile(std::size_t index, result::ScenarioEnd& end) {
    onlookers_.say(format("{}: once more, with a profile", suite_.scenarios[index].name));
    const TrialPlace place{index + suite_.scenarios.size(), options_.out, watch_.pid()};
    ProfileTrial trial = run_profile_trial(suite_.scenarios[index], engine_options_, place);
    end.profile = std::move(trial.profile);
    for (auto& note : trial.notes) end.notes.push_back(std::move(note));
    if (const auto status = journal_.append(end); !status && problem_.empty()) problem_ = status.error().message;
  }

  [[nodiscard]] bool passed_so_far() const {
    const auto judged = analysis::judge(journal_.file());
    if (!judged) return true;
    for (const auto& s : judged->scenarios)
      if (s.measured_seconds > 0 && s.verdict != result::Verdict::kPass) return false;
    return true;
  }

  const scenario::Suite& suite_;
  const RunOptions& options_;
  engine::RunOptions engine_options_;
  result::JournalWriter& journal_;
  ServiceWatch& watch_;
  Onlookers& onlookers_;
  std::string problem_;
};

int say(Console& console, std::string_view problem, int code) {
  console.err << "loadstone: " << problem << "\n" << std::flush;
  return code;
}

int report(Console& console, const result::RunResult& result, const TemporaryFolder& folder,
           const RunOptions& options) {
  const report::Source source{result, folder.path() / result::kJournalFile,
                              folder.is_kept() ? folder.path().string() : ""};
  int problem = 0;
  if (folder.is_kept())
    if (const auto status = report::write_files(source, folder.path()); !status)
      problem = say(console, format("the results could not be written: {}", status.error().message), kExitInvalid);
  const report::Style style = text_style(console);
  const std::vector<std::string> wanted = options.formats.empty() ? std::vector<std::string>{"text"} : options.formats;
  for (const std::string& name : wanted) {
    const report::Format* format = report::find_format(name);
    if (format == nullptr) continue;  // the flags have refused names that do not exist
    if (const auto status = format->render(source, style, console.out); !status)
      problem = say(console, status.error().message, kExitInvalid);
  }
  console.out << std::flush;
  analysis::ExitPolicy policy;
  policy.on_miss = options.exit_code_on_miss;
  if (options.on_inconclusive == OnInconclusive::kPass) policy.on_inconclusive = result::Verdict::kPass;
  if (options.on_inconclusive == OnInconclusive::kFail) policy.on_inconclusive = result::Verdict::kFail;
  policy.signal = Interrupt::signal();
  int code = analysis::exit_code(result, policy);
  if (!is_interrupted(code)) code = worse_exit_code(code, judge_against_baseline(console, result, options));
  return problem != 0 && code == kExitMet ? problem : code;
}

}  // namespace

int execute(Console& console, const scenario::Suite& suite, const RunOptions& options) {
  Interrupt::watch();
  raise_descriptor_limit();
  engine::RunOptions engine_options;
  engine_options.shards = options.threads.value_or(0);
  engine_options.reactor = reactor_kind(options.reactor);
  engine_options.seed = options.seed ? *options.seed : std::random_device{}() & 0x7fffffffU;

  auto folder = TemporaryFolder::make(options.out);
  if (!folder) return say(console, folder.error().message, kExitUsage);
  result::Run run = describe(suite, options, engine_options);
  print_plan(console, suite, run);

  if (options.canary) {
    auto heard = hear_canary(engine_options, (folder->path() / kCanaryLog).string());
    if (Interrupt::signal() != 0) return 128 + Interrupt::signal();
    if (!heard) return say(console, format("--canary: {}", heard.error().message), kExitInvalid);
    run.environment.merge(*heard);
  }
  std::optional<service::RunningService> service;
  if (suite.service) {
    console.err << format("starting the service: {}\n", suite.service->command.front()) << std::flush;
    auto started = service::RunningService::start(*suite.service, (folder->path() / kServiceLog).string(),
                                                  [] { return Interrupt::signal() != 0; });
    if (!started) {
      if (Interrupt::signal() != 0) return 128 + Interrupt::signal();
      return say(console, started.error().message, kExitInvalid);
    }
    service.emplace(std::move(*started));
  }
  ServiceWatch watch(suite, service ? service->pid() : 0, options);
  if (options.watch && (options.probe || suite.probe) && watch.description().empty())
    return say(console, watch.why_not() + "; nothing was sent", kExitInvalid);
  if (!watch.description().empty()) run.environment["service"] = watch.description();
  auto journal = result::JournalWriter::create(folder->path(), run);
  if (!journal) return say(console, journal.error().message, kExitInvalid);

  Onlookers onlookers(console, run, journal->file());
  if (options.live)
    if (const auto status = onlookers.open_page(*options.live); !status)
      return say(console, format("--live: {}", status.error().message), kExitUsage);
  Session session(suite, options, engine_options, *journal, watch, onlookers);
  session.run_all(service);
  if (service)
    if (const auto status = service->stop(); !status) say(console, status.error().message, 0);
  if (session.problem().empty()) {
    if (const auto status = journal->finish(Interrupt::signal() != 0); !status) say(console, status.error().message, 0);
  } else {
    say(console, format("the run was stopped: what is measured cannot be kept: {}", session.problem()), 0);
  }
  const auto result = analysis::judge(journal->file());
  if (!result) return say(console, result.error().message, kExitInvalid);
  onlookers.over(*result);
  return report(console, *result, *folder, options);
}

}  // namespace loadstone::cli

#include "cli/diagnose.h"

#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <random>
#include <thread>

#include "analysis/diagnosis.h"
#include "base/format.h"
#include "base/units.h"
#include "cli/diagnose_costs.h"
#include "cli/diagnose_steps.h"
#include "cli/exit_code.h"
#include "cli/flags.h"
#include "cli/http_order.h"
#include "cli/interrupt.h"
#include "cli/profile_trial.h"
#include "cli/run_flags.h"
#include "cli/service_watch.h"
#include "cli/suite_flags.h"
#include "engine/run.h"
#include "report/diagnosis.h"
#include "result/document.h"
#include "service/running_service.h"

namespace loadstone::cli {
namespace {

using analysis::Features;

constexpr int kMost = 64;  // clients of the last step
constexpr Nanoseconds kStep = 3s;
constexpr auto kQuiet = 1s;

struct Typed {
  std::vector<std::string> what;
  std::optional<std::string> length, most, out;
  bool no_profile = false, no_costs = false;
};

Result<int> parse_most(std::string_view text) {
  const auto count = parse_count(text);
  if (!count) return fail(count.error());
  if (*count < 2 || *count > 10'000 || *count != std::floor(*count))
    return fail(ErrorCode::kInvalid, "expected a whole number from 2 to 10000");
  return static_cast<int>(*count);
}

void print_step(Console& console, const Features& f) {
  console.err << format("{:>7}  {:>10}  {:>9}  {:>9}  {:>5.2f} of {:.3g} cores  {:>9} a request\n", f.load.clients,
                        show_quantity(f.rate, Unit::kPerSecond), show_quantity(f.load.p50, Unit::kSeconds),
                        show_quantity(f.load.p99, Unit::kSeconds), f.cpu, f.cores,
                        show_quantity(f.cpu_per_request, Unit::kSeconds))
              << std::flush;
}

// The suite of a URL, or the one in a file.
std::optional<scenario::Suite> suite_of(Console& console, const std::string& what) {
  std::error_code ignored;
  if (std::filesystem::is_regular_file(what, ignored)) {
    auto suites = load_suites(console, {what}, {});
    if (!suites) return std::nullopt;
    return std::move(suites->front());
  }
  const std::string arguments[] = {what};
  auto order = parse_http(arguments);
  if (!order) {
    static_cast<void>(answer(console, order.error()));
    return std::nullopt;
  }
  return std::move(order->suite);
}

// What the service does without any load of ours is no sign of anything.
result::ServiceSample when_quiet(ServiceWatch& watch) {
  result::Block nothing;
  watch.begin();
  std::this_thread::sleep_for(kQuiet);
  watch.fill(nothing);
  return nothing.service;
}

// What each request costs; nothing when there is only one. `runs` counts the runs.
report::Costs look_at_requests(Console& console, const SuiteLooks& looks, ServiceWatch& watch,
                               const result::ServiceSample& quiet, const engine::RunOptions& options,
                               std::size_t& runs) {
  if (looks.looks.empty()) return {};
  console.err << format("first each of {} requests alone, for {}\n", looks.names.size(),
                        show_duration(planned_length(looks)))
              << std::flush;
  return run_looks(looks, watch, quiet, options, runs);
}

// Of a step that could not be run, or was interrupted, the problem.
Result<Features> run_step(const scenario::Scenario& scenario, int clients, std::size_t index, ServiceWatch& watch,
                          const result::ServiceSample& quiet, const engine::RunOptions& options) {
  StepSum step;
  engine::Observer observer;
  observer.block = [&](result::Block&& block) {
    watch.fill(block);
    step.add(block);
    return true;
  };
  observer.should_stop = [] { return Interrupt::signal() != 0; };
  watch.begin();
  const auto end = engine::run_scenario(scenario, index, options, observer);
  if (!end.problem.empty()) return fail(ErrorCode::kUnavailable, end.problem);
  return step.features(clients, quiet);
}

}  // namespace

int diagnose(Console& console, Arguments arguments) {
  Flags flags(
      "diagnose", "URL|SUITE [FLAGS]",
      "Raises the load in steps of four times as many clients, watches the service on this machine, and says what "
      "limits it. Of a suite the first HTTP scenario's requests are sent, after what each request of all of them costs "
      "was looked at.");
  Typed typed;
  flags.positionals(typed.what, "URL|SUITE", "What to send");
  flags.value(typed.length, "-d,--duration", "TIME", "How long a step lasts (3s)");
  flags.value(typed.most, "--most", "N", "Clients of the last step (64)");
  flags.value(typed.out, "-o,--out", "DIR", "Folder for diagnosis.json and the profile");
  flags.flag(typed.no_costs, "--no-costs", "Do not look at each request of a suite alone");
  flags.flag(typed.no_profile, "--no-profile", "Do not take a profile at the end");
  Usage usage = flags.parse(arguments);
  const auto length = read_flag(typed.length, "--duration", parse_duration, usage).value_or(kStep);
  const int most = read_flag(typed.most, "--most", parse_most, usage).value_or(kMost);
  if (usage.help.empty() && typed.what.size() != 1) usage.mistakes.emplace_back("expected one URL or SUITE");
  if (!usage.help.empty() || !usage.mistakes.empty()) return answer(console, usage);
  const auto say = [&](std::string_view problem, int code) {
    console.err << "loadstone: " << problem << "\n";
    return code;
  };
  const auto suite = suite_of(console, typed.what.front());
  if (!suite) return kExitUsage;
  const auto scenario = std::find_if(suite->scenarios.begin(), suite->scenarios.end(), [](const scenario::Scenario& s) {
    return std::holds_alternative<scenario::HttpLoad>(s.kind);
  });
  if (scenario == suite->scenarios.end()) return say("the suite has no HTTP scenario", kExitUsage);
  Interrupt::watch();
  const std::string folder = typed.out.value_or("");
  std::error_code error;
  if (!folder.empty()) std::filesystem::create_directories(folder, error);
  std::optional<service::RunningService> service;
  if (suite->service) {
    const std::string log =
        (folder.empty() ? std::filesystem::temp_directory_path(error) : std::filesystem::path(folder)) /
        format("service-{}.log", ::getpid());
    auto started = service::RunningService::start(*suite->service, log, [] { return Interrupt::signal() != 0; });
    if (folder.empty()) std::filesystem::remove(log, error);
    if (!started) return say(started.error().message, kExitInvalid);
    service.emplace(std::move(*started));
  }
  RunOptions how;
  how.looks_closely = true;
  ServiceWatch watch(*suite, service ? service->pid() : 0, how);
  if (watch.description().empty())
    return say(format("the service cannot be watched: {}", watch.why_not()), kExitInvalid);
  console.err << format("watching {}\n", watch.description());
  engine::RunOptions options;
  options.seed = std::random_device{}();
  const result::ServiceSample quiet = when_quiet(watch);
  std::size_t runs = 0;
  report::Costs costs;
  if (!typed.no_costs)
    costs = look_at_requests(console, plan_looks(*suite, scenario->endpoint), watch, quiet, options, runs);
  if (Interrupt::signal() != 0) return 128 + Interrupt::signal();
  console.err << "clients        rate        p50        p99  service\n";
  std::vector<Features> steps;
  for (const int clients : levels_up_to(most)) {
    const auto step = run_step(at_level(*scenario, clients, length), clients, runs++, watch, quiet, options);
    if (Interrupt::signal() != 0) return 128 + Interrupt::signal();
    if (!step) return say(step.error().message, kExitInvalid);
    steps.push_back(*step);
    print_step(console, steps.back());
  }
  const auto verdict = analysis::diagnose(steps);
  std::vector<std::string> profile;
  if (!typed.no_profile)
    profile = run_profile_trial(at_level(*scenario, most, length), options, {runs, folder, watch.pid()}).notes;
  const report::DiagnosisSource source{verdict, steps, costs};
  report::write_diagnosis_text(source, console.out);
  for (const auto& note : profile) console.out << note << "\n";
  if (!folder.empty())
    if (const auto status =
            result::write_file(std::filesystem::path(folder) / "diagnosis.json", report::diagnosis_json(source));
        !status)
      return say(status.error().message, kExitInvalid);
  return kExitMet;
}

}  // namespace loadstone::cli

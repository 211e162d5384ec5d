#include "cli/diagnose.h"

#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <random>
#include <thread>

#include "analysis/diagnosis.h"
#include "base/format.h"
#include "base/json_writer.h"
#include "base/units.h"
#include "cli/exit_code.h"
#include "cli/flags.h"
#include "cli/http_order.h"
#include "cli/interrupt.h"
#include "cli/profile_trial.h"
#include "cli/run_flags.h"
#include "cli/service_watch.h"
#include "cli/suite_flags.h"
#include "engine/run.h"
#include "result/document.h"
#include "service/running_service.h"

namespace loadstone::cli {
namespace {

using analysis::Diagnosis;
using analysis::Features;

constexpr int kMost = 64;   // clients of the last step
constexpr int kFactor = 4;  // from step to step
constexpr Nanoseconds kStep = 3s;
constexpr auto kQuiet = 1s;
constexpr Nanoseconds kTimeout = 2s;
constexpr Nanoseconds kDrain = 1s;

struct Typed {
  std::vector<std::string> what;
  std::optional<std::string> length, most, out;
  bool no_profile = false;
};

Result<int> parse_most(std::string_view text) {
  const auto count = parse_count(text);
  if (!count) return fail(count.error());
  if (*count < 2 || *count > 10'000 || *count != std::floor(*count))
    return fail(ErrorCode::kInvalid, "expected a whole number from 2 to 10000");
  return static_cast<int>(*count);
}

// 1, 4, 16 ... and the most.
std::vector<int> levels_up_to(int most) {
  std::vector<int> levels;
  for (int n = 1; n < most; n *= kFactor) levels.push_back(n);
  levels.push_back(most);
  return levels;
}

// The same requests, by so many users who do not think.
scenario::Scenario at_level(const scenario::Scenario& of, int users, Nanoseconds length) {
  scenario::Scenario s = of;
  auto& load = std::get<scenario::HttpLoad>(s.kind);
  load.load = scenario::ClosedLoad{{{users, length}}, Nanoseconds(0)};
  load.request_count.reset();
  load.warmup = Nanoseconds(0);
  load.drain = kDrain;
  load.request_timeout = std::min(load.request_timeout, kTimeout);
  load.connect_timeout = std::min(load.connect_timeout, Nanoseconds(5s));
  for (auto& request : load.requests) request.concurrency.reset();
  s.targets.clear();
  s.name = format("{} clients", users);
  return s;
}

// What a step's blocks add up to.
class Step {
 public:
  void add(const result::Block& block) {
    if (!block.service.is_empty()) seen_.push_back(block.service);
    if (const auto found = block.histograms.find("connect.time"); found != block.histograms.end())
      connect_.add(found->second);
    if (!block.measured) return;
    const double seconds = to_seconds(block.length);
    load_.seconds += seconds;
    load_.completed += count(block, "completed");
    load_.failures += count(block, "failures");
    for (const char* outcome : {"errors.status", "errors.connect", "errors.reset"})
      load_.turned_away += count(block, outcome);
    in_flight_ += static_cast<double>(block.in_flight) * seconds;
    busy_ += block.generator.busiest_shard * seconds;
    cpu_ += block.generator.cpu_seconds;
    if (const auto found = block.histograms.find("latency"); found != block.histograms.end())
      latency_.add(found->second);
  }
  [[nodiscard]] Features features(int clients, const result::ServiceSample& quiet) {
    load_.clients = clients;
    if (load_.seconds > 0) {
      load_.concurrency = in_flight_ / load_.seconds;
      load_.generator_busy = busy_ / load_.seconds;
      load_.generator_cpu = cpu_ / load_.seconds;
    }
    load_.p50 = latency_.quantile(0.5);
    load_.p99 = latency_.quantile(0.99);
    load_.connect_p99 = connect_.quantile(0.99);
    return analysis::features_of(load_, seen_, quiet);
  }

 private:
  static double count(const result::Block& block, const char* name) {
    const auto found = block.counters.find(name);
    return found == block.counters.end() ? 0 : static_cast<double>(found->second);
  }
  analysis::StepLoad load_;
  std::vector<result::ServiceSample> seen_;
  stats::Histogram latency_, connect_;
  double in_flight_ = 0, busy_ = 0, cpu_ = 0;
};

void print_step(Console& console, const Features& f) {
  console.err << format("{:>7}  {:>10}  {:>9}  {:>9}  {:>5.2f} of {:.3g} cores  {:>9} a request\n", f.load.clients,
                        show_quantity(f.rate, Unit::kPerSecond), show_quantity(f.load.p50, Unit::kSeconds),
                        show_quantity(f.load.p99, Unit::kSeconds), f.cpu, f.cores,
                        show_quantity(f.cpu_per_request, Unit::kSeconds))
              << std::flush;
}

void print(Console& console, const analysis::Verdict& verdict, const std::vector<std::string>& profile) {
  int rank = 1;
  for (const Diagnosis& d : verdict.ranked) {
    console.out << format("{}. {}: {} ({} confidence, {:.2f})\n", rank++, d.rule, d.title,
                          analysis::confidence(d.score), d.score);
    for (const auto& line : d.evidence) console.out << format("   - {}\n", line);
    console.out << format("   next: {}\n   to prove it wrong: {}\n", d.advice, d.experiment);
  }
  if (verdict.ranked.size() > 1 && verdict.ranked[0].score - verdict.ranked[1].score < analysis::kClose)
    console.out << "The first two are too near each other to tell which it is.\n";
  for (const auto& note : verdict.notes) console.out << note << "\n";
  for (const auto& note : profile) console.out << note << "\n";
}

void write_diagnosis(JsonWriter& json, const Diagnosis& d) {
  json.begin_object();
  json.field("rule", d.rule);
  json.field("title", d.title);
  json.field("score", d.score);
  json.field("confidence", analysis::confidence(d.score));
  json.key("evidence");
  json.begin_array();
  for (const auto& line : d.evidence) json.string(line);
  json.end_array();
  json.field("experiment", d.experiment);
  json.field("advice", d.advice);
  json.end_object();
}

std::string to_json(const analysis::Verdict& verdict, const std::vector<Features>& steps) {
  std::string text;
  JsonWriter json(text);
  json.begin_object();
  json.field("schema", "loadstone-diagnosis/1");
  json.field("overloaded", verdict.overloaded);
  for (const auto& [key, list] : {std::pair("ranked", &verdict.ranked), std::pair("unlikely", &verdict.unlikely)}) {
    json.key(key);
    json.begin_array();
    for (const auto& d : *list) write_diagnosis(json, d);
    json.end_array();
  }
  json.key("notes");
  json.begin_array();
  for (const auto& note : verdict.notes) json.string(note);
  json.end_array();
  json.key("steps");
  json.begin_array();
  for (const Features& f : steps) {
    json.begin_object();
    const std::pair<const char*, double> kValues[] = {{"clients", f.load.clients},
                                                      {"rate", f.rate},
                                                      {"failures", f.load.failures},
                                                      {"turned_away", f.turned_away},
                                                      {"latency.p50", f.load.p50},
                                                      {"latency.p99", f.load.p99},
                                                      {"connect.p99", f.load.connect_p99},
                                                      {"generator.busy", f.load.generator_busy},
                                                      {"generator.cpu", f.load.generator_cpu},
                                                      {"cores", f.cores},
                                                      {"cpu", f.cpu},
                                                      {"cpu_wait", f.cpu_wait},
                                                      {"busiest_thread", f.busiest_thread},
                                                      {"cpu_per_request", f.cpu_per_request},
                                                      {"throttled", f.throttled},
                                                      {"steal", f.steal},
                                                      {"machine_busy", f.machine_busy},
                                                      {"threads", f.threads},
                                                      {"threads.idle", f.idle},
                                                      {"threads.running", f.running},
                                                      {"threads.locked", f.locked},
                                                      {"threads.parked", f.parked},
                                                      {"threads.sleeping", f.sleeping},
                                                      {"threads.disk", f.disk},
                                                      {"threads.sending", f.sending},
                                                      {"threads.receiving", f.receiving},
                                                      {"width", f.width()},
                                                      {"queue_used", f.queue_used},
                                                      {"queue_full", f.queue_full},
                                                      {"overflows", f.overflows},
                                                      {"connections", f.connections},
                                                      {"descriptor_share", f.descriptor_share},
                                                      {"stuck_share", f.stuck_share},
                                                      {"unsent_bytes", f.unsent_bytes},
                                                      {"unread_bytes", f.unread_bytes},
                                                      {"io_pressure", f.io_pressure},
                                                      {"memory_pressure", f.memory_pressure},
                                                      {"disk_written", f.disk_written},
                                                      {"memory_growth", f.memory_growth},
                                                      {"switches_per_request", f.switches_per_request}};
    for (const auto& [name, value] : kValues) json.field(name, value);
    json.end_object();
  }
  json.end_array();
  json.end_object();
  return text + "\n";
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

}  // namespace

int diagnose(Console& console, Arguments arguments) {
  Flags flags(
      "diagnose", "URL|SUITE [FLAGS]",
      "Raises the load in steps of four times as many clients, watches the service on this machine, and says what "
      "limits it. Of a suite the first HTTP scenario's requests are sent.");
  Typed typed;
  flags.positionals(typed.what, "URL|SUITE", "What to send");
  flags.value(typed.length, "-d,--duration", "TIME", "How long a step lasts (3s)");
  flags.value(typed.most, "--most", "N", "Clients of the last step (64)");
  flags.value(typed.out, "-o,--out", "DIR", "Folder for diagnosis.json and the profile");
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
  ServiceWatch watch(*suite, service ? service->pid() : 0, RunOptions{});
  if (watch.description().empty())
    return say(format("the service cannot be watched: {}", watch.why_not()), kExitInvalid);
  console.err << format("watching {}\nclients        rate        p50        p99  service\n", watch.description());
  engine::RunOptions options;
  options.seed = std::random_device{}();
  // What it does without any load of ours is no sign of anything.
  result::Block nothing;
  watch.begin();
  std::this_thread::sleep_for(kQuiet);
  watch.fill(nothing);
  const result::ServiceSample quiet = nothing.service;
  std::vector<Features> steps;
  for (const int clients : levels_up_to(most)) {
    Step step;
    engine::Observer observer;
    observer.block = [&](result::Block&& block) {
      watch.fill(block);
      step.add(block);
      return true;
    };
    observer.should_stop = [] { return Interrupt::signal() != 0; };
    watch.begin();
    const auto end = engine::run_scenario(at_level(*scenario, clients, length), steps.size(), options, observer);
    if (Interrupt::signal() != 0) return 128 + Interrupt::signal();
    if (!end.problem.empty()) return say(end.problem, kExitInvalid);
    steps.push_back(step.features(clients, quiet));
    print_step(console, steps.back());
  }
  const auto verdict = analysis::diagnose(steps);
  std::vector<std::string> profile;
  if (!typed.no_profile)
    profile = run_profile_trial(at_level(*scenario, most, length), options, {steps.size(), folder, watch.pid()}).notes;
  print(console, verdict, profile);
  if (!folder.empty())
    if (const auto status =
            result::write_file(std::filesystem::path(folder) / "diagnosis.json", to_json(verdict, steps));
        !status)
      return say(status.error().message, kExitInvalid);
  return kExitMet;
}

}  // namespace loadstone::cli

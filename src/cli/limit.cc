#include "cli/limit.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <optional>
#include <random>
#include <sstream>

#include "base/format.h"
#include "base/units.h"
#include "capacity/account.h"
#include "cli/interrupt.h"
#include "cli/limit_order.h"
#include "cli/limit_steps.h"
#include "cli/machine.h"
#include "cli/reactor_kind.h"
#include "cli/temporary_folder.h"
#include "cli/text_style.h"
#include "report/layout.h"
#include "report/report.h"
#include "result/document.h"
#include "service/running_service.h"

namespace loadstone::cli {
namespace {

namespace fs = std::filesystem;
using capacity::Account;
using capacity::MeasuredStep;

constexpr std::string_view kLimitFile = "limit.json";
constexpr std::string_view kPageFile = "report.html";

constexpr Nanoseconds kPilot = 3s;
constexpr int kFirstClients = 10;

int say(Console& console, std::string_view problem, int code) {
  console.err << "loadstone: " << problem << "\n" << std::flush;
  return code;
}

// The load as a step of a rate, or of users, has it.
scenario::Scenario load_of(const LimitOrder& order, std::variant<scenario::ClosedLoad, scenario::OpenLoad> load,
                           Nanoseconds settle) {
  scenario::Scenario made = order.load;
  auto& http = std::get<scenario::HttpLoad>(made.kind);
  http.load = std::move(load);
  http.warmup = settle;
  http.request_count.reset();
  http.run_timeout.reset();
  for (auto& request : http.requests) request.concurrency.reset();
  return made;
}

// ... and as a step of clients has it: time ends it, not counts.
scenario::Scenario clients_of(const LimitOrder& order, int clients) {
  scenario::Scenario made = order.load;
  auto& load = std::get<scenario::AudienceLoad>(made.kind);
  load.stages = {{clients, order.step}};
  load.warmup = order.settle;
  load.run_timeout.reset();
  if (load.echo) load.echo->count.reset();
  for (auto& publish : load.publish) publish.count.reset();
  return made;
}

std::string rate_text(double rate) { return show_quantity(rate, Unit::kPerSecond); }
std::string load_text(const LimitOrder& order, double rate) {
  return order.is_of_clients() ? format("{:.0f} clients", rate) : rate_text(rate);
}

void tell(Console& console, const LimitOrder& order, const MeasuredStep& m) {
  const capacity::Step& step = m.step;
  std::string text = format("  {:>12}  {}", load_text(order, step.rate), result::name(step.verdict));
  if (capacity::is_overloaded(step)) text += ", too much";
  if (!order.is_of_clients()) text += format(", completed {}", rate_text(step.completed));
  if (m.times) text += format(", {}.p99 {}", m.times->family, show_quantity(m.times->p99, Unit::kSeconds));
  if (step.verdict != result::Verdict::kPass && !step.reason.empty()) text += format(" ({})", step.reason);
  console.err << text << "\n" << std::flush;
}

void write_text(Console& console, const LimitOrder& order, const Account& account) {
  const auto style = text_style(console);
  const auto line = [&](const std::string& text) {
    console.out << (style.unicode ? text : report::to_ascii(text)) << "\n";
  };
  auto steps = account.steps;
  std::sort(steps.begin(), steps.end(),
            [](const MeasuredStep& a, const MeasuredStep& b) { return a.step.rate < b.step.rate; });
  const bool of_clients = order.is_of_clients();
  std::vector<std::vector<std::string>> rows;
  for (const auto& [s, at, times] : steps)
    rows.push_back({load_text(order, s.rate), of_clients ? "" : rate_text(s.arrivals),
                    of_clients ? "" : rate_text(s.completed), of_clients ? "" : format("{:.1f}", s.concurrency),
                    capacity::is_overloaded(s) ? "too much" : std::string(result::name(s.verdict))});
  for (const auto& text : report::table(
           {{of_clients ? "" : "rate", true}, {"came", true}, {"completed", true}, {"at once", true}, {""}}, rows))
    line(text);
  const auto& f = account.finding;
  line(f.sustainable ? format("sustainable: {}; {}", load_text(order, *f.sustainable), f.why)
                     : format("nothing that was tried is sustainable; {}", f.why));
  if (f.capacity)
    line(format("capacity: {} completed when there was too much{}", rate_text(*f.capacity),
                f.knee ? format("; knee at {}", rate_text(*f.knee)) : ""));
  else if (f.sustainable && !of_clients)
    line("capacity: more than the last step");
  if (const auto words = capacity::cpu_in_words(f); !words.empty()) line("processors: " + words);
  if (account.scaling) line("scaling: " + account.scaling->text);
}

scenario::OpenLoad open_load(const LimitOrder& order, double rate) {
  scenario::OpenLoad open;
  open.stages = {{rate, rate, order.step}};
  open.connections = order.connections;
  if (const auto* own = std::get_if<scenario::OpenLoad>(&std::get<scenario::HttpLoad>(order.load.kind).load))
    open.arrivals = own->arrivals;
  return open;
}

// Eleven numbers of users from 1 to the most, evenly spaced on a logarithmic scale, without repeats.
std::vector<int> user_steps(int most) {
  std::vector<int> users;
  for (int i = 0; i <= 10; ++i) {
    const int n = static_cast<int>(std::lround(std::pow(static_cast<double>(most), i / 10.0)));
    if (users.empty() || n > users.back()) users.push_back(n);
  }
  return users;
}

// The most clients. An error when a step could not be run at all.
Status measure_clients(Console& console, const LimitOrder& order, LimitSteps& steps, Account& account) {
  capacity::Search search(kFirstClients, order.most_clients, true);
  while (const auto clients = search.next()) {
    if (Interrupt::signal() != 0) return {};
    auto m = steps.run_until_valid(format("step-{:02}", search.steps().size() + 1),
                                   clients_of(order, static_cast<int>(*clients)), *clients);
    if (!m) return fail(m.error());
    if (Interrupt::signal() != 0) return {};
    tell(console, order, m->kept);
    search.add(m->step());
    account.steps.push_back(std::move(m->kept));
  }
  return {};
}

// The highest rate.
Status measure(Console& console, const LimitOrder& order, LimitSteps& steps, Account& account) {
  const auto pilot =
      steps.run("pilot", load_of(order, scenario::ClosedLoad{{{order.connections, kPilot}}, 0ns}, 1s), 0);
  if (!pilot) return fail(pilot.error());
  if (pilot->step().completed <= 0 || !pilot->result.problem.empty())
    return fail(ErrorCode::kUnavailable, pilot->step().reason.empty()
                                             ? "the service completed nothing under a closed load"
                                             : pilot->step().reason);
  console.err << format("{} in a closed loop complete {}; steps of {} after {}\n",
                        order.connections == 1 ? "1 user" : format("{} users", order.connections),
                        rate_text(pilot->step().completed), show_duration(order.step), show_duration(order.settle))
              << std::flush;
  capacity::Search search(std::max(1.0, capacity::Search::kFirstShare * pilot->step().completed), order.most_rate);
  while (const auto rate = search.next()) {
    if (Interrupt::signal() != 0) return {};
    auto m = steps.run_until_valid(format("step-{:02}", search.steps().size() + 1),
                                   load_of(order, open_load(order, *rate), order.settle), *rate);
    if (!m) return fail(m.error());
    if (Interrupt::signal() != 0) return {};
    tell(console, order, m->kept);
    search.add(m->step());
    account.steps.push_back(std::move(m->kept));
  }
  if (!order.most_users) return {};
  for (const int users : user_steps(*order.most_users)) {
    if (Interrupt::signal() != 0) return {};
    auto m =
        steps.run(format("users-{}", users), load_of(order, scenario::ClosedLoad{{{users, order.step}}, 0ns}, 1s), 0);
    if (!m) return fail(m.error());
    console.err << format("  {} users complete {}\n", users, rate_text(m->step().completed)) << std::flush;
    m->kept.step.rate = users;
    account.users.push_back(std::move(m->kept));
  }
  account.scaling = capacity::scaling_of(capacity::throughput_of(account.users), account.about.seed);
  return {};
}

// What all steps have in common, and the load whose limit is looked for.
result::Run about(const LimitOrder& order) {
  result::Run run;
  run.suite = order.load.name;
  run.command = order.options.command_line;
  run.version = version();
  run.reactor = net::reactor_name(reactor_kind(order.options.reactor));
  run.seed = order.options.seed ? *order.options.seed : std::random_device{}() & 0x7fffffffU;
  run.started_at = std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
  run.environment = machine();
  result::PlannedScenario load;
  load.name = order.load.name;
  load.kind = scenario::kind_name(order.load);
  load.plan = order.is_of_clients()
                  ? format("steps of {} after {}", show_duration(order.step), show_duration(order.settle))
                  : format("steps of {} after {}, over {} connections", show_duration(order.step),
                           show_duration(order.settle), order.connections);
  load.targets = order.load.targets;
  run.scenarios = {load};
  return run;
}

Status write_files(const Account& account, const fs::path& folder) {
  const std::string json = capacity::write_json(account);
  if (const auto status = result::write_file(folder / kLimitFile, json); !status) return status;
  std::ostringstream page;
  report::write_page({{}, "", json}, page);
  return result::write_file(folder / kPageFile, page.str());
}

int exit_code_of(const capacity::Finding& finding, const RunOptions& options) {
  switch (capacity::verdict_of(finding)) {
    case result::Verdict::kPass:
      return kExitMet;
    case result::Verdict::kInvalid:
      return kExitInvalid;
    case result::Verdict::kInconclusive:
      if (options.on_inconclusive == OnInconclusive::kReport) return kExitInconclusive;
      if (options.on_inconclusive == OnInconclusive::kPass) return kExitMet;
      break;
    case result::Verdict::kFail:
      break;
  }
  return options.exit_code_on_miss;
}

int run_limit(Console& console, const LimitOrder& order) {
  Interrupt::watch();
  auto folder = TemporaryFolder::make(order.options.out);
  if (!folder) return say(console, folder.error().message, kExitUsage);
  std::optional<service::RunningService> service;
  if (order.service) {
    auto started = service::RunningService::start(*order.service, (folder->path() / "service.log").string(),
                                                  [] { return Interrupt::signal() != 0; });
    if (!started) return say(console, started.error().message, kExitInvalid);
    service.emplace(std::move(*started));
  }
  Account account;
  account.about = about(order);
  account.of_clients = order.is_of_clients();
  scenario::Suite watched;
  watched.service = order.service;
  watched.probe = order.probe;
  watched.scenarios = {order.load};
  ServiceWatch watch(watched, service ? service->pid() : 0, order.options);
  if (!watch.description().empty()) account.about.environment["service"] = watch.description();
  LimitSteps steps(order, folder->path(), account.about, watch);
  const auto status =
      order.is_of_clients() ? measure_clients(console, order, steps, account) : measure(console, order, steps, account);
  std::vector<capacity::Step> measured;
  for (const auto& m : account.steps) measured.push_back(m.step);
  account.finding = capacity::conclude(measured, order.is_of_clients() ? Unit::kCount : Unit::kPerSecond);
  if (!account.steps.empty()) {
    if (order.json)
      console.out << capacity::write_json(account);
    else
      write_text(console, order, account);
    console.out << std::flush;
    if (folder->is_kept())
      if (const auto kept = write_files(account, folder->path()); !kept)
        return say(console, kept.error().message, kExitInvalid);
  }
  if (Interrupt::signal() != 0) return 128 + Interrupt::signal();
  if (!status) return say(console, status.error().message, kExitInvalid);
  return exit_code_of(account.finding, order.options);
}

}  // namespace

int limit(Console& console, Arguments arguments) {
  const auto order = parse_limit(console, arguments);
  if (!order) return answer(console, order.error());
  return run_limit(console, *order);
}

}  // namespace loadstone::cli

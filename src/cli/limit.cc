#include "cli/limit.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <optional>
#include <random>

#include "analysis/judge.h"
#include "base/format.h"
#include "base/json_writer.h"
#include "base/units.h"
#include "capacity/search.h"
#include "cli/interrupt.h"
#include "cli/limit_order.h"
#include "cli/machine.h"
#include "cli/reactor_kind.h"
#include "cli/temporary_folder.h"
#include "cli/text_style.h"
#include "engine/run.h"
#include "report/layout.h"
#include "report/report.h"
#include "result/document.h"
#include "result/journal.h"
#include "service/running_service.h"

namespace loadstone::cli {
namespace {

namespace fs = std::filesystem;
using capacity::Step;

constexpr Nanoseconds kPilot = 3s;
constexpr int kFirstClients = 10;
constexpr int kRepeats = 2;  // of a step in which the generator was the limit
// The backlog is looked at every second, or ten times in a shorter step, once its beginning is over.
constexpr double kBacklogEvery = 1, kBacklogFrom = 2;

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
  auto& load = std::get<scenario::WebSocketLoad>(made.kind);
  load.stages = {{clients, order.step}};
  load.warmup = order.settle;
  load.run_timeout.reset();
  if (load.echo) load.echo->count.reset();
  for (auto& publish : load.publish) publish.count.reset();
  return made;
}

std::vector<std::string> steps_of(const scenario::Scenario& load) {
  std::vector<std::string> names;
  if (const auto* http = std::get_if<scenario::HttpLoad>(&load.kind)) {
    for (const auto& request : http->requests) names.push_back(request.name);
  } else {
    for (const auto& publish : std::get<scenario::WebSocketLoad>(load.kind).publish)
      if (std::holds_alternative<scenario::PublishRequest>(publish.by)) names.push_back(publish.name);
  }
  return names;
}

// Runs the steps, each with a journal of its own, so that each can be looked at like any run.
class Steps {
 public:
  Steps(const LimitOrder& order, const fs::path& folder, std::uint64_t seed)
      : order_(order), folder_(folder), seed_(seed), environment_(machine()) {}

  struct Measured {
    result::ScenarioResult result;
    Step step;
  };
  // Runs it again, a few times, when the generator was the limit: on a machine with others that is luck.
  Result<Measured> run_until_valid(const std::string& name, const scenario::Scenario& load, double rate) {
    auto m = run(name, load, rate);
    for (int again = 0; again < kRepeats && m && m->step.verdict == result::Verdict::kInvalid &&
                        m->result.problem.empty() && Interrupt::signal() == 0;
         ++again)
      m = run(name, load, rate);
    return m;
  }

  // `rate` is 0 for a closed load.
  Result<Measured> run(const std::string& name, const scenario::Scenario& load, double rate) {
    engine::RunOptions engine_options;
    engine_options.shards = order_.options.threads.value_or(0);
    engine_options.reactor = reactor_kind(order_.options.reactor);
    engine_options.seed = seed_ + ++count_;
    result::Run run;
    run.suite = "limit";
    run.command = order_.options.command_line;
    run.version = version();
    run.reactor = net::reactor_name(engine_options.reactor);
    run.seed = engine_options.seed;
    run.shards = engine::shards_for(load, engine_options.shards);
    run.started_at = std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
    run.environment = environment_;
    result::PlannedScenario plan;
    plan.name = name;
    plan.kind = scenario::kind_name(load);
    plan.plan = scenario::describe_load(load);
    plan.closed_loop = rate <= 0;
    plan.offered_per_second = order_.is_of_clients() ? 0 : rate;
    plan.planned_seconds = to_seconds(scenario::planned_duration(load).value_or(0s));
    plan.steps = steps_of(load);
    plan.targets = load.targets;
    run.scenarios.push_back(plan);

    auto journal = result::JournalWriter::create(folder_ / name, run);
    if (!journal) return fail(journal.error());
    Backlog backlog(plan.planned_seconds);
    Status written;
    engine::Observer observer;
    observer.block = [&](result::Block&& block) {
      backlog.add(block);
      written = journal->append(std::span(&block, 1));
      return written.has_value();
    };
    observer.should_stop = [] { return Interrupt::signal() != 0; };
    const auto end = engine::run_scenario(load, 0, engine_options, observer);
    if (written) written = journal->append(end);
    if (written) written = journal->finish(Interrupt::signal() != 0);
    if (!written) return fail(written.error());
    auto judged = analysis::judge(journal->file());
    if (!judged) return fail(judged.error());
    if (!order_.options.out.empty())
      if (const auto status = report::write_files({*judged, journal->file(), ""}, folder_ / name); !status)
        return fail(status.error());
    return measured(std::move(judged->scenarios.front()), backlog, rate);
  }

 private:
  // What was due and has not ended, at instants `every` apart.
  struct Backlog {
    double every, from;
    std::vector<double> seen;

    explicit Backlog(double step) : every(std::min(kBacklogEvery, step / 10)), from(std::min(kBacklogFrom, step / 5)) {}
    void add(const result::Block& block) {
      if (!block.measured) return;
      const double start = to_seconds(block.start), end = to_seconds(block.start + block.length);
      const auto passed = [&](double at) { return std::floor(at / every + 1e-6); };
      if (passed(end) > passed(start) && end > from)
        seen.push_back(static_cast<double>(block.in_flight + block.waiting));
    }
  };

  static Measured measured(result::ScenarioResult scenario, const Backlog& backlog, double rate) {
    Measured m{std::move(scenario), {}};
    const auto metric = [&](const char* name) {
      const auto found = m.result.metrics.find(name);
      return found == m.result.metrics.end() ? 0.0 : found->second;
    };
    m.step.rate = rate;
    m.step.arrivals = metric("offered_rate");
    m.step.completed = metric("rate");
    m.step.backlog = backlog.seen;
    m.step.backlog_every = backlog.every;
    m.step.seconds = m.result.measured_seconds;
    m.step.concurrency = metric("rate") * metric("service_time.mean");
    m.step.verdict = m.result.verdict;
    m.step.reason = m.result.problem;
    for (const auto& t : m.result.targets)
      if (m.step.reason.empty() && t.verdict == m.result.verdict && t.verdict != result::Verdict::kPass)
        m.step.reason = t.target.expression + (t.reason.empty() ? "" : ": " + t.reason);
    for (const auto& f : m.result.findings)
      if (m.step.reason.empty() && f.invalidates) m.step.reason = f.evidence;
    return m;
  }

  const LimitOrder& order_;
  fs::path folder_;
  std::uint64_t seed_;
  std::uint64_t count_ = 0;
  std::map<std::string, std::string> environment_;
};

std::string rate_text(double rate) { return show_quantity(rate, Unit::kPerSecond); }
std::string load_text(const LimitOrder& order, double rate) {
  return order.is_of_clients() ? format("{:.0f} clients", rate) : rate_text(rate);
}

void tell(Console& console, const LimitOrder& order, const Steps::Measured& m) {
  std::string text = format("  {:>12}  {}", load_text(order, m.step.rate), result::name(m.step.verdict));
  if (capacity::is_overloaded(m.step)) text += ", too much";
  if (!order.is_of_clients()) text += format(", completed {}", rate_text(m.step.completed));
  for (const char* times : {"broadcast.latency.p99", "rtt.p99", "latency.p99", "connect.time.p99"}) {
    const auto p99 = m.result.metrics.find(times);
    if (p99 == m.result.metrics.end()) continue;
    text += format(", {} {}", times, show_quantity(p99->second, Unit::kSeconds));
    break;
  }
  if (m.step.verdict != result::Verdict::kPass && !m.step.reason.empty()) text += format(" ({})", m.step.reason);
  console.err << text << "\n" << std::flush;
}

struct Account {
  std::vector<Step> steps;
  capacity::Finding finding;
  std::vector<stats::ThroughputAt> scaling_steps;
  std::optional<capacity::Scaling> scaling;
};

std::string json_of(const Account& account, std::uint64_t seed, bool of_clients) {
  std::string text;
  JsonWriter json(text);
  const auto optional = [&](const char* name, const std::optional<double>& value) {
    json.key(name);
    if (value)
      json.number(*value);
    else
      json.null();
  };
  json.begin_object();
  json.field("schema", "loadstone-limit/1");
  json.field("seed", seed);
  json.field("of", of_clients ? "clients" : "rate");
  optional("sustainable", account.finding.sustainable);
  optional("knee", account.finding.knee);
  optional("capacity", account.finding.capacity);
  json.field("why", account.finding.why);
  json.key("steps");
  json.begin_array();
  for (const auto& s : account.steps) {
    json.begin_object();
    json.field("rate", s.rate);
    json.field("arrivals", s.arrivals);
    json.field("completed", s.completed);
    json.field("concurrency", s.concurrency);
    json.key("backlog");
    json.begin_array();
    for (const double n : s.backlog) json.number(n);
    json.end_array();
    json.field("overloaded", capacity::is_overloaded(s));
    json.field("verdict", result::name(s.verdict));
    if (!s.reason.empty()) json.field("reason", s.reason);
    json.end_object();
  }
  json.end_array();
  if (account.scaling) {
    const auto& fit = account.scaling->fit;
    json.key("scaling");
    json.begin_object();
    json.field("text", account.scaling->text);
    json.field("gamma", fit.gamma);
    json.field("alpha", fit.alpha);
    json.field("beta", fit.beta);
    optional("peak", fit.peak());
    json.key("points");
    json.begin_array();
    for (const auto& p : account.scaling_steps) {
      json.begin_array();
      json.number(p.concurrency);
      json.number(p.throughput);
      json.end_array();
    }
    json.end_array();
    json.end_object();
  }
  json.end_object();
  return text + "\n";
}

void write_text(Console& console, const LimitOrder& order, const Account& account) {
  const auto style = text_style(console);
  const auto line = [&](const std::string& text) {
    console.out << (style.unicode ? text : report::to_ascii(text)) << "\n";
  };
  auto steps = account.steps;
  std::sort(steps.begin(), steps.end(), [](const Step& a, const Step& b) { return a.rate < b.rate; });
  const bool of_clients = order.is_of_clients();
  std::vector<std::vector<std::string>> rows;
  for (const auto& s : steps)
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
Status measure_clients(Console& console, const LimitOrder& order, Steps& steps, Account& account) {
  capacity::Search search(kFirstClients, order.most_clients, true);
  while (const auto clients = search.next()) {
    if (Interrupt::signal() != 0) return {};
    auto m = steps.run_until_valid(format("step-{:02}", search.steps().size() + 1),
                                   clients_of(order, static_cast<int>(*clients)), *clients);
    if (!m) return fail(m.error());
    if (Interrupt::signal() != 0) return {};
    tell(console, order, *m);
    search.add(m->step);
    account.steps = search.steps();
  }
  return {};
}

// The highest rate.
Status measure(Console& console, const LimitOrder& order, Steps& steps, Account& account, std::uint64_t seed) {
  const auto pilot =
      steps.run("pilot", load_of(order, scenario::ClosedLoad{{{order.connections, kPilot}}, 0ns}, 1s), 0);
  if (!pilot) return fail(pilot.error());
  if (pilot->step.completed <= 0 || !pilot->result.problem.empty())
    return fail(ErrorCode::kUnavailable,
                pilot->step.reason.empty() ? "the service completed nothing under a closed load" : pilot->step.reason);
  console.err << format("{} in a closed loop complete {}; steps of {} after {}\n",
                        order.connections == 1 ? "1 user" : format("{} users", order.connections),
                        rate_text(pilot->step.completed), show_duration(order.step), show_duration(order.settle))
              << std::flush;
  capacity::Search search(std::max(1.0, capacity::Search::kFirstShare * pilot->step.completed), order.most_rate);
  while (const auto rate = search.next()) {
    if (Interrupt::signal() != 0) return {};
    auto m = steps.run_until_valid(format("step-{:02}", search.steps().size() + 1),
                                   load_of(order, open_load(order, *rate), order.settle), *rate);
    if (!m) return fail(m.error());
    if (Interrupt::signal() != 0) return {};
    tell(console, order, *m);
    search.add(m->step);
    account.steps = search.steps();
  }
  if (!order.most_users) return {};
  for (const int users : user_steps(*order.most_users)) {
    if (Interrupt::signal() != 0) return {};
    const auto m =
        steps.run(format("users-{}", users), load_of(order, scenario::ClosedLoad{{{users, order.step}}, 0ns}, 1s), 0);
    if (!m) return fail(m.error());
    console.err << format("  {} users complete {}\n", users, rate_text(m->step.completed)) << std::flush;
    if (m->step.verdict != result::Verdict::kInvalid && m->step.completed > 0)
      account.scaling_steps.push_back({static_cast<double>(users), m->step.completed});
  }
  account.scaling = capacity::scaling_of(account.scaling_steps, seed);
  return {};
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
  const std::uint64_t seed = order.options.seed ? *order.options.seed : std::random_device{}() & 0x7fffffffU;
  Account account;
  Steps steps(order, folder->path(), seed);
  const auto status = order.is_of_clients() ? measure_clients(console, order, steps, account)
                                            : measure(console, order, steps, account, seed);
  account.finding = capacity::conclude(account.steps, order.is_of_clients() ? Unit::kCount : Unit::kPerSecond);
  if (!account.steps.empty()) {
    if (order.json)
      console.out << json_of(account, seed, order.is_of_clients());
    else
      write_text(console, order, account);
    console.out << std::flush;
    if (!order.options.out.empty())
      if (const auto kept =
              result::write_file(folder->path() / "limit.json", json_of(account, seed, order.is_of_clients()));
          !kept)
        return say(console, kept.error().message, kExitInvalid);
  }
  if (Interrupt::signal() != 0) return 128 + Interrupt::signal();
  if (!status) return say(console, status.error().message, kExitInvalid);
  if (account.finding.sustainable) return kExitMet;
  if (account.finding.undecided && order.options.on_inconclusive == OnInconclusive::kReport) return kExitInconclusive;
  if (account.finding.undecided && order.options.on_inconclusive == OnInconclusive::kPass) return kExitMet;
  return account.finding.generator_was_limit ? kExitInvalid : order.options.exit_code_on_miss;
}

}  // namespace

int limit(Console& console, Arguments arguments) {
  const auto order = parse_limit(console, arguments);
  if (!order) return answer(console, order.error());
  return run_limit(console, *order);
}

}  // namespace loadstone::cli

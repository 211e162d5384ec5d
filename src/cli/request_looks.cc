#include "cli/request_looks.h"

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <variant>

#include "base/check.h"
#include "base/format.h"
#include "base/units.h"
#include "cli/diagnose_steps.h"

namespace loadstone::cli {
namespace {

using analysis::Draw;
using analysis::RequestCost;
using analysis::Together;
using scenario::HttpLoad;

bool is_same_place(const scenario::Endpoint& a, const scenario::Endpoint& b) {
  return a.url.scheme == b.url.scheme && a.url.host == b.url.host && a.url.port == b.url.port &&
         a.unix_socket == b.unix_socket && a.connect_to_host == b.connect_to_host &&
         a.connect_to_port == b.connect_to_port;
}

// What makes requests the same to a service, whatever they are called and expected to answer.
std::string identity(const scenario::Request& request, const HttpLoad& load) {
  std::string text =
      format("{} {}\n{} {}\n", request.method, request.target, static_cast<int>(load.version), load.keep_alive ? 1 : 0);
  for (const auto& header : request.headers) text += format("{}: {}\n", header.name, header.value);
  return text + "\n" + request.body;
}

scenario::Scenario alone(const scenario::Scenario& of) {
  scenario::Scenario s = by_users(of, 1, Nanoseconds(0));
  std::get<HttpLoad>(s.kind).streams = 1;
  return s;
}

// The first so many steps of one journey of a script, without pauses.
scenario::Scenario cut_journey(const scenario::Scenario& of, std::size_t which, std::size_t steps) {
  scenario::Scenario s = alone(of);
  auto& load = std::get<HttpLoad>(s.kind);
  journey::Script script = *load.script;
  script.journeys = {script.journeys[which]};
  auto& walked = script.journeys.front().steps;
  walked.erase(walked.begin() + static_cast<std::ptrdiff_t>(steps), walked.end());
  std::vector<scenario::Request> requests;
  for (auto& step : walked) {
    requests.push_back(load.requests[step.request]);
    step.request = static_cast<std::uint32_t>(requests.size() - 1);
    step.think = Nanoseconds(0);
  }
  load.requests = std::move(requests);
  load.script = std::make_shared<const journey::Script>(std::move(script));
  return s;
}

class LookPlanner {
 public:
  explicit LookPlanner(bool has_several_scenarios) : has_several_scenarios_(has_several_scenarios) {}

  void add(const scenario::Scenario& s) {
    const auto& load = std::get<HttpLoad>(s.kind);
    LookedScenario looked{&load, {}, {}};
    if (load.script)
      for (std::size_t j = 0; j < load.script->journeys.size(); ++j) looked.journeys.push_back(add_journey(s, j));
    else
      for (std::size_t i = 0; i < load.requests.size(); ++i) looked.costs.push_back(add_request(s, i));
    plan_.scenarios.push_back(std::move(looked));
  }

  [[nodiscard]] SuiteLooks finish() && {
    if (left_out_ > 0)
      plan_.notes.push_back(
          format("{} more were not looked at: {} looks are the most.", show_count(left_out_), show_count(kMostLooks)));
    return std::move(plan_);
  }

 private:
  std::size_t add_request(const scenario::Scenario& s, std::size_t which) {
    const auto& load = std::get<HttpLoad>(s.kind);
    const scenario::Request& request = load.requests[which];
    const auto [at, is_new] = known_.try_emplace(identity(request, load), SuiteLooks::kNone);
    if (!is_new) return at->second;
    if (plan_.looks.size() >= kMostLooks) {
      ++left_out_;
      return SuiteLooks::kNone;
    }
    at->second = name_for(request.name, s.name);
    RequestLook look{alone(s), {at->second}};
    auto& sent = std::get<HttpLoad>(look.scenario.kind).requests;
    sent = {sent[which]};
    sent.front().weight = 1;
    plan_.looks.push_back(std::move(look));
    return at->second;
  }

  JourneyLooks add_journey(const scenario::Scenario& s, std::size_t which) {
    const auto& load = std::get<HttpLoad>(s.kind);
    const auto& steps = load.script->journeys[which].steps;
    if (plan_.looks.size() + steps.size() > kMostLooks) {
      left_out_ += steps.size();
      return {};
    }
    const JourneyLooks looks{plan_.looks.size(), steps.size()};
    std::vector<std::size_t> costs;
    for (std::size_t i = 0; i < steps.size(); ++i) {
      const std::string& step = load.requests[steps[i].request].name;
      costs.push_back(name_for(has_several_scenarios_ ? format("{}: {}", s.name, step) : step, s.name));
      plan_.looks.push_back({cut_journey(s, which, i + 1), costs});
    }
    return looks;
  }

  // The place of a new name.
  std::size_t name_for(const std::string& name, const std::string& scenario) {
    auto& names = plan_.names;
    const auto is_taken = [&](const std::string& n) { return std::find(names.begin(), names.end(), n) != names.end(); };
    std::string free = is_taken(name) ? format("{}: {}", scenario, name) : name;
    for (int n = 2; is_taken(free); ++n) free = format("{}: {} ({})", scenario, name, n);
    names.push_back(std::move(free));
    return names.size() - 1;
  }

  const bool has_several_scenarios_;
  SuiteLooks plan_;
  std::map<std::string, std::size_t> known_;  // by what they are
  std::size_t left_out_ = 0;
};

// Requests, or journeys, that are due at a rate.
double due_by(const scenario::OpenLoad& load, const std::optional<std::uint64_t>& most) {
  double due = 0;
  for (const auto& stage : load.stages) due += (stage.from + stage.to) / 2 * to_seconds(stage.duration);
  if (!most) return due;
  const auto count = static_cast<double>(*most);
  return due > 0 ? std::min(due, count) : count;
}

// `each` is what a scenario draws from besides requests that have users of their own; `requests` are how many come of
// one that is due, or of one that is counted.
void add_load(const HttpLoad& load, const Draw& shared, std::span<const Draw> own, double requests,
              std::vector<Together>& loads) {
  if (const auto* open = std::get_if<scenario::OpenLoad>(&load.load)) {
    Draw draw = shared;
    draw.count = due_by(*open, load.request_count) * requests;
    loads.push_back({0, {std::move(draw)}, {}});
    return;
  }
  for (const auto& stage : std::get<scenario::ClosedLoad>(load.load).stages) {
    Together together{to_seconds(stage.duration), {own.begin(), own.end()}, {}};
    together.draws.push_back(shared);
    together.draws.back().users = stage.users;
    if (load.request_count) together.count = static_cast<double>(*load.request_count) * requests;
    loads.push_back(std::move(together));
    if (load.request_count) return;
  }
}

void add_plain(const LookedScenario& scenario, std::vector<Together>& loads) {
  const HttpLoad& load = *scenario.load;
  const auto* closed = std::get_if<scenario::ClosedLoad>(&load.load);
  const double think = closed != nullptr ? to_seconds(closed->think) : 0;
  Draw shared;
  std::vector<Draw> own;
  for (std::size_t i = 0; i < load.requests.size(); ++i) {
    const std::size_t cost = scenario.costs[i];
    if (cost == SuiteLooks::kNone) continue;
    const scenario::Request& request = load.requests[i];
    if (request.concurrency && closed != nullptr)
      own.push_back({{{cost, 1, think}}, static_cast<double>(*request.concurrency), {}});
    else
      shared.parts.push_back({cost, request.weight, think});
  }
  add_load(load, shared, own, 1, loads);
}

// How often each step comes in a journey is what the looks at the whole journeys have seen.
void add_journeys(const LookedScenario& scenario, const SuiteLooks& plan, std::span<const Looked> looked,
                  std::vector<Together>& loads) {
  const auto& journeys = scenario.load->script->journeys;
  Draw shared;
  double weights = 0, sent = 0;
  for (std::size_t j = 0; j < journeys.size(); ++j) {
    if (scenario.journeys[j].steps == 0) continue;
    const std::size_t whole = scenario.journeys[j].first + scenario.journeys[j].steps - 1;
    const auto& answers = looked[whole].requests;
    const auto& steps = journeys[j].steps;
    double begun = 0;
    for (std::size_t i = 0; i < steps.size(); ++i) begun = std::max(begun, answers[i].answered / steps[i].repeat);
    if (begun <= 0) continue;
    weights += journeys[j].weight;
    for (std::size_t i = 0; i < steps.size(); ++i) {
      const double weight = journeys[j].weight * answers[i].answered / begun;
      sent += weight;
      shared.parts.push_back({plan.looks[whole].costs[i], weight, to_seconds(steps[i].think)});
    }
  }
  if (weights > 0) add_load(*scenario.load, shared, {}, sent / weights, loads);
}

void fill_times(RequestCost& cost, const Looked::Answers& answers) {
  cost.answered = answers.answered;
  cost.failed = answers.failed;
  cost.mean = answers.service_time.mean();
  cost.p50 = answers.service_time.quantile(0.5);
  cost.p99 = answers.service_time.quantile(0.99);
}

void fill_journey(const JourneyLooks& journey, const SuiteLooks& plan, std::span<const Looked> looked, double quiet,
                  std::vector<RequestCost>& costs) {
  std::vector<stats::MixedTotal> rows;
  for (std::size_t k = 0; k < journey.steps; ++k) {
    const Looked& look = looked[journey.first + k];
    stats::MixedTotal row{std::vector<double>(journey.steps), std::max(0.0, look.cpu_seconds - quiet * look.seconds)};
    for (std::size_t i = 0; i <= k; ++i) row.counts[i] = look.requests[i].answered;
    rows.push_back(std::move(row));
  }
  const auto cpu = analysis::cpu_of_steps(rows);
  const std::size_t whole = journey.first + journey.steps - 1;
  for (std::size_t i = 0; i < journey.steps; ++i) {
    RequestCost& cost = costs[plan.looks[whole].costs[i]];
    fill_times(cost, looked[whole].requests[i]);
    cost.cpu = cpu[i];
  }
}

}  // namespace

SuiteLooks plan_looks(const scenario::Suite& suite, const scenario::Endpoint& endpoint) {
  std::vector<const scenario::Scenario*> here;
  std::size_t elsewhere = 0;
  for (const auto& s : suite.scenarios) {
    if (!std::holds_alternative<HttpLoad>(s.kind)) continue;
    if (is_same_place(s.endpoint, endpoint))
      here.push_back(&s);
    else
      ++elsewhere;
  }
  LookPlanner planner(here.size() > 1);
  for (const auto* s : here) planner.add(*s);
  SuiteLooks plan = std::move(planner).finish();
  if (plan.names.size() < 2) return {};
  if (elsewhere > 0)
    plan.notes.push_back(format("{} of the HTTP scenarios go somewhere else and were not looked at.", elsewhere));
  return plan;
}

std::vector<RequestCost> costs_of(const SuiteLooks& plan, std::span<const Looked> looked, double quiet, double cores) {
  CHECK(looked.size() == plan.looks.size());
  std::vector<RequestCost> costs(plan.names.size());
  for (std::size_t i = 0; i < costs.size(); ++i) costs[i].name = plan.names[i];
  std::vector<bool> is_of_journey(plan.looks.size());
  for (const auto& scenario : plan.scenarios)
    for (const auto& journey : scenario.journeys) {
      if (journey.steps == 0) continue;
      std::fill_n(is_of_journey.begin() + static_cast<std::ptrdiff_t>(journey.first), journey.steps, true);
      fill_journey(journey, plan, looked, quiet, costs);
    }
  for (std::size_t k = 0; k < plan.looks.size(); ++k) {
    if (is_of_journey[k]) continue;
    RequestCost& cost = costs[plan.looks[k].costs.front()];
    fill_times(cost, looked[k].requests.front());
    cost.cpu = analysis::cpu_of_one(looked[k].cpu_seconds, looked[k].seconds, quiet, cost.answered);
  }
  std::vector<Together> loads;
  for (const auto& scenario : plan.scenarios) {
    if (scenario.load->script)
      add_journeys(scenario, plan, looked, loads);
    else
      add_plain(scenario, loads);
  }
  analysis::share_out(costs, analysis::expected_counts(loads, costs, cores));
  return costs;
}

}  // namespace loadstone::cli

#include "cli/limit_order.h"

#include <algorithm>

#include "base/format.h"
#include "base/units.h"
#include "cli/http_flags.h"
#include "cli/suite_flags.h"
#include "scenario/values.h"

namespace loadstone::cli {
namespace {

// What fails is not served, however fast: these are added where nothing is said about it.
constexpr const char* kServed = "error_rate < 1%";
constexpr const char* kConnected = "connect.success_rate > 99%";
constexpr const char* kDelivered = "broadcast.delivery_rate > 99%";

bool is_suite(std::string_view word) { return word.ends_with(".yaml") || word.ends_with(".yml"); }

// As typed, besides the flags of `http`.
struct LimitFlags {
  HttpFlags http;
  std::optional<std::string> step, settle, most_rate, most_clients, most_users;
  std::vector<std::string> only, sets;
};

void read_suite(Console& console, const LimitFlags& typed, LimitOrder& order, Usage& usage) {
  SuiteFlags flags;
  flags.files = typed.http.urls;
  flags.sets = typed.sets;
  flags.only = typed.only;
  flags.tls = typed.http.endpoint.tls;
  const auto options = flags.read(console, usage);
  if (!usage.mistakes.empty()) return;
  auto suites = load_suites(console, flags.files, options);
  if (!suites) {
    usage.mistakes.emplace_back("the suite cannot be used; nothing was sent");
    return;
  }
  auto& suite = suites->front();
  std::vector<std::string> names;
  for (auto& s : suite.scenarios) {
    names.push_back(s.name);
    if (names.size() == 1) order.load = std::move(s);
  }
  if (names.size() != 1)
    usage.mistakes.push_back(names.empty() ? "no scenario of the suite is left"
                                           : format("--only must leave one scenario, not {}", join(names, ", ")));
  if (const auto* clients = std::get_if<scenario::AudienceLoad>(&order.load.kind);
      clients != nullptr && (clients->recover || !clients->filters.empty()))
    usage.mistakes.push_back(format("{}: clients that drop or subscribe are not searched for", order.load.name));
  order.service = suite.service;
  order.probe = suite.probe;
}

// Counts of a run say nothing about what a load holds, and a search offers its own.
void drop_targets_of_runs(scenario::Scenario& load) {
  std::erase_if(load.targets, [](const metric::Target& t) {
    return t.metric.unit == Unit::kCount || t.metric.unit == Unit::kPerSecond ||
           t.metric.family.starts_with("degradation");
  });
}

void add_target(scenario::Scenario& load, const char* expression) {
  auto target = *metric::parse_target(expression);
  const bool is_there = std::any_of(load.targets.begin(), load.targets.end(),
                                    [&](const metric::Target& t) { return t.metric.family == target.metric.family; });
  if (!is_there) load.targets.push_back(std::move(target));
}

}  // namespace

tl::expected<LimitOrder, Usage> parse_limit(Console& console, Arguments arguments) {
  Flags flags(
      "limit", "URL|SUITE [FLAGS]",
      "Finds the highest rate that still meets the targets, or of a WebSocket scenario of a suite the most clients: "
      "steps by a quarter until it is too much, then "
      "bisection. Unless a target says otherwise fewer than 1 % of requests may fail.");
  LimitFlags typed;
  typed.http.declare(flags);
  flags.group("Search");
  flags.value(typed.step, "--step", "TIME", "How long a step is measured (10s)");
  flags.value(typed.settle, "--settle", "TIME", "How long a step runs before that (5s)");
  flags.value(typed.most_rate, "--max-rate", "RATE", "Never offer more than this");
  flags.value(typed.most_clients, "--max-clients", "N", "Of a WebSocket scenario never more clients than this (10k)");
  flags.value(typed.most_users, "--users", "N", "Then also 1 to N users in a closed loop: how does it scale?");
  flags.values(typed.only, "--only", "GLOB", "Of a suite the one scenario to take");
  flags.values(typed.sets, "--set", "NAME=VALUE", "The value of ${NAME} in the suite");
  Usage usage = flags.parse(arguments);
  if (!usage.help.empty()) return tl::unexpected(std::move(usage));
  LimitOrder order;
  for (const auto& [given, name] :
       {std::pair(&typed.http.rate, "--rate"), std::pair(&typed.http.stages, "--stages"),
        std::pair(&typed.http.duration, "--duration"), std::pair(&typed.http.requests, "--requests"),
        std::pair(&typed.http.warmup, "--warmup")})
    if (*given)
      usage.mistakes.push_back(format("{}: the search decides this; see --step, --settle and --max-rate", name));
  order.options = typed.http.run.read(usage);
  for (const auto& name : order.options.formats) {
    if (name == "json")
      order.json = true;
    else if (name != "text")
      usage.mistakes.emplace_back("--format: expected text or json");
  }
  if (typed.http.urls.size() == 1 && is_suite(typed.http.urls.front()))
    read_suite(console, typed, order, usage);
  else
    order.load = typed.http.read(usage);
  order.connections = read_flag(typed.http.connections, "--connections", scenario::parse_connections, usage)
                          .value_or(order.connections);
  order.step = read_flag(typed.step, "--step", scenario::parse_positive_duration, usage).value_or(order.step);
  order.settle = read_flag(typed.settle, "--settle", parse_duration, usage).value_or(order.settle);
  order.most_rate = read_flag(typed.most_rate, "--max-rate", parse_rate, usage).value_or(order.most_rate);
  if (!(order.most_rate >= 1)) usage.mistakes.emplace_back("--max-rate: expected at least 1 per second");
  order.most_clients =
      read_flag(typed.most_clients, "--max-clients", scenario::parse_connections, usage).value_or(order.most_clients);
  order.most_users = read_flag(typed.most_users, "--users", scenario::parse_connections, usage);
  if (!usage.mistakes.empty()) return tl::unexpected(std::move(usage));
  drop_targets_of_runs(order.load);
  if (const auto* clients = std::get_if<scenario::AudienceLoad>(&order.load.kind)) {
    add_target(order.load, kConnected);
    if (!clients->publish.empty()) add_target(order.load, kDelivered);
  } else {
    add_target(order.load, kServed);
  }
  order.options.command_line = command_line("limit", arguments);
  return order;
}

}  // namespace loadstone::cli

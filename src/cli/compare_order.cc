#include "cli/compare_order.h"

#include <algorithm>

#include "base/format.h"
#include "base/units.h"
#include "cli/run_flags.h"
#include "cli/suite_flags.h"
#include "report/report.h"
#include "scenario/body_file.h"
#include "scenario/values.h"
#include "stats/sequential.h"

namespace loadstone::cli {
namespace {

constexpr double kDefaultRate = 200;
constexpr const char* kPageFile = "comparison.html";
// A look beyond the last planned one would raise the false alarms.
constexpr std::size_t kMostPairs = stats::kLooks.back();

Result<std::size_t> parse_pairs(std::string_view text) {
  const auto count = parse_count(text);
  if (!count || *count < static_cast<double>(stats::kFewestPairs) || *count > kMostPairs)
    return fail(ErrorCode::kInvalid, format("expected a number from {} to {}", stats::kFewestPairs, kMostPairs));
  return static_cast<std::size_t>(*count);
}

Result<CompareFormat> parse_format(std::string_view text) {
  if (text == "text") return CompareFormat::kText;
  if (text == "json") return CompareFormat::kJson;
  if (text == "summary") return CompareFormat::kSummary;
  return fail(ErrorCode::kInvalid, "expected text, json or summary");
}

Result<std::optional<compare::Design>> parse_design(std::string_view text) {
  if (text == "auto") return std::nullopt;
  if (text == "duet") return compare::Design::kDuetSwap;
  if (text == "turns") return compare::Design::kInterleaved;
  return fail(ErrorCode::kInvalid, "expected auto, duet or turns");
}

// "latency.p95=15%"
Result<std::pair<std::string, double>> parse_margin(std::string_view text) {
  const auto equals = text.find('=');
  const std::string name(text.substr(0, equals));
  if (equals == std::string_view::npos || compare::compared_metric(name) == nullptr) {
    std::vector<std::string_view> names;
    for (const auto& metric : compare::compared_metrics()) names.push_back(metric.name);
    return fail(ErrorCode::kInvalid, format("expected METRIC=MARGIN with one of {}", join(names, ", ")));
  }
  const auto margin = parse_ratio(text.substr(equals + 1));
  if (!margin || !(*margin > 0) || *margin >= 1)
    return fail(ErrorCode::kInvalid, "expected a margin between 0 and 100 %, such as 5%");
  return std::pair(name, *margin);
}

// As typed.
struct CompareFlags {
  std::vector<std::string> operands, margins;
  std::optional<std::string> out, html, format, exit_code_on_miss, on_inconclusive;
  bool live = false, fresh = false;
  std::optional<std::string> suite, rate, connections, design, max_pairs, trial, seed, reactor, ready, body;
  std::vector<std::string> only, sets, requests, headers;

  void declare(Flags& flags);
};

void CompareFlags::declare(Flags& flags) {
  flags.positionals(operands, "A B",
                    "Two results, folders of repeated results, or with --live two builds; further "
                    "results are only drawn");
  flags.values(margins, "--margin", "METRIC=X%", "What a change may be before it matters: latency.p95=15%");
  flags.group("Live");
  flags.flag(live, "--live", "A and B are commands with {port} in them, or URLs: measure both now");
  flags.value(suite, "--suite", "FILE", "Load: the HTTP scenarios of a suite, at half of their rate for each build");
  flags.values(only, "--only", "GLOB", "Of the suite only the scenarios whose name matches");
  flags.values(sets, "--set", "NAME=VALUE", "The value of ${NAME} in the suite");
  flags.values(requests, "--request", "'METHOD /path'", "Or: what to send (GET /); several take turns");
  flags.values(headers, "-H,--header", "'NAME: VALUE'", "A header of every such request");
  flags.value(body, "-b,--body,--data", "TEXT|@FILE", "The body of every such request");
  flags.value(rate, "-r,--rate", "RATE", "Requests per second for both builds together (200)");
  flags.value(connections, "-c,--connections", "N", "Connections for both builds together (50)");
  flags.value(ready, "--ready", "/PATH", "A build is ready when it answers this below 500");
  flags.value(design, "--design", "auto|duet|turns",
              "Both at once with swapped cores, or in turns (auto: at once for commands, in turns for URLs)");
  flags.value(max_pairs, "--max-pairs", "N", "Give up after this many pairs (120)");
  flags.value(trial, "--trial", "TIME", "Length of a trial in turns (2s)");
  flags.value(seed, "--seed", "N", "Of all randomness");
  flags.value(reactor, "--reactor", "auto|io_uring|epoll", "How sockets are driven (auto)");
  flags.flag(fresh, "--fresh", "Begin anew although the folder holds pairs of this comparison");
  flags.group("Results");
  flags.value(out, "-o,--out", "DIR",
              "Folder for comparison.html, comparison.json and the pairs; a stopped comparison goes on from it");
  flags.optional_value(html, "--html", "FILE", kPageFile,
                       "Draw the results over one another in a page: in the folder of -o, here, or in FILE");
  flags.value(format, "--format", "text|json|summary", "What to print (text)");
  flags.value(exit_code_on_miss, "--exit-code-on-miss", "N", "Exit code when a metric has regressed (1)");
  flags.value(on_inconclusive, "--on-inconclusive", "pass|fail|report",
              "Exit with 0, 1 or 4 when too little was measured (report)");
}

// One scenario of the requests that were typed.
scenario::Scenario typed_load(const CompareFlags& typed, Usage& usage) {
  scenario::Scenario load;
  scenario::HttpLoad http;
  scenario::OpenLoad open;
  const auto rate = read_flag(typed.rate, "--rate", parse_rate, usage).value_or(kDefaultRate);
  if (!(rate > 0) || rate > scenario::kMaxRate) usage.mistakes.emplace_back("--rate: expected a rate above 0");
  open.stages = {{rate, rate, 10s}};
  open.connections =
      read_flag(typed.connections, "--connections", scenario::parse_connections, usage).value_or(open.connections);
  http.load = open;
  auto lines = typed.requests;
  if (lines.empty()) lines.emplace_back(typed.body ? "POST /" : "GET /");
  for (const std::string& text : lines) {
    const auto line = scenario::parse_request_line(text);
    if (!line) {
      usage.mistakes.push_back(format("--request {}: {}", shown(text), line.error().message));
      continue;
    }
    scenario::Request request;
    request.method = line->method;
    request.target = line->target;
    request.name = format("{} {}", line->method, line->target.substr(0, line->target.find('?')));
    for (const std::string& header : typed.headers) {
      auto parsed = scenario::parse_header(header);
      if (parsed)
        request.headers.push_back(std::move(*parsed));
      else
        usage.mistakes.push_back(format("--header {}: {}", shown(header), parsed.error().message));
    }
    if (typed.body && typed.body->starts_with('@')) {
      auto body = scenario::read_body_file(typed.body->substr(1));
      if (body)
        request.body = std::move(*body);
      else
        usage.mistakes.push_back("--body: " + body.error().message);
    } else if (typed.body) {
      request.body = *typed.body;
    }
    http.requests.push_back(std::move(request));
  }
  load.name = http.requests.empty() ? "" : http.requests.front().name;
  load.endpoint.url = Url{"http", "127.0.0.1", 80, "/"};
  load.kind = std::move(http);
  return load;
}

// The HTTP scenarios of a suite, and how its service is started.
std::vector<scenario::Scenario> suite_loads(Console& console, const CompareFlags& typed, scenario::Service& like,
                                            Usage& usage) {
  SuiteFlags flags;
  flags.files = {*typed.suite};
  flags.sets = typed.sets;
  flags.only = typed.only;
  const auto options = flags.read(console, usage);
  if (!usage.mistakes.empty()) return {};
  auto suites = load_suites(console, flags.files, options);
  if (!suites) {
    usage.mistakes.emplace_back("the suite cannot be used; nothing was sent");
    return {};
  }
  std::vector<scenario::Scenario> loads;
  for (auto& s : suites->front().scenarios)
    if (std::holds_alternative<scenario::HttpLoad>(s.kind)) loads.push_back(std::move(s));
  if (suites->front().service) like = *suites->front().service;
  if (loads.empty()) usage.mistakes.emplace_back("--suite: it has no HTTP scenario to compare with");
  return loads;
}

void read_live(Console& console, const CompareFlags& typed, CompareOrder& order, Usage& usage) {
  scenario::Service like;
  if (typed.suite && !typed.requests.empty())
    usage.mistakes.emplace_back("--suite and --request exclude each other");
  else if (typed.suite)
    order.loads = suite_loads(console, typed, like, usage);
  else
    order.loads.push_back(typed_load(typed, usage));
  if (typed.suite && (typed.rate || typed.connections))
    usage.mistakes.emplace_back("--rate and --connections: the suite says how much load there is");
  if (typed.ready) {
    like.ready_target = *typed.ready;
    if (const auto ok = scenario::check_target(*typed.ready); !ok)
      usage.mistakes.push_back("--ready: " + ok.error().message);
  }
  for (const auto& [text, spec] : {std::pair(&order.a, &order.build_a), std::pair(&order.b, &order.build_b)}) {
    auto parsed = duet::parse_build(*text, like);
    if (parsed)
      *spec = std::move(*parsed);
    else
      usage.mistakes.push_back(format("{}: {}", shown(*text), parsed.error().message));
  }
  order.design =
      read_flag<std::optional<compare::Design>>(typed.design, "--design", parse_design, usage).value_or(std::nullopt);
  order.most_pairs = read_flag(typed.max_pairs, "--max-pairs", parse_pairs, usage).value_or(order.most_pairs);
  order.trial_length =
      read_flag(typed.trial, "--trial", scenario::parse_positive_duration, usage).value_or(order.trial_length);
}

}  // namespace

tl::expected<CompareOrder, Usage> parse_compare(Console& console, Arguments arguments) {
  Flags flags("compare", "A B [FLAGS]",
              "Is B worse than A? Compares saved results; with --live two builds are measured side by side.");
  CompareFlags typed;
  typed.declare(flags);
  Usage usage = flags.parse(arguments);
  if (!usage.help.empty()) return tl::unexpected(std::move(usage));
  CompareOrder order;
  const bool has_page = typed.html || typed.out;
  const std::size_t most = has_page && !typed.live ? report::Page::kMostResults : 2;
  if (typed.operands.size() >= 2 && typed.operands.size() <= most) {
    order.a = typed.operands[0];
    order.b = typed.operands[1];
    order.beside.assign(typed.operands.begin() + 2, typed.operands.end());
  } else if (typed.operands.size() > 2 && usage.mistakes.empty() && !typed.live) {
    usage.mistakes.push_back(has_page ? format("a page draws at most {} results, not {}", most, typed.operands.size())
                                      : "A is compared with B; further results can only be drawn: add --html");
  } else if (usage.mistakes.empty()) {
    usage.mistakes.push_back(
        format("expected two things to compare, A (the accepted one) and B, not {}", typed.operands.size()));
  }
  for (const std::string& text : typed.margins)
    if (const auto margin = read_flag<std::pair<std::string, double>>(text, "--margin", parse_margin, usage))
      order.margins[margin->first] = margin->second;
  order.format = read_flag(typed.format, "--format", parse_format, usage).value_or(order.format);
  RunFlags run;
  run.seed = typed.seed;
  run.reactor = typed.reactor;
  run.exit_code_on_miss = typed.exit_code_on_miss;
  run.on_inconclusive = typed.on_inconclusive;
  run.out = typed.out;
  const RunOptions options = run.read(usage);
  order.seed = options.seed;
  order.reactor = options.reactor;
  order.exit_code_on_miss = options.exit_code_on_miss;
  order.on_inconclusive = options.on_inconclusive;
  order.out = options.out;
  if (typed.html) {
    // In the folder it is written anyway.
    if (*typed.html != kPageFile || order.out.empty()) order.page = *typed.html;
  }
  order.is_live = typed.live;
  order.fresh = typed.fresh;
  if (!typed.live && (typed.suite || typed.rate || !typed.requests.empty() || typed.design))
    usage.mistakes.emplace_back("a load is for --live; saved results have theirs");
  if (typed.live && usage.mistakes.empty()) read_live(console, typed, order, usage);
  if (!usage.mistakes.empty()) return tl::unexpected(std::move(usage));
  return order;
}

}  // namespace loadstone::cli

#include "cli/http_flags.h"

#include <algorithm>

#include "base/format.h"
#include "base/units.h"
#include "cli/request_flags.h"
#include "scenario/values.h"

namespace loadstone::cli {
namespace {

using scenario::LoadShape;
using scenario::Request;
using scenario::Scenario;

constexpr scenario::LoadNames kNames{"--connections", "--rate",  "--stages",   "--connections", "--duration",
                                     "--requests",    "--think", "--arrivals", "--pacing"};

constexpr scenario::VersionNames kVersionNames{"--http2", "--http2", "--streams", "--no-keepalive"};

// A placeholder is no valid part of a URL; letters stand in for it while the URL is taken apart.
Result<Url> parse_test_url(std::string_view text) {
  constexpr std::string_view kPlaceholder = "{{request.id}}";
  constexpr std::string_view kStandIn = "loadstone0request0id";
  const auto replaced = [](std::string s, std::string_view from, std::string_view to) {
    for (std::size_t at = s.find(from); at != std::string::npos; at = s.find(from, at + to.size()))
      s.replace(at, from.size(), to);
    return s;
  };
  if (const auto ok = scenario::check_placeholders(text, scenario::Placeholders::kRequest); !ok)
    return fail(ok.error());
  auto url = parse_url(replaced(std::string(text), kPlaceholder, kStandIn));
  if (!url) return fail(url.error());
  if (url->scheme == "ws" || url->scheme == "wss")
    return fail(ErrorCode::kInvalid, "a WebSocket address; `loadstone http` needs http or https");
  url->target = replaced(std::move(url->target), kStandIn, kPlaceholder);
  return url;
}

LoadShape read_shape(const HttpFlags& typed, int streams, Usage& usage) {
  LoadShape shape;
  const auto connections = read_flag(typed.connections, "--connections", scenario::parse_connections, usage);
  shape.rate = read_flag(typed.rate, "--rate", scenario::parse_ramp, usage);
  shape.stages =
      read_flag(typed.stages, "--stages", scenario::parse_stages, usage).value_or(std::vector<scenario::Stage>());
  shape.duration = read_flag(typed.duration, "--duration", scenario::parse_positive_duration, usage);
  shape.count = read_flag(typed.requests, "--requests", scenario::parse_request_count, usage);
  shape.think = read_flag(typed.think, "--think", scenario::parse_any_duration, usage);
  shape.arrivals = read_flag(typed.arrivals, "--arrivals", scenario::parse_arrivals, usage);
  shape.pacing = read_flag(typed.pacing, "--pacing", scenario::parse_pacing, usage);
  // In a closed load every connection is a user's; with several streams each stream is.
  (shape.is_open() ? shape.connections : shape.users) = connections;
  if (!shape.is_open() && shape.stages.empty() && streams > 1) {
    const auto users = std::int64_t{connections.value_or(scenario::kDefaultUsers)} * streams;
    shape.users = static_cast<int>(std::min<std::int64_t>(users, scenario::kMaxConnections));
    if (users > scenario::kMaxConnections)
      usage.mistakes.push_back(
          format("--streams: more than {} over all connections", show_count(scenario::kMaxConnections)));
  }
  return shape;
}

Request read_request(const HttpFlags& typed, const Url& url, Usage& usage) {
  Request request;
  request.target = url.target;
  if (typed.body) {
    request.body = read_body(*typed.body, scenario::Placeholders::kRequest, usage);
    request.method = "POST";  // as curl does
  }
  if (typed.method) {
    if (const auto ok = scenario::check_method(*typed.method); !ok)
      usage.mistakes.push_back(format("--method {}: {}", shown(*typed.method), ok.error().message));
    if (typed.body && (*typed.method == "HEAD" || *typed.method == "TRACE"))
      usage.mistakes.push_back(format("--body: {} has no body", *typed.method));
    request.method = *typed.method;
  }
  request.headers = read_headers(typed.headers, scenario::Placeholders::kRequest, scenario::check_header_name, usage);
  if (auto status = read_flag(typed.expect_status, "--expect-status", scenario::parse_statuses, usage))
    request.check.status = std::move(*status);
  request.name = request.method + " " + request.target.substr(0, request.target.find('?'));
  return request;
}

}  // namespace

void HttpFlags::declare(Flags& flags) {
  flags.positionals(urls, "URL", "http://host:port/path; {{request.id}} in it becomes the number of the request");
  flags.group("Load");
  flags.value(connections, "-c,--connections", "N",
              "Connections: each a user who waits for answers (10), or with a rate a bound (50)");
  flags.value(duration, "-d,--duration", "TIME", "How long to measure: 5s, 1m30s (10s)");
  flags.value(requests, "-n,--requests", "N", "Stop after this many requests: 1000, 10k");
  flags.value(rate, "-r,--rate", "RATE[:RATE]",
              "Requests per second, whatever the service does: 500, 10k; 100:1000 rises");
  flags.value(stages, "--stages", "TIME@RATE,...",
              "Several loads in turn: 10s@500/s,30s@500:1000/s; 5s@10 is 10 users");
  flags.value(arrivals, "--arrivals", "poisson|uniform", "How requests at a rate are spread (poisson)");
  flags.value(pacing, "--pacing", "coalesced|precise|spinning", "How exactly sends at a rate are timed (precise)");
  flags.value(think, "--think", "TIME", "Pause of a user between an answer and the next request (0)");
  flags.value(warmup, "--warmup", "TIME", "The same load before, not counted (0)");
  flags.value(drain, "--drain", "TIME", "How long the last requests may take after the end (10s)");
  flags.group("Request");
  flags.value(method, "-X,--method", "METHOD", "GET, or POST with a body");
  flags.values(headers, "-H,--header", "'NAME: VALUE'", "A header");
  flags.value(body, "-b,--body,--data", "TEXT|@FILE", "The body");
  flags.value(expect_status, "--expect-status", "CODES",
              "What counts as success: 200, 2xx, 200-204, with commas (200-399)");
  flags.value(timeout, "--timeout", "TIME", "For the whole answer (30s)");
  flags.group("Connections");
  flags.value(connect_timeout, "--connect-timeout", "TIME", "For a connection (5s)");
  flags.flag(no_keep_alive, "--no-keepalive", "A new connection for each request");
  flags.flag(http2, "--http2", "HTTP/2: of https by ALPN, else without asking (prior knowledge)");
  flags.value(streams, "--streams", "N",
              "Requests at once on a connection, with --http2; without a rate each a user (1)");
  endpoint.declare(flags);
  flags.group("Targets");
  flags.values(slos, "--slo", "'METRIC < LIMIT'", "What must hold: 'latency.p99 < 250ms', 'error_rate < 1%'");
  run.declare(flags);
}

Scenario HttpFlags::read(Usage& usage) const {
  Scenario test;
  Url url;
  // After a misspelt flag its value looks like a URL, or the URL like its value; the flag has been reported.
  const bool is_understood = usage.mistakes.empty();
  if (urls.size() != 1 && !is_understood) {
    url = Url{"http", "localhost", 80, "/"};
  } else if (urls.empty()) {
    usage.mistakes.emplace_back("the URL is missing, such as http://127.0.0.1:8000/health");
  } else if (urls.size() > 1) {
    usage.mistakes.push_back(format("one URL, not {}; several requests go in a suite", urls.size()));
  } else if (auto parsed = parse_test_url(urls.front())) {
    url = std::move(*parsed);
  } else {
    usage.mistakes.push_back(format("{}: {}", shown(urls.front()), parsed.error().message));
  }
  test.endpoint.url = url;
  test.endpoint.url.target = "/";
  endpoint.read(test.endpoint, usage);

  scenario::HttpLoad http;
  http.requests.push_back(read_request(*this, url, usage));
  const std::size_t before = usage.mistakes.size();
  http.version = http2 ? scenario::HttpVersion::k2 : http.version;
  http.streams = read_flag(streams, "--streams", scenario::parse_streams, usage).value_or(http.streams);
  const LoadShape shape = read_shape(*this, http.streams, usage);
  if (usage.mistakes.size() == before)
    for (auto& [name, message] : scenario::contradictions(shape, kNames)) usage.mistakes.push_back(std::move(message));
  if (usage.mistakes.size() == before) scenario::apply(shape, http);
  http.warmup = read_flag(warmup, "--warmup", scenario::parse_any_duration, usage).value_or(http.warmup);
  http.drain = read_flag(drain, "--drain", scenario::parse_any_duration, usage).value_or(http.drain);
  http.request_timeout =
      read_flag(timeout, "--timeout", scenario::parse_positive_duration, usage).value_or(http.request_timeout);
  http.connect_timeout = read_flag(connect_timeout, "--connect-timeout", scenario::parse_positive_duration, usage)
                             .value_or(http.connect_timeout);
  http.keep_alive = !no_keep_alive;
  if (usage.mistakes.size() == before)
    for (auto& [name, message] : scenario::contradictions(http, kVersionNames))
      usage.mistakes.push_back(std::move(message));
  test.name = http.requests.front().name;
  test.kind = std::move(http);
  read_targets(slos, test, usage);
  return test;
}

}  // namespace loadstone::cli

#include "engine/plan.h"

#include <algorithm>
#include <cstring>

#include "base/format.h"
#include "base/random.h"
#include "net/reactor.h"
#include "net/tls_trial.h"
#include "protocol/http1/encode.h"
#include "protocol/http2/encode.h"

namespace loadstone::engine {
namespace {

bool is_idempotent(std::string_view method) {
  return method == "GET" || method == "HEAD" || method == "OPTIONS" || method == "PUT" || method == "DELETE" ||
         method == "TRACE";
}

Step make_step(const scenario::Request& request, const scenario::Endpoint& endpoint, bool keep_alive,
               scenario::HttpVersion version = scenario::HttpVersion::k1_1) {
  protocol::RequestParts parts;
  parts.method = request.method;
  parts.scheme = endpoint.url.scheme;
  parts.target = request.target;
  const std::string authority = endpoint.url.authority();
  parts.authority = authority;
  for (const auto& h : request.headers) parts.headers.emplace_back(h.name, h.value);
  parts.body = request.body;
  parts.keep_alive = keep_alive;
  parts.wants_body = !request.check.body_contains.empty();
  auto prepared = version == scenario::HttpVersion::k2 ? http2::encode(parts) : http1::encode(parts);
  return {request.name, std::move(prepared), request.check, is_idempotent(request.method), request.weight};
}

// Requests with a concurrency of their own, and the rest together.
std::vector<Group> make_groups(const scenario::HttpLoad& load) {
  std::vector<Group> groups;
  Group shared;
  shared.load = load.load;
  double total = 0;
  for (std::uint32_t i = 0; i < load.requests.size(); ++i) {
    const auto& request = load.requests[i];
    const auto* closed = std::get_if<scenario::ClosedLoad>(&load.load);
    if (request.concurrency && closed != nullptr) {
      scenario::ClosedLoad own = *closed;
      for (auto& stage : own.stages) stage.users = *request.concurrency;
      groups.push_back({{i}, {1.0}, own});
    } else {
      total += request.weight;
      shared.steps.push_back(i);
      shared.cumulative_weight.push_back(total);
    }
  }
  if (!shared.steps.empty()) {
    for (double& w : shared.cumulative_weight) w /= total;
    groups.push_back(std::move(shared));
  }
  return groups;
}

// With TLS a whole handshake: what is wrong with a certificate is wrong for every connection, and said once.
Status try_peer(const net::Address& address, const std::optional<TlsOptions>& tls, Nanoseconds timeout) {
  return tls ? net::try_handshake(address, *tls, timeout) : net::try_connect(address, timeout);
}

Result<net::Address> reachable_peer(const scenario::Endpoint& endpoint, Nanoseconds timeout, Plan& plan) {
  if (!endpoint.unix_socket.empty()) {
    auto address = net::unix_address(endpoint.unix_socket);
    if (!address) return address;
    if (auto status = try_peer(*address, plan.tls, timeout); !status) return fail(status.error());
    return address;
  }
  const std::string& host = endpoint.connect_to_host.empty() ? endpoint.url.host : endpoint.connect_to_host;
  const std::uint16_t port = endpoint.connect_to_port == 0 ? endpoint.url.port : endpoint.connect_to_port;
  auto resolution = net::resolve(host, port);
  if (!resolution) return fail(resolution.error());
  plan.dns = resolution->took;
  std::string problems;
  for (const net::Address& address : resolution->addresses) {
    const auto status = try_peer(address, plan.tls, timeout);
    if (status) return address;
    problems += (problems.empty() ? "" : "; ") + status.error().message;
  }
  return fail(ErrorCode::kUnavailable, problems);
}

// Where a plan's connections go and come from.
Status find_addresses(const scenario::Endpoint& endpoint, Nanoseconds timeout, Plan& plan) {
  plan.tls = scenario::tls_to(endpoint);
  if (plan.tls && plan.version == scenario::HttpVersion::k2) {
    plan.tls->protocols = {"h2"};
    plan.tls->needs_protocol = true;
  }
  auto peer = reachable_peer(endpoint, timeout, plan);
  if (!peer)
    return fail(
        peer.error().within(plan.tls ? "no TLS connection to the service" : "the service could not be reached"));
  plan.peer = *peer;
  for (const std::string& text : endpoint.local_addresses) {
    auto local = net::parse_address(text, 0);
    if (!local) return fail(local.error().within("local address"));
    if (local->family() != plan.peer.family())
      return fail(ErrorCode::kInvalid, format("the local address {} cannot reach {}: one is IPv4, the other is not",
                                              text, plan.peer.text()));
    const int fd = net::make_socket(plan.peer, &*local);
    if (fd < 0)
      return fail(ErrorCode::kInvalid, format("the local address {} cannot be used: {}", text, std::strerror(-fd)));
    net::close_socket(fd, net::Reactor::How::kGraceful);
    plan.local.push_back(*local);
  }
  return {};
}

Result<Plan> make_http_plan(const scenario::Scenario& scenario, std::uint64_t seed) {
  const auto& load = std::get<scenario::HttpLoad>(scenario.kind);
  Plan plan;
  plan.version = load.version;
  plan.streams = load.streams;
  if (load.script)
    add_journeys(scenario, load, plan);
  else
    for (const auto& request : load.requests)
      plan.steps.push_back(make_step(request, scenario.endpoint, load.keep_alive, load.version));
  plan.groups = make_groups(load);
  if (const auto found = find_addresses(scenario.endpoint, load.connect_timeout, plan); !found)
    return fail(found.error());
  plan.duration = scenario::planned_duration(load);
  plan.request_count = load.request_count;
  plan.warmup = load.warmup;
  plan.drain = load.drain;
  plan.connect_timeout = load.connect_timeout;
  plan.request_timeout = load.request_timeout;
  plan.run_timeout = load.run_timeout;
  plan.block = block_length(plan.duration);
  plan.keep_alive = load.keep_alive;
  plan.pacing = load.pacing;
  plan.seed = seed;
  plan.targets = scenario.targets;
  plan.secrets = scenario.secrets;
  return plan;
}

// Ids are below 2^53, so that every JSON reader keeps them whole, and hardly ever the same in two runs: what an earlier
// run has published must not be taken for ours.
std::uint64_t first_message_id(std::uint64_t run) {
  constexpr std::uint64_t kIdsOfRun = 1'000'000'000;
  constexpr std::uint64_t kRuns = 9'000'000;
  return (1 + run % kRuns) * kIdsOfRun;
}

Result<Plan> make_audience_plan(const scenario::Scenario& scenario, std::uint64_t seed) {
  const auto& load = std::get<scenario::AudienceLoad>(scenario.kind);
  Plan plan;
  plan.seed = seed;
  plan.duration = load.recover ? std::nullopt : scenario::planned_duration(load);
  plan.drain = load.drain;
  plan.connect_timeout = load.connect_timeout;
  plan.request_timeout = 30s;
  plan.run_timeout = load.run_timeout;
  plan.warmup = load.warmup;
  plan.block = block_length(plan.duration);
  plan.targets = scenario.targets;
  if (const auto found = find_addresses(scenario.endpoint, load.connect_timeout, plan); !found)
    return fail(found.error());
  add_publishers(scenario, load, plan);
  audience::Place place{plan.peer, plan.local, plan.dns, seed, 0, 0, nullptr};
  const std::uint64_t run =
      Random(seed ^ static_cast<std::uint64_t>(SteadyClock::read().time_since_epoch().count())).next();
  place.first_id = first_message_id(run);
  place.run = static_cast<std::uint32_t>(run >> 32);
  if (load.match || !load.publish.empty())
    place.broadcasts = std::make_shared<ledger::Broadcasts>(audience::streams_of(load), place.first_id, place.run);
  auto audience = audience::make_plan(scenario, std::move(place));
  if (!audience) return fail(audience.error());
  plan.audience = std::move(*audience);
  return plan;
}

}  // namespace

std::uint32_t Group::pick(double u) const {
  const auto at = std::upper_bound(cumulative_weight.begin(), cumulative_weight.end(), u);
  const auto index = std::min<std::size_t>(static_cast<std::size_t>(at - cumulative_weight.begin()), steps.size() - 1);
  return steps[index];
}

void add_journeys(const scenario::Scenario& scenario, const scenario::HttpLoad& load, Plan& plan) {
  plan.script = load.script;
  plan.origin = scenario.endpoint.url;
  plan.steps.resize(load.requests.size());
  for (const auto& journey : load.script->journeys)
    for (const auto& walked : journey.steps) {
      const scenario::Request& request = load.requests[walked.request];
      Step& step = plan.steps[walked.request];
      step.name = request.name;
      step.check = request.check;
      if (walked.speech) {
        // What is answered to who would open a WebSocket.
        if (step.check.status.empty()) step.check.status = {{kUpgraded, kUpgraded}};
        step.spoken = std::make_shared<SpokenStep>(request, *load.script, scenario.endpoint);
        continue;
      }
      step.idempotent = is_idempotent(request.method);
      // A few words of every answer are kept: they are shown where it has the wrong status.
      constexpr std::size_t kExcerpt = 512;
      step.kept_body = walked.needs_body() || !request.check.body_contains.empty() ? kMaxCheckedBody : kExcerpt;
      step.scripted = std::make_shared<ScriptedRequest>(request, *load.script, walked, scenario.endpoint,
                                                        load.keep_alive, load.version);
    }
}

void add_publishers(const scenario::Scenario& scenario, const scenario::AudienceLoad& load, Plan& plan) {
  ledger::Stream stream = 0;
  for (std::size_t i = 0; i < load.publish.size(); ++i) {
    const scenario::Publish& p = load.publish[i];
    const auto turns = static_cast<std::uint32_t>(p.publishers);
    const auto* by = std::get_if<scenario::PublishRequest>(&p.by);
    if (by == nullptr) {
      stream += turns;
      continue;
    }
    const auto step = static_cast<std::uint32_t>(plan.steps.size());
    plan.steps.push_back(make_step(by->request, scenario.endpoint, true));
    plan.steps.back().name = p.name;
    plan.steps.back().idempotent = false;  // sent twice, it would be heard twice
    scenario::OpenLoad open;
    open.stages = {{p.rate, p.rate, plan.duration.value_or(Nanoseconds(0))}};
    open.arrivals = p.arrivals;
    open.connections = 1;
    for (std::uint32_t turn = 0; turn < turns; ++turn)
      plan.groups.push_back(
          {{step}, {1.0}, open, Publishing{stream++, turn, turns, audience::publishing_seed(plan.seed, i), p.count}});
  }
}

Result<Plan> make_plan(const scenario::Scenario& scenario, std::uint64_t seed) {
  if (std::holds_alternative<scenario::AudienceLoad>(scenario.kind)) return make_audience_plan(scenario, seed);
  return make_http_plan(scenario, seed);
}

Nanoseconds block_length(std::optional<Nanoseconds> duration) {
  if (!duration) return 1s;
  return std::clamp<Nanoseconds>(*duration / 40, 100ms, 1s);
}

int connections(const Plan& plan) {
  int total = 0;
  for (const Group& group : plan.groups) {
    int most = 0;
    if (const auto* closed = std::get_if<scenario::ClosedLoad>(&group.load))
      for (const auto& stage : closed->stages)
        most = std::max(most, scenario::connections_of(stage.users, plan.streams));
    else
      most = std::get<scenario::OpenLoad>(group.load).connections;
    total += most;
  }
  if (plan.audience) total += static_cast<int>(plan.audience->all_clients());
  return total;
}

namespace {

// How many sockets a shard may need at most for WebSockets of users on journeys.
std::size_t speaking(const Plan& plan, int shards) {
  if (!plan.script || !plan.script->speaks()) return 0;
  std::size_t each = 0;
  for (const auto& journey : plan.script->journeys)
    each = std::max(each, static_cast<std::size_t>(std::count_if(journey.steps.begin(), journey.steps.end(),
                                                                 [](const auto& s) { return s.speech.has_value(); })));
  const auto* closed = std::get_if<scenario::ClosedLoad>(&plan.groups.front().load);
  if (closed == nullptr) return kMostSpeaking;
  int users = 0;
  for (const auto& stage : closed->stages) users = std::max(users, stage.users);
  return std::max(kMostSpeaking, each * (static_cast<std::size_t>(users / shards) + 1) + kMaxLingering);
}

}  // namespace

std::size_t sockets_per_shard(const Plan& plan, int shards) {
  // One more of each group than its even share, and room for sockets that are closed but not yet free.
  const std::size_t spare = kMaxLingering + (plan.keep_alive ? 256 : 3072);
  return static_cast<std::size_t>(connections(plan) / shards) + plan.groups.size() + spare + speaking(plan, shards);
}

}  // namespace loadstone::engine

#include "audience/plan.h"

#include <algorithm>

#include "audience/message_text.h"
#include "base/check.h"
#include "base/random.h"

namespace loadstone::audience {
namespace {

using scenario::AudienceLoad;
using scenario::Match;
using scenario::Publish;

scenario::OpenLoad at_rate(double rate, scenario::Arrivals arrivals, Nanoseconds duration) {
  scenario::OpenLoad load;
  load.stages = {{rate, rate, duration}};
  load.arrivals = arrivals;
  load.connections = 1;
  return load;
}

std::variant<websocket::SessionPlan, event_stream::SessionPlan> session_of(const AudienceLoad& load,
                                                                           const std::string& path,
                                                                           const std::string& authority) {
  if (load.event_stream) {
    event_stream::SessionPlanParts parts;
    parts.target = path;
    parts.authority = authority;
    for (const auto& h : load.headers) parts.headers.emplace_back(h.name, h.value);
    parts.resumes = load.event_stream->resume;
    parts.max_event_bytes = load.max_message_bytes;
    return event_stream::make_session_plan(parts);
  }
  websocket::SessionPlanParts parts;
  parts.target = path;
  parts.authority = authority;
  for (const auto& h : load.headers) parts.headers.emplace_back(h.name, h.value);
  parts.subprotocols = load.subprotocols;
  parts.offer = {load.compression.offered, load.compression.client_context_takeover,
                 load.compression.server_context_takeover};
  parts.max_message_bytes = load.max_message_bytes;
  return websocket::make_session_plan(parts);
}

std::vector<bool> streams_heard(const AudienceLoad& load, const scenario::Filter& filter) {
  std::vector<bool> hears;
  if (filter.hears.empty()) return hears;
  for (const Publish& p : load.publish)
    hears.insert(hears.end(), static_cast<std::size_t>(p.publishers),
                 std::find(filter.hears.begin(), filter.hears.end(), p.name) != filter.hears.end());
  return hears;
}

// Patterns are checked where they are written.
std::shared_ptr<const Pattern> pattern_of(const std::string& text) {
  if (text.empty()) return nullptr;
  auto pattern = Pattern::compile(text);
  CHECK(pattern.has_value());
  return std::make_shared<const Pattern>(std::move(*pattern));
}

std::vector<Kind> kinds_of(const AudienceLoad& load, const std::string& authority) {
  std::vector<Kind> kinds;
  std::uint32_t end = 0;
  const auto either = [](const std::string& own, const std::string& common) { return own.empty() ? common : own; };
  for (const scenario::Filter& f : load.filters) {
    end += static_cast<std::uint32_t>(f.clients);
    kinds.push_back({end, session_of(load, either(f.path, load.path), authority), either(f.on_open, load.on_open),
                     pattern_of(either(f.ready, load.ready)), streams_heard(load, f)});
  }
  kinds.push_back({UINT32_MAX, session_of(load, load.path, authority), load.on_open, pattern_of(load.ready), {}});
  return kinds;
}

void add_speakers(const AudienceLoad& load, std::uint64_t seed, Plan& plan) {
  const Nanoseconds duration =
      plan.recover ? Nanoseconds(0) : scenario::planned_duration(load).value_or(Nanoseconds(0));
  ledger::Stream stream = 0;
  std::uint32_t client = 0;
  for (std::size_t i = 0; i < load.publish.size(); ++i) {
    const Publish& p = load.publish[i];
    const auto turns = static_cast<std::uint32_t>(p.publishers);
    for (std::uint32_t turn = 0; turn < turns; ++turn, ++stream) {
      if (std::holds_alternative<scenario::PublishRequest>(p.by)) continue;  // the engine's HTTP connections do that
      Speaker speaker;
      speaker.stream = stream;
      speaker.load = at_rate(p.rate, p.arrivals, duration);
      speaker.count = p.count;
      speaker.turn = turn;
      speaker.turns = turns;
      speaker.seed = publishing_seed(seed, i);
      if (const auto* file = std::get_if<scenario::PublishFile>(&p.by)) {
        speaker.file_path = MessageText(file->path);
        speaker.text = MessageText(file->content);
      } else {
        speaker.client = client++ % std::max<std::uint32_t>(plan.clients, 1);
        speaker.text = MessageText(std::get<scenario::PublishMessage>(p.by).text);
      }
      plan.speakers.push_back(std::move(speaker));
    }
  }
}

}  // namespace

const Kind& Plan::kind_of(std::uint32_t client) const {
  if (client >= clients) return kinds.back();
  return *std::find_if(kinds.begin(), kinds.end(), [&](const Kind& k) { return client < k.end; });
}

Result<ledger::Identity> make_identity(const Match& match) {
  using How = ledger::Identity::How;
  const How how = match.how == Match::How::kHeader    ? How::kHeader
                  : match.how == Match::How::kPointer ? How::kPointer
                                                      : How::kPattern;
  return ledger::Identity::make(how, match.expression, match.time);
}

ledger::Stream streams_of(const AudienceLoad& load) {
  ledger::Stream streams = 0;
  for (const Publish& p : load.publish) streams += static_cast<ledger::Stream>(p.publishers);
  return streams;
}

std::uint64_t publishing_seed(std::uint64_t seed, std::size_t publish) {
  return Random(seed).stream(1000 + publish).next();
}

Result<Plan> make_plan(const scenario::Scenario& scenario, Place place) {
  const auto& load = std::get<AudienceLoad>(scenario.kind);
  Plan plan;
  plan.kinds = kinds_of(load, scenario.endpoint.url.authority());
  plan.stages = load.stages;
  for (const auto& stage : load.stages)
    plan.clients = std::max(plan.clients, static_cast<std::uint32_t>(stage.clients));
  plan.slow = static_cast<std::uint32_t>(load.slow.clients);
  plan.slow_bytes_per_second = load.slow.bytes_per_second;
  plan.stagger = load.connect_rate ? from_seconds(1 / *load.connect_rate) : load.stagger;
  plan.ping = load.ping;
  plan.pong_timeout = load.pong_timeout;
  plan.connect_timeout = load.connect_timeout;
  plan.drain = load.drain;
  plan.quick_ack = load.quick_ack;
  if (load.event_stream) {
    plan.reconnect = load.event_stream->reconnect;
    plan.retry = load.event_stream->retry;
  }
  plan.match = load.match;
  plan.recover = load.recover;
  plan.churn = load.churn;
  plan.peer = place.peer;
  plan.local = std::move(place.local);
  plan.dns = place.dns;
  plan.seed = place.seed;
  plan.first_id = place.first_id;
  plan.run = place.run;
  plan.broadcasts = std::move(place.broadcasts);
  plan.service_speaks = load.match && load.publish.empty();
  if (load.match)
    if (const auto identity = make_identity(*load.match); !identity) return fail(identity.error().within("match"));
  if (load.echo) {
    const scenario::Echo& e = *load.echo;
    EchoPlan echo{MessageText(e.text), {}, e.think, e.timeout, e.count, Random(place.seed).stream(999).next()};
    if (e.rate) echo.load = at_rate(*e.rate, e.arrivals, scenario::planned_duration(load).value_or(Nanoseconds(0)));
    plan.echo = std::move(echo);
  }
  add_speakers(load, place.seed, plan);
  return plan;
}

}  // namespace loadstone::audience

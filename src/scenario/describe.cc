#include <algorithm>

#include "base/format.h"
#include "base/units.h"
#include "scenario/wording.h"

namespace loadstone::scenario {
namespace {

std::string users_text(int users) { return how_many(users, "user", "users"); }

std::string rate_text(const OpenLoad::Stage& stage, std::string_view what) {
  if (stage.from == stage.to) return format("{} {}/s", rate_number(stage.from), what);
  return format("{} to {} {}/s", rate_number(stage.from), rate_number(stage.to), what);
}

// "a journey of 3 steps, 2 by WebSocket", "2 journeys of 3 to 5 steps"
std::string journeys_text(const journey::Script& script) {
  std::size_t fewest = script.journeys.front().steps.size();
  std::size_t most = fewest;
  for (const auto& j : script.journeys) {
    fewest = std::min(fewest, j.steps.size());
    most = std::max(most, j.steps.size());
  }
  const std::string steps = fewest == most ? how_many(most, "step", "steps") : format("{} to {} steps", fewest, most);
  std::size_t spoken = 0;
  for (const auto& j : script.journeys)
    spoken += static_cast<std::size_t>(
        std::count_if(j.steps.begin(), j.steps.end(), [](const auto& s) { return s.speech.has_value(); }));
  const std::string how = spoken > 0 ? format(", {} by WebSocket", spoken) : "";
  return script.journeys.size() == 1 ? format("a journey of {}{}", steps, how)
                                     : format("{} journeys of {}{}", script.journeys.size(), steps, how);
}

// " for 5 s", " until 1,000 requests are due", " for 5 s or until …"; nothing for several stages, which say it
// themselves.
std::string end_text(Nanoseconds duration, const HttpLoad& http) {
  const auto& count = http.request_count;
  std::string text;
  if (duration > Nanoseconds(0)) text = " for " + show_duration(duration);
  if (count)
    text += format(
        "{} until {} due", text.empty() ? "" : " or",
        http.script ? how_many(*count, "journey is", "journeys are") : how_many(*count, "request is", "requests are"));
  return text;
}

std::string closed_text(const HttpLoad& http, const ClosedLoad& load) {
  int own = 0;
  std::string own_text;
  for (const Request& r : http.requests) {
    if (!r.concurrency) continue;
    own += *r.concurrency;
    own_text += format("{}{} for {}", own_text.empty() ? "" : ", ", *r.concurrency, r.name);
  }
  const bool is_constant = load.stages.size() == 1;
  std::string text;
  if (is_constant)
    text = users_text(load.stages.front().users + own);
  else
    text = stages_text(load.stages, [](const ClosedLoad::Stage& s) { return users_text(s.users); });
  if (own > 0) text += is_constant ? format(" ({})", own_text) : format(" and beside them {}", own_text);
  if (load.think > Nanoseconds(0)) text += format(" who think for {}", show_duration(load.think));
  text += " in a closed loop";
  if (http.script) text += " on " + journeys_text(*http.script);
  return text + end_text(is_constant ? load.stages.front().duration : Nanoseconds(0), http);
}

std::string open_text(const HttpLoad& http, const OpenLoad& load) {
  const bool is_constant = load.stages.size() == 1;
  const auto rate = [&](const OpenLoad::Stage& s) { return rate_text(s, http.script ? "journeys" : "requests"); };
  std::string text = is_constant ? rate(load.stages.front()) : stages_text(load.stages, rate);
  if (http.script) text += " on " + journeys_text(*http.script);
  text += format(" ({}) over {}", load.arrivals == Arrivals::kPoisson ? "Poisson" : "evenly spaced",
                 how_many(load.connections, "connection", "connections"));
  return text + end_text(is_constant ? load.stages.front().duration : Nanoseconds(0), http);
}

// " with 10 streams on each of 5 connections"
std::string streams_text(const HttpLoad& http) {
  if (http.streams == 1) return {};
  const std::string streams = format(" with {} streams", http.streams);
  const auto* closed = std::get_if<ClosedLoad>(&http.load);
  if (closed == nullptr) return streams + " on each";
  int most = 0;
  for (const auto& stage : closed->stages) most = std::max(most, connections_of(stage.users, http.streams));
  for (const Request& r : http.requests) most += r.concurrency ? connections_of(*r.concurrency, http.streams) : 0;
  return most == 1 ? streams + " on one connection" : format("{} on each of {} connections", streams, show_count(most));
}

}  // namespace

std::string describe_load(const HttpLoad& http) {
  std::string text;
  if (const auto* closed = std::get_if<ClosedLoad>(&http.load))
    text = closed_text(http, *closed);
  else
    text = open_text(http, std::get<OpenLoad>(http.load));
  if (http.warmup > Nanoseconds(0)) text += format(" after {} of warm-up", show_duration(http.warmup));
  if (http.version == HttpVersion::k2) text += ", HTTP/2" + streams_text(http);
  if (!http.keep_alive) text += ", a new connection for each request";
  return text;
}

std::optional<Nanoseconds> planned_duration(const HttpLoad& http) {
  const auto total = [](const auto& load) {
    Nanoseconds sum{0};
    for (const auto& stage : load.stages) sum += stage.duration;
    return sum;
  };
  const Nanoseconds sum = std::visit(total, http.load);
  if (sum == Nanoseconds(0)) return std::nullopt;
  return sum;
}

std::string describe_load(const Scenario& scenario) {
  return std::visit([](const auto& kind) { return describe_load(kind); }, scenario.kind);
}

std::optional<Nanoseconds> planned_duration(const Scenario& scenario) {
  return std::visit([](const auto& kind) { return planned_duration(kind); }, scenario.kind);
}

Nanoseconds warmup(const Scenario& scenario) {
  return std::visit([](const auto& kind) { return kind.warmup; }, scenario.kind);
}

std::string_view kind_name(const Scenario& scenario) {
  const auto* audience = std::get_if<AudienceLoad>(&scenario.kind);
  if (audience == nullptr) return "http";
  return audience->event_stream ? "event_stream" : "websocket";
}

}  // namespace loadstone::scenario

#include "scenario/expectation.h"

#include <algorithm>
#include <array>
#include <vector>

#include "base/format.h"
#include "base/units.h"

namespace loadstone::scenario {
namespace {

using metric::Group;

// Why a scenario lacks a metric. The first row that fits counts; what no row names can be had.
struct Missing {
  bool (*is_so)(const Scenario& scenario);
  Group group;
  std::string_view family;  // this one of the group and those below it ("bytes" has "bytes.sent"), or all when empty
  std::string_view reason;
};

bool is_http(const Scenario& s) { return std::holds_alternative<HttpLoad>(s.kind); }
bool is_event_stream(const Scenario& s) {
  const auto* load = std::get_if<AudienceLoad>(&s.kind);
  return load != nullptr && load->event_stream;
}
bool is_websocket(const Scenario& s) { return std::holds_alternative<AudienceLoad>(s.kind) && !is_event_stream(s); }
bool publishes_by_request(const Publish& p) { return std::holds_alternative<PublishRequest>(p.by); }
bool sends_no_requests(const Scenario& s) {
  const auto* load = std::get_if<AudienceLoad>(&s.kind);
  return load != nullptr && std::none_of(load->publish.begin(), load->publish.end(), publishes_by_request);
}
bool has_no_echo(const Scenario& s) { return !is_http(s) && !std::get<AudienceLoad>(s.kind).echo; }
bool has_no_broadcast(const Scenario& s) {
  const auto* load = std::get_if<AudienceLoad>(&s.kind);
  return load != nullptr && (load->echo || (load->publish.empty() && !load->match));
}
bool has_no_recovery(const Scenario& s) { return !is_http(s) && !std::get<AudienceLoad>(s.kind).recover; }
bool recovers_unheard(const Scenario& s) {
  const auto* load = std::get_if<AudienceLoad>(&s.kind);
  return load != nullptr && load->recover && load->publish.empty();
}

constexpr Missing kMissing[] = {
    {is_http, Group::kWebSocket, "", "an HTTP scenario exchanges no WebSocket messages"},
    {is_http, Group::kBroadcast, "", "an HTTP scenario has no broadcasts"},
    {is_http, Group::kRecovery, "", "an HTTP scenario drops no connections on purpose"},
    {is_http, Group::kConnect, "connect.upgrade", "an HTTP scenario has no WebSocket upgrade"},
    {is_http, Group::kConnect, "connect.answer", "an HTTP scenario has no event stream"},
    {is_websocket, Group::kConnect, "connect.answer", "a WebSocket is not answered but upgraded: connect.upgrade"},
    {is_event_stream, Group::kConnect, "connect.upgrade",
     "an event stream is not upgraded but answered: connect.answer"},
    {is_event_stream, Group::kWebSocket, "messages.sent", "the clients of an event stream say nothing"},
    {is_event_stream, Group::kWebSocket, "messages.unanswered", "the clients of an event stream say nothing"},
    {is_event_stream, Group::kWebSocket, "rtt", "the clients of an event stream say nothing"},
    {sends_no_requests, Group::kHttp, "",
     "nothing is published by HTTP requests; see connect., broadcast., recovery. and rtt."},
    {has_no_echo, Group::kWebSocket, "rtt", "without an echo nothing is answered"},
    {has_no_echo, Group::kWebSocket, "messages.unanswered", "without an echo nothing is answered"},
    {has_no_broadcast, Group::kBroadcast, "", "without a publish or a match nothing is broadcast"},
    {has_no_recovery, Group::kRecovery, "", "no connection is dropped on purpose"},
    {recovers_unheard, Group::kRecovery, "recovery.lost", "nothing is published that could be lost"},
};

bool is_of(std::string_view family, std::string_view wanted) {
  return wanted.empty() || family == wanted || (family.starts_with(wanted) && family[wanted.size()] == '.');
}

std::optional<std::string_view> why_missing(const metric::Metric& m, const Scenario& scenario) {
  // Bytes are counted on every connection.
  if (m.group == Group::kHttp && m.family.starts_with("bytes.")) return std::nullopt;
  const auto* row = std::find_if(std::begin(kMissing), std::end(kMissing), [&](const Missing& r) {
    return r.group == m.group && is_of(m.family, r.family) && r.is_so(scenario);
  });
  if (row == std::end(kMissing)) return std::nullopt;
  return row->reason;
}

std::vector<std::string> step_names(const Scenario& scenario) {
  std::vector<std::string> names;
  if (const auto* http = std::get_if<HttpLoad>(&scenario.kind))
    for (const Request& r : http->requests) names.push_back(r.name);
  // Requests that publish are known by their publisher.
  if (const auto* load = std::get_if<AudienceLoad>(&scenario.kind))
    for (const Publish& p : load->publish)
      if (publishes_by_request(p)) names.push_back(p.name);
  return names;
}

}  // namespace

metric::Parsed<metric::Target> parse_expectation(std::string_view expression, const Scenario& scenario) {
  auto target = metric::parse_target(expression);
  if (!target) return target;
  const metric::Metric& m = target->metric;
  const std::size_t begin = std::min(expression.find(m.name), expression.size());
  if (const auto reason = why_missing(m, scenario))
    return tl::unexpected(metric::Mistake{format("{} cannot be had here: {}", m.name, *reason), begin, m.name.size()});
  if (m.step.empty()) return target;
  const auto names = step_names(scenario);
  // Without requests these could not be read, which has been reported.
  if (names.empty() || std::find(names.begin(), names.end(), m.step) != names.end()) return target;
  std::string known;
  for (const auto& name : names) known += (known.empty() ? "" : ", ") + name;
  const std::string_view near = nearest_word(m.step, names);
  constexpr std::size_t kPrefix = 5;  // "step."
  return tl::unexpected(
      metric::Mistake{format("there is no step '{}'; {}", m.step,
                             near.empty() ? format("there is: {}", known) : format("did you mean '{}'?", near)),
                      begin + kPrefix, m.step.size()});
}

}  // namespace loadstone::scenario

#include "scenario/expectation.h"

#include <algorithm>
#include <array>
#include <vector>

#include "base/format.h"
#include "base/units.h"

namespace loadstone::scenario {
namespace {

using metric::Group;

// Why the scenarios of a kind lack a metric. The first row that fits counts; what no row names can be had.
struct Missing {
  std::size_t kind;  // index in Scenario::kind
  Group group;
  std::string_view family;  // only this one of the group, or all when empty
  std::string_view reason;
};
constexpr std::size_t kHttp = 0;
constexpr Missing kMissing[] = {
    {kHttp, Group::kWebSocket, "", "an HTTP scenario exchanges no WebSocket messages"},
    {kHttp, Group::kBroadcast, "", "an HTTP scenario has no broadcasts"},
    {kHttp, Group::kRecovery, "", "an HTTP scenario drops no connections on purpose"},
    {kHttp, Group::kConnect, "connect.upgrade", "an HTTP scenario has no WebSocket upgrade"},
};

std::optional<std::string_view> why_missing(const metric::Metric& m, const Scenario& scenario) {
  const auto* row = std::find_if(std::begin(kMissing), std::end(kMissing), [&](const Missing& r) {
    return r.kind == scenario.kind.index() && r.group == m.group && (r.family.empty() || r.family == m.family);
  });
  if (row == std::end(kMissing)) return std::nullopt;
  return row->reason;
}

std::vector<std::string> step_names(const Scenario& scenario) {
  std::vector<std::string> names;
  for (const Request& r : std::get<HttpLoad>(scenario.kind).requests) names.push_back(r.name);
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

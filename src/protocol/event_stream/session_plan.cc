#include "protocol/event_stream/session_plan.h"

#include <algorithm>
#include <string_view>

#include "protocol/http1/field.h"

namespace loadstone::event_stream {

SessionPlan make_session_plan(const SessionPlanParts& parts) {
  SessionPlan plan;
  plan.resumes = parts.resumes;
  plan.max_event_bytes = parts.max_event_bytes;
  plan.request = "GET " + parts.target + " HTTP/1.1\r\n";
  const auto field = [&](std::string_view name, std::string_view value) {
    plan.request.append(name).append(": ").append(value).append("\r\n");
  };
  const auto is_given = [&](std::string_view lower_name) {
    return std::any_of(parts.headers.begin(), parts.headers.end(),
                       [&](const auto& header) { return equals_ignoring_case(header.first, lower_name); });
  };
  if (!is_given("host")) field("Host", parts.authority);
  if (!is_given("user-agent")) field("User-Agent", "loadstone");
  if (!is_given("accept")) field("Accept", "text/event-stream");
  for (const auto& [name, value] : parts.headers) field(name, value);
  return plan;
}

}  // namespace loadstone::event_stream

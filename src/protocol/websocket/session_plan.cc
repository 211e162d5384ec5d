#include "protocol/websocket/session_plan.h"

#include <algorithm>
#include <string_view>

#include "base/ascii.h"
#include "base/check.h"
#include "protocol/websocket/extension.h"

namespace loadstone::websocket {
namespace {

bool is_own(std::string_view lower_name) {
  return lower_name == "connection" || lower_name == "upgrade" || lower_name.starts_with("sec-websocket-");
}

void field(std::string& to, std::string_view name, std::string_view value) {
  to.append(name).append(": ").append(value).append("\r\n");
}

}  // namespace

SessionPlan make_session_plan(const SessionPlanParts& parts) {
  CHECK(parts.subprotocols.size() < 256);
  const auto given = [&](std::string_view name) {
    return std::any_of(parts.headers.begin(), parts.headers.end(),
                       [&](const auto& header) { return lower(header.first) == name; });
  };
  SessionPlan plan;
  plan.subprotocols = parts.subprotocols;
  plan.offer = parts.offer;
  plan.max_message_bytes = parts.max_message_bytes;

  plan.before_key = "GET " + parts.target + " HTTP/1.1\r\n";
  if (!given("host")) field(plan.before_key, "Host", parts.authority);
  if (!given("user-agent")) field(plan.before_key, "User-Agent", "loadstone");
  field(plan.before_key, "Upgrade", "websocket");
  field(plan.before_key, "Connection", "Upgrade");
  plan.before_key += "Sec-WebSocket-Key: ";

  plan.after_key = "\r\n";
  field(plan.after_key, "Sec-WebSocket-Version", "13");
  if (!parts.subprotocols.empty())
    field(plan.after_key, "Sec-WebSocket-Protocol", format("{}", join(parts.subprotocols, ", ")));
  if (parts.offer.deflate) field(plan.after_key, "Sec-WebSocket-Extensions", offered_extension(parts.offer));
  for (const auto& [name, value] : parts.headers)
    if (!is_own(lower(name))) field(plan.after_key, name, value);
  plan.after_key += "\r\n";
  return plan;
}

}  // namespace loadstone::websocket

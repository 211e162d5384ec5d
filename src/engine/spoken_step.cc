#include "engine/spoken_step.h"

#include <utility>

#include "base/base64.h"
#include "base/format.h"
#include "scenario/values.h"

namespace loadstone::engine {

using journey::Escape;
using journey::Template;

SpokenStep::SpokenStep(const scenario::Request& request, const journey::Script& script,
                       const scenario::Endpoint& endpoint)
    : authority_(endpoint.url.authority()),
      subprotocols_(request.subprotocols),
      target_(Template::of_checked(request.target, script.vocabulary)) {
  for (const auto& h : request.headers) fields_.push_back({h.name, Template::of_checked(h.value, script.vocabulary)});
  if (request.credentials)
    fields_.push_back(
        {"Authorization",
         Template::of_checked(request.credentials->user + ":" + request.credentials->password, script.vocabulary),
         true});
  // Nothing says what a message is but its look.
  const std::size_t first = request.body.find_first_not_of(" \t\r\n");
  const bool is_json = first != std::string::npos && (request.body[first] == '{' || request.body[first] == '[');
  // "{{name}}" alone is no JSON, though it begins like it.
  const bool is_word = is_json && request.body.compare(first, 2, "{{") == 0;
  if (is_json && !is_word) message_escape_ = Escape::kJson;
  message_ = Template::of_checked(request.body, script.vocabulary, message_escape_ == Escape::kJson);
}

std::string SpokenStep::target(const journey::Values& values) const {
  std::string out;
  target_.append(out, values, Escape::kTarget);
  return out;
}

websocket::SessionPlan SpokenStep::opening(const journey::Values& values, std::string target,
                                           std::string_view cookies) const {
  websocket::SessionPlanParts parts;
  parts.target = std::move(target);
  parts.authority = authority_;
  parts.subprotocols = subprotocols_;
  bool has_cookies = cookies.empty();
  for (const Field& field : fields_) {
    std::string value;
    field.value.append(value, values, Escape::kField);
    if (field.is_credentials) value = "Basic " + to_base64(value);
    if (!has_cookies && scenario::same_header_name(field.name, "Cookie")) {
      value += format("; {}", cookies);
      has_cookies = true;
    }
    parts.headers.emplace_back(field.name, std::move(value));
  }
  if (!has_cookies) parts.headers.emplace_back("Cookie", cookies);
  return websocket::make_session_plan(parts);
}

std::string SpokenStep::message(const journey::Values& values) const {
  std::string out;
  message_.append(out, values, message_escape_);
  return out;
}

}  // namespace loadstone::engine

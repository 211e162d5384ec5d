#include "base/format.h"
#include "base/url.h"
#include "draft/captured.h"
#include "draft/read.h"
#include "draft/suite_value.h"

namespace loadstone::draft {

std::optional<Draft> from_url(std::string_view text, const Choices& /*choices*/, config::Diagnostics& problems) {
  const auto url = parse_url(text);
  if (!url) {
    problems.general_error(url.error().message);
    return std::nullopt;
  }
  Draft draft;
  draft.is_websocket = url->scheme == "ws" || url->scheme == "wss";
  Request request;
  request.target = captured_target(draft, url->target);
  if (request.target.size() > kMaxTarget) {
    problems.general_error(format("the path is longer than {} bytes", kMaxTarget));
    return std::nullopt;
  }
  draft.target = format("{}://{}", url->is_secure() ? "https" : "http", url->authority());
  // The query is not repeated here: it may hold a secret.
  draft.origin = format("{}://{}{}", url->scheme, url->authority(), url->target.substr(0, url->target.find('?')));
  draft.suite = url->host;
  draft.scenario = scenario_name(url->target);
  draft.requests.push_back(std::move(request));
  return draft;
}

}  // namespace loadstone::draft

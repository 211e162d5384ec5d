#include "code_graph/http/service.h"

#include <algorithm>

#include "base/format.h"
#include "code_graph/http/call.h"

namespace code_graph::http {
namespace {

constexpr std::string_view kMethods = "DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT";

// Takes as long whatever the texts have in common.
bool same_secret(std::string_view given, std::string_view secret) {
  unsigned difference = given.size() == secret.size() ? 0 : 1;
  for (std::size_t i = 0; i < given.size(); ++i) {
    difference |= static_cast<unsigned>(static_cast<unsigned char>(given[i]) ^
                                        static_cast<unsigned char>(secret[i % secret.size()]));
  }
  return difference == 0;
}

bool has_token(const serve::Request& request, const std::string& token) {
  if (token.empty()) return true;
  if (const auto given = request.header("X-Admin-Token")) return same_secret(*given, token);
  const auto given = request.header("Authorization");
  constexpr std::string_view kBearer = "Bearer ";
  return given && given->size() > kBearer.size() &&
         serve::same_token(given->substr(0, kBearer.size() - 1), kBearer.substr(0, kBearer.size() - 1)) &&
         (*given)[kBearer.size() - 1] == ' ' && same_secret(given->substr(kBearer.size()), token);
}

void answer_preflight(Call& call) {
  const std::string_view origin = call.request().header("Origin").value_or("");
  Headers headers;
  const bool any = call.workings().options.cors_origins.empty();
  call.add_cors(headers);
  headers.emplace_back("Content-Type", "text/plain; charset=utf-8");
  if (!any && !call.origin_is_listed(origin)) {
    call.count(400);
    call.responder().reply({400, std::move(headers), "Disallowed CORS origin"});
    return;
  }
  headers.emplace_back("Access-Control-Allow-Methods", kMethods);
  headers.emplace_back("Access-Control-Max-Age", "600");
  if (const auto asked = call.request().header("Access-Control-Request-Headers"))
    headers.emplace_back("Access-Control-Allow-Headers", *asked);
  call.count(200);
  call.responder().reply({200, std::move(headers), "OK"});
}

// The path of an absolute-form target too (RFC 9112, 3.2.2).
std::string_view path_of(std::string_view path) {
  if (path.starts_with('/')) return path;
  const std::size_t authority = path.find("://");
  if (authority == std::string_view::npos) return path;
  const std::size_t slash = path.find('/', authority + 3);
  return slash == std::string_view::npos ? "/" : path.substr(slash);
}

// Whether the route is there at all, and open to this client; answers when not.
bool may_pass(Call& call) {
  const ServiceOptions& options = call.workings().options;
  const Gate gate = call.route()->gate;
  if (gate == Gate::kOpen) return true;
  if ((gate == Gate::kDebug && !options.debug_routes) || (gate == Gate::kAdmin && !options.admin_routes)) {
    call.fail(404, "Not Found");
    return false;
  }
  if (gate == Gate::kPublish && !options.allow_publish) {
    call.fail(403, "Publishing is off; the service allows it when started with --allow-publish");
    return false;
  }
  if (!has_token(call.request(), options.admin_token)) {
    call.fail(401, "The admin token is missing or wrong", {{"WWW-Authenticate", "Bearer"}});
    return false;
  }
  return true;
}

}  // namespace

class Service::Parts {
 public:
  Parts(ServiceOptions options, GraphSource& graph, push::Hub& hub) : workings(std::move(options), graph, hub) {}
  Workings workings;
};

Service::Service(ServiceOptions options, GraphSource& graph, push::Hub& hub)
    : parts_(std::make_unique<Parts>(std::move(options), graph, hub)) {}
Service::~Service() = default;

void Service::set_counters(std::function<serve::Counters()> counters) {
  parts_->workings.counters = std::move(counters);
}

void Service::answer(serve::Responder responder) {
  Workings& workings = parts_->workings;
  const serve::Request& request = responder.request();
  if (request.method() == "OPTIONS" && request.header("Origin") && request.header("Access-Control-Request-Method")) {
    Call call(workings, responder, nullptr);
    answer_preflight(call);
    return;
  }
  const auto path = serve::percent_decode(path_of(request.path()), false);
  std::string allowed;
  const Match found = path ? match(request.method(), *path, allowed) : Match{};
  Call call(workings, std::move(responder), found.route);
  if (!path) {
    call.fail(400, "The path has a % without two hexadecimal digits");
    return;
  }
  if (found.route == nullptr) {
    if (allowed.empty())
      call.fail(404, "Not Found");
    else
      call.fail(405, "Method Not Allowed", {{"Allow", allowed}});
    return;
  }
  if (!may_pass(call)) return;

  Intake intake(call.values());
  if (!found.parameter.empty()) intake.take_path(found.parameter, found.rest);
  if (!request.query().empty()) {
    const auto pairs = serve::parse_query(request.query());
    if (!pairs) {
      call.fail(400, "The query has a % without two hexadecimal digits");
      return;
    }
    intake.take_query(*pairs, found.route->strict);
  }
  const auto in_body = [](const Parameter& p) { return p.place == Place::kBody || p.place == Place::kQueryOrBody; };
  if (std::ranges::any_of(found.route->parameters, in_body)) intake.take_body(request.body());
  intake.finish();
  if (!intake.good()) {
    call.reply(422, violations_json(intake.violations()));
    return;
  }
  if (found.route->query != nullptr)
    answer_query(call);
  else
    found.route->other(call);
}

}  // namespace code_graph::http

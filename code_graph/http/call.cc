#include "code_graph/http/call.h"

#include <algorithm>

#include "base/format.h"
#include "code_graph/http/gzip.h"

namespace code_graph::http {
namespace {

constexpr std::size_t kLeastCompressed = 1024;  // shorter replies fit in one packet anyway

// If-None-Match, compared weakly (RFC 9110, 8.8.3.2).
bool matches(std::string_view list, std::string_view tag) {
  const auto opaque = [](std::string_view t) { return t.starts_with("W/") ? t.substr(2) : t; };
  while (!list.empty()) {
    const std::size_t comma = std::min(list.find(','), list.size());
    std::string_view one = list.substr(0, comma);
    list.remove_prefix(std::min(comma + 1, list.size()));
    while (!one.empty() && one.front() == ' ') one.remove_prefix(1);
    while (!one.empty() && one.back() == ' ') one.remove_suffix(1);
    if (one == "*" || opaque(one) == opaque(tag)) return true;
  }
  return false;
}

void answer_from(Call& call, const graph::Snapshot& snapshot, Headers headers) {
  std::string out;
  const auto begun = loadstone::SteadyClock::read();
  const auto status = call.route()->query(snapshot, call.values(), out);
  if (!status) {
    call.fail(status.error().code == loadstone::ErrorCode::kNotFound ? 404 : 400, status.error().message);
    return;
  }
  const double ms = loadstone::to_seconds(loadstone::SteadyClock::read() - begun) * 1e3;
  out.pop_back();
  loadstone::format_to(std::back_inserter(out), ",\"execution_time_ms\":{:.3f}}}", ms);
  call.reply(200, std::move(out), std::move(headers), true);
}

}  // namespace

Backroom::~Backroom() {
  {
    const std::lock_guard lock(mutex_);
    over_ = true;
    tasks_.clear();
  }
  changed_.notify_one();
  thread_.join();
}

bool Backroom::run(std::function<void()> task) {
  {
    const std::lock_guard lock(mutex_);
    if (over_ || tasks_.size() >= bound_) return false;
    tasks_.push_back(std::move(task));
  }
  changed_.notify_one();
  return true;
}

void Backroom::work() {
  for (;;) {
    std::function<void()> task;
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [this] { return over_ || !tasks_.empty(); });
      if (over_) return;
      task = std::move(tasks_.front());
      tasks_.pop_front();
    }
    task();
  }
}

bool Call::origin_is_listed(std::string_view origin) const {
  return std::ranges::find(workings_.options.cors_origins, origin) != workings_.options.cors_origins.end();
}

void Call::add_cors(Headers& headers) const {
  const bool any = workings_.options.cors_origins.empty();
  if (!any) headers.emplace_back("Vary", "Origin");
  const auto origin = request().header("Origin");
  if (!origin) return;
  if (any) {
    headers.emplace_back("Access-Control-Allow-Origin", "*");
  } else if (origin_is_listed(*origin)) {
    headers.emplace_back("Access-Control-Allow-Origin", *origin);
    headers.emplace_back("Access-Control-Allow-Credentials", "true");
  }
}

void Call::count(int status) const {
  const std::size_t place = route_ == nullptr ? routes().size() : static_cast<std::size_t>(route_ - routes().data());
  workings_.metrics.count(place, status, loadstone::SteadyClock::read() - request().received());
}

void Call::send(int status, std::string body, Headers headers) {
  add_cors(headers);
  count(status);
  responder_.reply({status, std::move(headers), std::move(body)});
}

void Call::reply(int status, std::string json, Headers headers, bool compress) {
  headers.emplace_back("Content-Type", "application/json");
  if (compress) headers.emplace_back("Vary", "Accept-Encoding");
  if (compress && json.size() >= kLeastCompressed) {
    const auto accept = request().header("Accept-Encoding");
    if (accept && accepts_gzip(*accept)) {
      if (auto small = gzip(json)) {
        headers.emplace_back("Content-Encoding", "gzip");
        json = std::move(*small);
      }
    }
  }
  send(status, std::move(json), std::move(headers));
}

void Call::reply_text(std::string_view type, std::string text) {
  send(200, std::move(text), {{"Content-Type", std::string(type)}});
}

void Call::fail(int status, std::string_view detail, Headers headers) {
  headers.emplace_back("Content-Type", "application/json");
  send(status, loadstone::format("{{\"detail\":{}}}", quoted(detail)), std::move(headers));
}

void answer_query(Call& call) {
  Workings& workings = call.workings();
  const auto snapshot = workings.graph.snapshot();
  if (!snapshot) {
    call.fail(503, "The first analysis has not ended yet", {{"Retry-After", "1"}});
    return;
  }
  Headers headers;
  if (call.route()->method == "GET") {
    // Generations begin anew with every process. Weak: replies differ in their time of execution.
    std::string tag = loadstone::format("W/\"{}-{}\"", workings.hub.origin(), snapshot->generation());
    const auto known = call.request().header("If-None-Match");
    const bool same = known && matches(*known, tag);
    headers.emplace_back("ETag", std::move(tag));
    headers.emplace_back("Cache-Control", "no-cache");
    // Not before it is known that there is such a node.
    if (same && call.route()->path.find('{') == std::string_view::npos) {
      headers.emplace_back("Vary", "Accept-Encoding");
      call.count(304);
      call.add_cors(headers);
      call.responder().reply({304, std::move(headers), {}});
      return;
    }
  }
  if (call.route()->cost == Cost::kSmall) {
    answer_from(call, *snapshot, std::move(headers));
    return;
  }
  const bool taken = workings.backroom.run([call, snapshot, headers]() mutable {
    if (call.responder().is_open()) answer_from(call, *snapshot, std::move(headers));
  });
  if (!taken) call.fail(503, "Too many exports are waiting", {{"Retry-After", "1"}});
}

}  // namespace code_graph::http

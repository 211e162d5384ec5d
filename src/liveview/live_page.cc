#include "liveview/live_page.h"

#include <algorithm>
#include <mutex>
#include <sstream>
#include <vector>

#include "base/format.h"
#include "report/page.h"
#include "report/report.h"
#include "result/document.h"
#include "serve/server.h"

namespace loadstone::liveview {
namespace {

// What may wait for one browser; then it misses updates until it has caught up.
constexpr std::size_t kMostWaiting = std::size_t{4} << 20;
constexpr std::size_t kMostLookers = 64;
constexpr Nanoseconds kGrace = 1s;

using Headers = std::vector<std::pair<std::string, std::string>>;

// Nothing is fetched from anywhere, and no other site may frame it or read it.
Headers headers(std::string_view type) {
  return {{"Content-Type", std::string(type)},
          {"Cache-Control", "no-store"},
          {"X-Content-Type-Options", "nosniff"},
          {"X-Frame-Options", "DENY"},
          {"Referrer-Policy", "no-referrer"}};
}

serve::Response plain(int status, std::string text) {
  return {status, headers("text/plain; charset=utf-8"), std::move(text) + "\n"};
}

std::string event(std::string_view name, const result::RunResult& result, std::optional<std::size_t> running) {
  return format("event: {}\ndata: {{\"running\":{},\"result\":{}}}\n\n", name,
                running ? format("{}", *running) : "null", report::json_for_page(result::write_document(result)));
}

}  // namespace

class LivePage::Parts {
 public:
  Status start(const LiveAddress& address) {
    loopback_ = address.is_loopback();
    if (!loopback_) token_ = make_token();
    host_ = address.host;
    serve::Options options;
    options.host = address.host;
    options.port = address.port;
    options.limits.connections = 2 * kMostLookers;
    options.limits.output_bytes = 4 * kMostWaiting;
    options.on_request = [this](serve::Responder responder) { answer(std::move(responder)); };
    auto server = serve::Server::start(std::move(options));
    if (!server) return fail(server.error());
    server_ = std::move(*server);
    return {};
  }
  void stop() {
    if (server_) server_->stop(kGrace);
  }

  [[nodiscard]] std::string url() const {
    std::string host = host_.find(':') != std::string::npos && !host_.starts_with('[') ? format("[{}]", host_) : host_;
    // An address that means all of them is none that can be opened.
    if (host == "0.0.0.0" || host == "[::]") host = "localhost";
    return format("http://{}:{}/{}", host, server_->port(), token_.empty() ? "" : "?token=" + token_);
  }

  void publish(std::shared_ptr<const result::RunResult> result, std::optional<std::size_t> running, bool last) {
    const std::lock_guard lock(mutex_);
    result_ = std::move(result);
    running_ = running;
    over_ = last;
    std::erase_if(lookers_, [](const serve::Responder& r) { return !r.is_open(); });
    if (lookers_.empty()) return;
    const std::string text = event(last ? "over" : "result", *result_, running_);
    for (auto& looker : lookers_) {
      if (last || looker.waiting_bytes() < kMostWaiting) looker.write(text);
      if (last) looker.end();
    }
    if (last) lookers_.clear();
  }

 private:
  // Why the request is refused, or nothing.
  [[nodiscard]] std::optional<serve::Response> refuse(const serve::Request& request) const {
    if (loopback_) {
      if (names_loopback(request.header("Host").value_or(""))) return std::nullopt;
      return plain(403, "This page is for this machine: open it as localhost.");
    }
    constexpr std::string_view kBearer = "Bearer ";
    if (const auto given = request.header("Authorization"); given && given->starts_with(kBearer))
      if (same_token(given->substr(kBearer.size()), token_)) return std::nullopt;
    if (const auto query = serve::parse_query(request.query()))
      for (const auto& [name, value] : *query)
        if (name == "token" && same_token(value, token_)) return std::nullopt;
    return plain(401, "The token is missing or wrong: use the address that loadstone printed.");
  }

  void answer(serve::Responder responder) {
    const auto& request = responder.request();
    if (auto refused = refuse(request)) return responder.reply(std::move(*refused));
    if (request.method() != "GET" && request.method() != "HEAD") return responder.reply(plain(405, "GET only."));
    if (request.path() == "/") return responder.reply({200, headers("text/html; charset=utf-8"), page()});
    if (request.path() == "/events" && request.method() == "GET") return look_on(std::move(responder));
    const bool is_document = request.path() == "/result.json";
    if (!is_document && request.path() != "/metrics") return responder.reply(plain(404, "There is nothing here."));
    std::shared_ptr<const result::RunResult> result;
    {
      const std::lock_guard lock(mutex_);
      result = result_;
    }
    if (!result) return responder.reply(plain(503, "Nothing has been measured yet."));
    if (is_document) return responder.reply({200, headers("application/json"), result::write_document(*result)});
    std::ostringstream text;
    if (!report::find_format("openmetrics")->render({*result, "", ""}, {}, text))
      return responder.reply(plain(500, "It could not be rendered."));
    responder.reply(
        {200, headers("application/openmetrics-text; version=1.0.0; charset=utf-8"), std::move(text).str()});
  }

  static std::string page() {
    std::string text(report::page());
    text.replace(text.find(report::kResultsMark), report::kResultsMark.size(), R"({"results":[],"live":"events"})");
    return text;
  }

  void look_on(serve::Responder responder) {
    const std::lock_guard lock(mutex_);
    std::erase_if(lookers_, [](const serve::Responder& r) { return !r.is_open(); });
    if (lookers_.size() >= kMostLookers) return responder.reply(plain(503, "Too many look on already."));
    responder.begin({200, headers("text/event-stream")}, serve::Framing::kChunked);
    // A browser that lost the connection is to try again after so many milliseconds.
    responder.write("retry: 1000\n\n");
    if (result_) responder.write(event(over_ ? "over" : "result", *result_, running_));
    if (over_)
      responder.end();
    else
      lookers_.push_back(std::move(responder));
  }

  bool loopback_ = true;
  std::string token_;  // empty on loopback
  std::string host_;
  std::mutex mutex_;  // guards the next four
  std::shared_ptr<const result::RunResult> result_;
  std::optional<std::size_t> running_;
  bool over_ = false;
  std::vector<serve::Responder> lookers_;
  std::unique_ptr<serve::Server> server_;  // last: its thread uses the others
};

LivePage::LivePage(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

LivePage::~LivePage() { parts_->stop(); }

Result<std::unique_ptr<LivePage>> LivePage::start(const LiveAddress& address) {
  auto parts = std::make_unique<Parts>();
  if (const auto status = parts->start(address); !status) return fail(status.error());
  return std::unique_ptr<LivePage>(new LivePage(std::move(parts)));
}

std::string LivePage::url() const { return parts_->url(); }

void LivePage::publish(std::shared_ptr<const result::RunResult> result, std::optional<std::size_t> running) {
  parts_->publish(std::move(result), running, false);
}

void LivePage::finish(std::shared_ptr<const result::RunResult> result) {
  parts_->publish(std::move(result), std::nullopt, true);
}

}  // namespace loadstone::liveview

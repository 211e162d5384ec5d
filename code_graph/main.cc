// code-graph-http: reads a project, keeps its graph, answers questions about it over HTTP, tells what changes over
// WebSocket. Exit codes: 0 after SIGTERM or SIGINT, 2 when it could not start.
#include <pthread.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <random>
#include <thread>

#include "base/format.h"
#include "base/log.h"
#include "code_graph/http/body.h"
#include "code_graph/http/service.h"
#include "code_graph/live/analysis.h"
#include "code_graph/push/hub.h"
#include "code_graph/redis/relay.h"

namespace {

using loadstone::LogLevel;
using loadstone::LogLine;

constexpr int kCannotStart = 2;

struct Settings {
  std::string root = ".";
  std::string host = "::";
  std::uint16_t port = 8000;
  unsigned threads = 0;
  std::string redis_url;
  bool no_redis = false;
  bool allow_publish = false;
  std::string admin_token;
  std::string cors_origins;
  bool no_watch = false;
  bool no_debug = false;
  bool no_admin = false;
  serve::Limits limits;
  double header_timeout = 10;
  double idle_timeout = 60;
  double ping_after = 20;
  double close_after = 60;
  double grace = 5;
};

unsigned cores() { return std::max(1U, std::thread::hardware_concurrency()); }

std::vector<std::string> split(std::string_view list) {
  std::vector<std::string> out;
  while (!list.empty()) {
    const std::size_t comma = std::min(list.find(','), list.size());
    std::string_view one = list.substr(0, comma);
    list.remove_prefix(std::min(comma + 1, list.size()));
    while (!one.empty() && one.front() == ' ') one.remove_prefix(1);
    while (!one.empty() && (one.back() == ' ' || one.back() == '/')) one.remove_suffix(1);
    if (!one.empty()) out.emplace_back(one);
  }
  // "*" is what holds without a list.
  if (std::ranges::find(out, "*") != out.end()) out.clear();
  return out;
}

void add_options(CLI::App& app, Settings& s) {
  app.add_option("--project-root,--root", s.root, "folder of the project to read")->capture_default_str();
  app.add_option("--host", s.host, "address to listen on; :: takes IPv4 as well")->capture_default_str();
  app.add_option("--port", s.port, "port to listen on; 0: any that is free, see the log")->capture_default_str();
  app.add_option("--threads", s.threads, "threads that serve, and as many that read files; 0: one for each core")
      ->check(CLI::Range(0U, 256U));
  app.add_option("--redis-url", s.redis_url, "share events through Redis: redis://[:password@]host[:port][/db]")
      ->envname("REDIS_URL");
  app.add_flag("--no-redis", s.no_redis, "no Redis, whatever the environment says");
  app.add_flag("--allow-publish", s.allow_publish, "let clients publish events: POST /api/graph/events");
  app.add_option("--admin-token", s.admin_token, "asked for by admin, debug and publish routes")
      ->envname("CODE_GRAPH_ADMIN_TOKEN");
  app.add_option("--cors-origins", s.cors_origins, "origins allowed to read replies, with commas; default: any")
      ->envname("CORS_ORIGINS");
  app.add_flag("--no-watch", s.no_watch, "do not follow changes of the files");
  app.add_flag("--no-debug", s.no_debug, "without the debug routes");
  app.add_flag("--no-admin", s.no_admin, "without the admin routes");
  const auto positive = CLI::Range(0.1, 86400.0);
  app.add_option("--max-connections", s.limits.connections, "more are answered with 503")
      ->capture_default_str()
      ->check(CLI::Range(std::size_t{1}, std::size_t{1'000'000}));
  app.add_option("--header-timeout", s.header_timeout, "seconds for the head of a request")
      ->capture_default_str()
      ->check(positive);
  app.add_option("--idle-timeout", s.idle_timeout, "seconds between requests of a connection")
      ->capture_default_str()
      ->check(positive);
  app.add_option("--ping-after", s.ping_after, "seconds of silence before a WebSocket client is pinged")
      ->capture_default_str()
      ->check(positive);
  app.add_option("--close-after", s.close_after, "seconds of silence before a WebSocket client is closed")
      ->capture_default_str()
      ->check(positive);
  app.add_option("--grace", s.grace, "seconds for replies in flight when stopping")
      ->capture_default_str()
      ->check(positive);
}

int cannot_start(std::string_view why) {
  LogLine(LogLevel::kError, "cannot start").field("error", why);
  return kCannotStart;
}

// Why the project cannot be read; empty when it can.
std::string trouble_with(const std::string& root) {
  std::error_code error;
  const auto status = std::filesystem::status(root, error);
  if (status.type() == std::filesystem::file_type::not_found) return loadstone::format("{}: no such folder", root);
  if (error) return loadstone::format("{}: {}", root, error.message());
  if (status.type() != std::filesystem::file_type::directory) return loadstone::format("{} is no folder", root);
  if (access(root.c_str(), R_OK | X_OK) != 0) return loadstone::format("{} may not be read", root);
  return {};
}

std::string new_origin() {
  std::random_device random;
  return loadstone::format("{:08x}{:08x}", random(), random());
}

int run(const Settings& s) {
  if (const std::string trouble = trouble_with(s.root); !trouble.empty()) return cannot_start(trouble);
  const std::string root = std::filesystem::canonical(s.root).string();
  const unsigned threads = s.threads > 0 ? s.threads : cores();

  // Before the first thread, so that all leave these signals to this one.
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  std::signal(SIGPIPE, SIG_IGN);

  code_graph::push::Hub hub(new_origin());
  std::optional<code_graph::redis::Address> redis;
  if (!s.no_redis && !s.redis_url.empty()) {
    const auto address = code_graph::redis::parse_address(s.redis_url);
    if (!address) return cannot_start(address.error().message);
    redis = *address;
  }
  std::unique_ptr<code_graph::redis::Relay> relay;
  code_graph::live::Analysis analysis({.project_root = root, .threads = threads, .watch = !s.no_watch}, hub);
  code_graph::http::ServiceOptions service_options;
  service_options.cors_origins = split(s.cors_origins);
  service_options.admin_token = s.admin_token;
  service_options.debug_routes = !s.no_debug;
  service_options.admin_routes = !s.no_admin;
  service_options.allow_publish = s.allow_publish;
  service_options.ping_after = loadstone::from_seconds(s.ping_after);
  service_options.close_after_silence = loadstone::from_seconds(s.close_after);
  service_options.relay_state = [&relay] {
    if (!relay) return code_graph::http::RelayState{};
    const auto state = relay->state();
    return code_graph::http::RelayState{true, state.connected, state.error, state.sent, state.received, state.dropped};
  };
  code_graph::http::Service service(std::move(service_options), analysis, hub);

  if (redis) {
    relay = std::make_unique<code_graph::redis::Relay>(*redis, hub, code_graph::http::read_event);
    hub.set_tap([&relay](const auto& sealed) { relay->offer(sealed); });
  }

  serve::Options options;
  options.host = s.host;
  options.port = s.port;
  options.threads = static_cast<int>(threads);
  options.limits = s.limits;
  options.limits.body_bytes = code_graph::http::kMaxBodyBytes;
  options.limits.header_timeout = loadstone::from_seconds(s.header_timeout);
  options.limits.idle_timeout = loadstone::from_seconds(s.idle_timeout);
  options.on_request = [&service](serve::Responder responder) { service.answer(std::move(responder)); };
  auto server = serve::Server::start(std::move(options));
  if (!server) return cannot_start(server.error().message);
  service.set_counters([&server] { return (*server)->counters(); });
  LogLine(LogLevel::kInfo, "listening")
      .field("address", (*server)->address())
      .field("port", (*server)->port())
      .field("threads", threads)
      .field("project_root", root)
      .field("instance", hub.origin());
  analysis.start();

  int signal = 0;
  sigwait(&signals, &signal);
  LogLine(LogLevel::kInfo, "stopping").field("signal", strsignal(signal));
  (*server)->stop(loadstone::from_seconds(s.grace));
  analysis.stop();
  if (relay) relay->stop();
  LogLine(LogLevel::kInfo, "stopped");
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Serves the graph of a project's source code over HTTP and WebSocket.", "code-graph-http");
  app.option_defaults()->always_capture_default(false);
  Settings settings;
  add_options(app, settings);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    return app.exit(e) == 0 ? 0 : kCannotStart;
  }
  try {
    return run(settings);
  } catch (const std::exception& e) {
    return cannot_start(e.what());
  }
}

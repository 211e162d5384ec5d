#include "cli/service_watch.h"

#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <thread>

#include "base/format.h"
#include "probe/find.h"
#include "probe/remote_watch.h"
#include "probe/watch.h"

namespace loadstone::cli {
namespace {

// Where connections of the suite go: its port on this machine, or 0.
std::uint16_t local_port(const scenario::Endpoint& endpoint, std::string& why_not) {
  if (!endpoint.unix_socket.empty()) {
    why_not = "whoever serves a Unix socket is not looked for: let the suite start the service";
    return 0;
  }
  const std::string& host = endpoint.connect_to_host.empty() ? endpoint.url.host : endpoint.connect_to_host;
  if (!probe::is_this_host(host)) {
    why_not = format("{} is not this machine", host);
    return 0;
  }
  return endpoint.connect_to_port != 0 ? endpoint.connect_to_port : endpoint.url.port;
}

}  // namespace

ServiceWatch::ServiceWatch(const scenario::Suite& suite, pid_t started, const RunOptions& options) {
  if (!options.watch) {
    why_not_ = "--no-watch was given";
    return;
  }
  const scenario::Endpoint& endpoint = suite.service ? suite.service->endpoint : suite.scenarios.front().endpoint;
  if (const auto& probe = options.probe ? options.probe : suite.probe)
    look_there(endpoint, *probe);
  else
    look_here(endpoint, started, options.looks_closely ? probe::Watch::kCloseLookBudget : probe::Watch::kLookBudget);
}

void ServiceWatch::look_here(const scenario::Endpoint& endpoint, pid_t started, double look_budget) {
  const std::uint16_t port = local_port(endpoint, why_not_);
  pid_t pid = started;
  if (pid == 0) {
    if (port == 0) return;
    const auto found = probe::find_listener(port);
    if (!found) {
      why_not_ = found.error().message;
      return;
    }
    pid = *found;
  }
  if (pid == ::getpid()) return;  // a test that serves itself
  auto watch = probe::Watch::start(pid, port, look_budget);
  if (!watch) {
    why_not_ = watch.error().message;
    return;
  }
  watch_ = std::move(*watch);
  pid_ = pid;
}

void ServiceWatch::look_there(const scenario::Endpoint& endpoint, const scenario::ProbeAddress& probe) {
  const std::uint16_t port = endpoint.connect_to_port != 0 ? endpoint.connect_to_port : endpoint.url.port;
  const char* token = std::getenv(kProbeToken);
  auto watch = probe::RemoteWatch::start(probe.host, probe.port, token == nullptr ? "" : token, port);
  if (watch)
    watch_ = std::move(*watch);
  else
    why_not_ = watch.error().message;
}

void ServiceWatch::begin() {
  if (watch_) watch_->begin();
}

void ServiceWatch::fill(result::Block& block) {
  if (!watch_) return;
  block.service = watch_->take();
  if (!block.measured && block.start + block.length >= Nanoseconds(0)) watch_->begin_measuring();
}

double ServiceWatch::settled_memory() {
  constexpr int kMostLooks = 10;
  constexpr double kSettled = 0.001;
  double before = watch_->memory();
  for (int i = 0; i < kMostLooks; ++i) {
    std::this_thread::sleep_for(100ms);
    const double now = watch_->memory();
    if (std::fabs(now - before) <= kSettled * before) return now;
    before = now;
  }
  return before;
}

void ServiceWatch::tell(const scenario::Scenario& scenario, result::ScenarioEnd& end) {
  const bool is_needed = std::any_of(scenario.targets.begin(), scenario.targets.end(),
                                     [](const auto& t) { return t.metric.group == metric::Group::kService; });
  if (!watch_) {
    if (is_needed) end.notes.push_back(format("The service was not watched: {}.", why_not_));
    return;
  }
  end.memory_after = settled_memory();
  for (auto& source : watch_->missing()) {
    if (std::find(told_.begin(), told_.end(), source) != told_.end()) continue;
    end.notes.push_back(format("Of the service could not be read: {}.", source));
    told_.push_back(std::move(source));
  }
}

}  // namespace loadstone::cli

// One request on its way through the service. Inside http only.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

#include "code_graph/http/metrics.h"
#include "code_graph/http/route.h"
#include "code_graph/http/service.h"

namespace code_graph::http {

// A thread for what takes long, so that it delays no connection. Bounded; what is left at the end is not run.
class Backroom {
 public:
  explicit Backroom(std::size_t bound) : bound_(bound), thread_([this] { work(); }) {}
  ~Backroom();
  // False: there is too much waiting already.
  bool run(std::function<void()> task);

 private:
  void work();
  const std::size_t bound_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> tasks_;
  bool over_ = false;
  std::thread thread_;
};

// What all requests share.
struct Workings {
  Workings(ServiceOptions given, GraphSource& source, push::Hub& events)
      : options(std::move(given)), graph(source), hub(events) {}

  const ServiceOptions options;
  GraphSource& graph;
  push::Hub& hub;
  Metrics metrics{routes().size()};
  std::function<serve::Counters()> counters;
  Backroom backroom{kMaxWaitingExports};
};

using Headers = std::vector<std::pair<std::string, std::string>>;

// Copies are cheap enough to be kept for later; only one of them may answer.
class Call {
 public:
  Call(Workings& workings, serve::Responder responder, const Route* route)
      : workings_(workings),
        responder_(std::move(responder)),
        route_(route),
        values_(route != nullptr ? route->parameters : std::span<const Parameter>()) {}

  [[nodiscard]] const serve::Request& request() const { return responder_.request(); }
  [[nodiscard]] serve::Responder& responder() { return responder_; }
  [[nodiscard]] Workings& workings() const { return workings_; }
  [[nodiscard]] const Route* route() const { return route_; }
  [[nodiscard]] Values& values() { return values_; }

  // JSON. With `compress`, gzip when it is long and the client takes it.
  void reply(int status, std::string json, Headers headers = {}, bool compress = false);
  void reply_text(std::string_view type, std::string text);
  // {"detail":"…"}
  void fail(int status, std::string_view detail, Headers headers = {});
  // Counts a request that is answered in another way.
  void count(int status) const;

  // What CORS has to say to the Origin of this request.
  void add_cors(Headers& headers) const;
  [[nodiscard]] bool origin_is_listed(std::string_view origin) const;

 private:
  void send(int status, std::string body, Headers headers);

  Workings& workings_;
  serve::Responder responder_;
  const Route* route_;
  Values values_;
};

// The answer from the snapshot.
void answer_query(Call& call);
// /ws/events and /ws/events/filtered
void accept_events(Call& call, bool filtered);

}  // namespace code_graph::http

#include "simulate/simulator.h"

#include <algorithm>
#include <cmath>
#include <deque>
#include <mutex>

#include "base/compute.h"
#include "base/format.h"
#include "base/random.h"
#include "base/units.h"
#include "simulate/event.h"
#include "simulate/json.h"
#include "simulate/routes.h"
#include "simulate/stalls.h"

namespace loadstone::simulate {

using serve::json_response;
using serve::Responder;
using serve::Response;

// A rule with what it has going on.
struct Simulator::RuleState {
  RuleState(Rule r, std::uint64_t seed, std::size_t index)
      : rule(std::move(r)), random(Random(seed).stream(index + 1)), stalls(rule.stall) {}

  const Rule rule;
  const Random random;
  Stalls stalls;
  std::atomic<std::uint64_t> requests{0};
  std::mutex mutex;  // guards the next two; used only with at_once
  std::uint64_t busy = 0;
  std::deque<std::shared_ptr<Turn>> waiting;
};

// One request on its way.
struct Simulator::Turn {
  Responder responder;
  RuleState& rule;
  Random random;
  Route route;
};

namespace {

bool is_exact(std::string_view glob) { return glob.find_first_of("*?") == std::string_view::npos; }

serve::Framing framing_of(BodyEnd end) {
  return end == BodyEnd::kLength    ? serve::Framing::kLength
         : end == BodyEnd::kChunked ? serve::Framing::kChunked
                                    : serve::Framing::kUntilClose;
}

void echo(Responder responder, Deflate deflate) {
  serve::WebSocketOptions options;
  options.deflate = deflate != Deflate::kNo;
  options.context_takeover = deflate == Deflate::kYes;
  options.message_bytes = std::size_t{16} << 20;
  serve::WebSocketEvents events;
  events.on_text = [](serve::WebSocket& socket, std::string_view text) { socket.send_text(text); };
  events.on_binary = [](serve::WebSocket& socket, std::string_view bytes) {
    socket.send_binary(std::make_shared<const std::string>(bytes));
  };
  responder.accept_websocket(std::move(options), std::move(events));
}

// 'last=N'; without it, or when it says something else, all.
std::size_t last_of(const serve::Request& request, std::size_t all) {
  if (!request.query().starts_with("last=")) return all;
  const auto n = parse_count(request.query().substr(5));
  return n ? static_cast<std::size_t>(std::min(*n, static_cast<double>(all))) : all;
}

// Purposes of the seed: rules count theirs from 1.
constexpr std::uint64_t kStreamSeed = 1'000'001;
constexpr std::uint64_t kRelaySeed = 1'000'002;
constexpr std::uint64_t kSourceSeed = 1'000'003;

}  // namespace

Simulator::Simulator(Options options)
    : options_(std::move(options)),
      account_(options_.max_samples),
      stream_("/ws/events", EventStream::Source::kPublished, options_.stream, Random(options_.seed).stream(kStreamSeed),
              plants_),
      relay_("/ws/broadcast", EventStream::Source::kClients, options_.stream, Random(options_.seed).stream(kRelaySeed),
             plants_),
      source_("/sse/events", EventStream::Source::kKept, options_.stream, Random(options_.seed).stream(kSourceSeed),
              plants_) {
  for (const Rule& rule : options_.rules)
    rules_.push_back(std::make_unique<RuleState>(rule, options_.seed, rules_.size()));
  rules_.push_back(std::make_unique<RuleState>(Rule{}, options_.seed, rules_.size()));
  Rule whole;
  whole.stall = options_.stall;
  whole_ = std::make_unique<RuleState>(whole, options_.seed, 0);
}

Simulator::~Simulator() = default;

Result<std::unique_ptr<Simulator>> Simulator::start(Options options) {
  std::unique_ptr<Simulator> simulator(new Simulator(std::move(options)));
  const Options& o = simulator->options_;
  serve::Options server;
  server.host = o.host;
  server.port = o.port;
  server.threads = o.threads;
  server.backlog = o.backlog;
  server.limits.connections = o.connections;
  server.limits.body_bytes = std::size_t{64} << 20;
  // Neither a client's pause nor a long run of the test may look like a fault.
  server.limits.header_timeout = server.limits.idle_timeout = server.limits.body_timeout = std::chrono::hours(1);
  server.on_request = [s = simulator.get()](Responder responder) { s->receive(std::move(responder)); };
  if (o.refuse_every != 0 || o.silent_every != 0)
    server.on_accept = [s = simulator.get(), refuse = o.refuse_every, silent = o.silent_every](std::uint64_t n) {
      if (refuse != 0 && n % refuse == 0) {
        ++s->reset_at_accept_;
        return serve::Admission::kReset;
      }
      if (silent == 0 || n % silent != 0) return serve::Admission::kServe;
      ++s->silent_at_accept_;
      return serve::Admission::kSilent;
    };
  server.accept = false;  // until everything below is in its place
  auto started = serve::Server::start(std::move(server));
  if (!started) return fail(started.error());
  simulator->server_ = std::move(*started);
  for (const auto& rule : simulator->rules_) rule->stalls.start(*simulator->server_);
  simulator->whole_->stalls.start(*simulator->server_);
  simulator->stream_.start(*simulator->server_, own_event_text);
  simulator->relay_.start(*simulator->server_);
  simulator->source_.start(*simulator->server_, own_event_text);
  if (o.accept) simulator->server_->resume_accepting();
  return simulator;
}

Simulator::RuleState& Simulator::find_rule(std::string_view path) {
  for (const auto& state : rules_)
    if (glob_matches(state->rule.paths, path)) return *state;
  return *rules_.back();
}

void Simulator::receive(Responder responder) {
  const auto& request = responder.request();
  if (request.path().starts_with("/__sim/")) {
    control(std::move(responder));
    return;
  }
  RuleState& rule = find_rule(request.path());
  const std::uint64_t n = rule.requests.fetch_add(1, std::memory_order_relaxed) + 1;
  const Route route = find_route(request);
  const auto turn = std::make_shared<Turn>(Turn{std::move(responder), rule, rule.random.stream(n), route});
  if (rule.rule.at_once == 0) {
    begin(turn);
    return;
  }
  bool over = false;
  {
    const std::lock_guard lock(rule.mutex);
    if (rule.busy >= rule.rule.at_once) {
      over = rule.waiting.size() >= rule.rule.queue;
      if (!over) {
        rule.waiting.push_back(turn);
        return;
      }
    } else {
      ++rule.busy;
    }
  }
  if (!over) {
    begin(turn);
    return;
  }
  Response response = json_response(503, R"({"detail":"too many requests at once"})");
  response.headers.emplace_back("Retry-After", "1");
  account_.answered(route.name, 503, turn->responder.request().received(), SteadyClock::read());
  turn->responder.reply(std::move(response));
}

// Gives up the place that at_once counts, to the first that waits for one.
void Simulator::leave(Turn& turn) {
  RuleState& rule = turn.rule;
  if (rule.rule.at_once == 0) return;
  std::shared_ptr<Turn> next;
  {
    const std::lock_guard lock(rule.mutex);
    if (rule.waiting.empty()) {
      --rule.busy;
      return;
    }
    next = std::move(rule.waiting.front());
    rule.waiting.pop_front();
  }
  next->responder.after(Nanoseconds(0), [this, next] { begin(next); });
}

void Simulator::begin(const std::shared_ptr<Turn>& turn) {
  const Nanoseconds latency = turn->rule.rule.latency.sample(turn->random);
  if (latency.count() == 0)
    finish(turn);
  else
    turn->responder.after(latency, [this, turn] { finish(turn); });
}

void Simulator::finish(const std::shared_ptr<Turn>& turn) {
  turn->rule.stalls.pass(turn->responder,
                         [this, turn] { whole_->stalls.pass(turn->responder, [this, turn] { act(turn); }); });
}

// What is to happen is drawn once; the shares lie side by side in [0, 1).
void Simulator::act(const std::shared_ptr<Turn>& turn) {
  const Rule& rule = turn->rule.rule;
  if (!rule.busy.is_zero()) compute(rule.busy.sample(turn->random));
  Responder& responder = turn->responder;
  double u = turn->random.uniform();
  const auto falls_in = [&u](double share) {
    if (u < share) return true;
    u -= share;
    return false;
  };
  if (falls_in(rule.reset)) {
    account_.ended(turn->route.name, Ending::kReset);
    responder.reset();
  } else if (falls_in(rule.close)) {
    account_.ended(turn->route.name, Ending::kClosed);
    responder.close();
  } else if (falls_in(rule.half)) {
    account_.ended(turn->route.name, Ending::kHalf);
    const Response whole = answer(*turn);
    responder.begin({whole.status, whole.headers}, serve::Framing::kLength,
                    std::max<std::size_t>(whole.body.size(), 2));
    responder.write(whole.body.substr(0, whole.body.size() / 2));
    responder.close();
  } else if (falls_in(rule.silent)) {
    account_.ended(turn->route.name, Ending::kSilent);
    responder.after(kLongestLatency, [responder]() mutable { responder.reset(); });
  } else {
    for (const auto& error : rule.errors) {
      if (!falls_in(error.share)) continue;
      send(turn, json_response(error.status, R"({"detail":"an error by the rule"})"));
      return;
    }
    const RouteKind kind = turn->route.kind;
    const bool is_socket = kind == RouteKind::kEvents || kind == RouteKind::kRelay || kind == RouteKind::kEcho;
    const bool is_source = kind == RouteKind::kEventSource && responder.request().method() == "GET";
    if (!is_source && !(is_socket && responder.request().wants_websocket())) {
      send(turn, answer(*turn));
      return;
    }
    accept_client(*turn);
  }
  leave(*turn);
}

// Lets the client of a stream in.
void Simulator::accept_client(Turn& turn) {
  const Deflate deflate = turn.rule.rule.deflate;
  Responder& responder = turn.responder;
  const auto answered = [&](int status) {
    account_.answered(turn.route.name, status, responder.request().received(), SteadyClock::read());
  };
  if (turn.route.kind == RouteKind::kEcho) {
    answered(101);
    echo(responder, deflate);
    return;
  }
  const bool is_source = turn.route.kind == RouteKind::kEventSource;
  EventStream& stream = is_source ? source_ : turn.route.kind == RouteKind::kEvents ? stream_ : relay_;
  switch (stream.admit()) {
    case EventStream::Admission::kAccept:
      answered(is_source ? 200 : 101);
      if (is_source)
        stream.accept_source(responder);
      else
        stream.accept(responder, deflate);
      break;
    case EventStream::Admission::kRefuse: {
      answered(503);
      Response response = json_response(503, R"({"detail":"refused by the stream faults"})");
      response.headers.emplace_back("Retry-After", "1");
      responder.reply(std::move(response));
      break;
    }
    case EventStream::Admission::kReset:
      account_.ended(turn.route.name, Ending::kReset);
      responder.reset();
      break;
  }
}

Response Simulator::answer(Turn& turn) {
  const Rule& rule = turn.rule.rule;
  const auto& request = turn.responder.request();
  Response response;
  switch (turn.route.kind) {
    case RouteKind::kPublish:
      response = answer_publish(request, {&stream_, &source_}, ++event_id_);
      break;
    case RouteKind::kStreamStatus:
      response =
          json_response(200, format(R"({{"active_connections":{},"status":"healthy"}})", stream_.open_clients()));
      break;
    case RouteKind::kEvents:
    case RouteKind::kRelay:
    case RouteKind::kEcho:
      response = json_response(426, R"({"detail":"Upgrade Required"})");
      response.headers.emplace_back("Upgrade", "websocket");
      break;
    case RouteKind::kEventSource:
      response.headers.emplace_back("Content-Type", "text/event-stream");
      response.body = ": half of a stream\n\n";
      break;
    case RouteKind::kUnknownPath:
      response = is_exact(rule.paths) ? json_response(200, format(R"({{"path":{}}})", json_quote(request.path())))
                                      : answer_plain(turn.route, request);
      break;
    default:
      response = answer_plain(turn.route, request);
      break;
  }
  if (rule.body_bytes && response.status < 300) response.body = padded_body(*rule.body_bytes);
  return response;
}

void Simulator::send(const std::shared_ptr<Turn>& turn, Response response) {
  const Rule& rule = turn->rule.rule;
  Responder& responder = turn->responder;
  const Instant received = responder.request().received();
  const int status = response.status;
  const bool whole = rule.body_rate <= 0 && rule.body_end == BodyEnd::kLength;
  const Instant sent = SteadyClock::read();
  if (options_.stamp) {
    response.headers.emplace_back("X-Sim-Received-Ns", std::to_string(received.time_since_epoch().count()));
    response.headers.emplace_back("X-Sim-Sent-Ns", std::to_string(sent.time_since_epoch().count()));
  }
  if (whole) {
    account_.answered(turn->route.name, status, received, sent);
    responder.reply(std::move(response));
    leave(*turn);
    return;
  }
  responder.begin({status, std::move(response.headers)}, framing_of(rule.body_end), response.body.size());
  if (rule.body_rate > 0) {
    write_slowly(turn, std::make_shared<const std::string>(std::move(response.body)), 0, sent, status);
    return;
  }
  account_.answered(turn->route.name, status, received, sent);
  responder.write(std::move(response.body));
  responder.end();
  leave(*turn);
}

// Writes what is due by now at body_rate since `started`, at steps of 10 ms or of one byte, whichever is longer.
void Simulator::write_slowly(const std::shared_ptr<Turn>& turn, std::shared_ptr<const std::string> body,
                             std::size_t from, Instant started, int status) {
  Responder& responder = turn->responder;
  const double rate = turn->rule.rule.body_rate;
  const Instant now = SteadyClock::read();
  const auto due =
      static_cast<std::size_t>(std::min(to_seconds(now - started) * rate, static_cast<double>(body->size())));
  if (!responder.is_open()) {
    leave(*turn);
    return;
  }
  if (due > from) responder.write(body->substr(from, due - from));
  if (due == body->size()) {
    account_.answered(turn->route.name, status, responder.request().received(), now);
    responder.end();
    leave(*turn);
    return;
  }
  const Nanoseconds step =
      std::max<Nanoseconds>(std::chrono::milliseconds(10), from_seconds(std::min(1 / rate, 3600.0)));
  responder.after(step, [this, turn, body = std::move(body), due, started, status] {
    write_slowly(turn, body, due, started, status);
  });
}

// ---- what really happened

std::string Simulator::stats_json() const {
  std::string stats = account_.stats_json();
  stats.pop_back();
  const auto c = server_->counters();
  return stats +
         format(R"(,"stream":{},"relay":{},"source":{},"connections":{{"accepted":{},"reset":{},"silent":{},"open":{},)"
                R"("websockets":{}}}}})",
                stream_.counts_json(), relay_.counts_json(), source_.counts_json(), c.accepted, reset_at_accept_.load(),
                silent_at_accept_.load(), c.open, c.websockets);
}

std::string Simulator::stalls_json() const {
  std::string out = "{";
  const auto add = [&out](std::string_view name, const Stall& stall, const Stalls& stalls) {
    if (stall.is_set()) out += (out.size() > 1 ? "," : "") + json_quote(name) + ":" + stalls.json();
  };
  add("service", options_.stall, whole_->stalls);
  add("stream", options_.stream.stall, stream_.stalls());
  add("relay", options_.stream.stall, relay_.stalls());
  add("source", options_.stream.stall, source_.stalls());
  for (const auto& state : rules_) add(state->rule.paths, state->rule.stall, state->stalls);
  return out + "}";
}

void Simulator::control(Responder responder) {
  const auto& request = responder.request();
  const std::string_view path = request.path().substr(std::string_view("/__sim/").size());
  if (request.method() == "GET" && path == "stats") {
    responder.reply(json_response(200, stats_json()));
  } else if (request.method() == "GET" && path == "stalls") {
    responder.reply(json_response(200, stalls_json()));
  } else if (request.method() == "GET" && path == "samples") {
    responder.reply(json_response(200, account_.samples_json(last_of(request, options_.max_samples))));
  } else if (request.method() == "GET" && path == "plants") {
    responder.reply(json_response(200, plants_.plants_json(last_of(request, Plants::kKept))));
  } else if (request.method() == "GET" && path == "messages") {
    const std::size_t last = last_of(request, EventStream::kTimedMessages);
    responder.reply(json_response(
        200, format(R"({{"/ws/events":{},"/ws/broadcast":{},"/sse/events":{}}})", stream_.messages_json(last),
                    relay_.messages_json(last), source_.messages_json(last))));
  } else if (request.method() == "GET" && path == "clients") {
    responder.reply(json_response(200, plants_.stays_json(last_of(request, Plants::kKeptStays))));
  } else if (request.method() == "POST" && path == "disconnect") {
    const std::size_t count = stream_.disconnect() + relay_.disconnect() + source_.disconnect();
    responder.reply(json_response(200, format(R"({{"disconnected":{}}})", count)));
  } else if (request.method() == "POST" && path == "reset") {
    account_.reset();
    stream_.reset();
    relay_.reset();
    source_.reset();
    plants_.reset();
    whole_->stalls.reset();
    for (const auto& state : rules_) state->stalls.reset();
    responder.reply(json_response(200, R"({"status":"reset"})"));
  } else {
    responder.reply(json_response(
        404,
        R"({"detail":"there are GET stats, stalls, samples, messages, plants and clients, POST disconnect and reset"})"));
  }
}

}  // namespace loadstone::simulate

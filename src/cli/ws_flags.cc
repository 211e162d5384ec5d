#include "cli/ws_flags.h"

#include <utility>

#include "base/format.h"
#include "cli/request_flags.h"
#include "scenario/values.h"
#include "scenario/websocket_shape.h"
#include "scenario/websocket_values.h"

namespace loadstone::cli {
namespace {

using scenario::AudienceLoad;
using scenario::Placeholders;

// An address with http is as good: a WebSocket begins as a request.
Result<Url> parse_ws_url(std::string_view text) {
  if (const auto ok = scenario::check_placeholders(text, Placeholders::kNone); !ok) return fail(ok.error());
  auto url = parse_url(text);
  if (!url) return url;
  if (url->scheme == "ws") url->scheme = "http";
  if (url->scheme == "wss") url->scheme = "https";
  return url;
}

Url read_url(const std::vector<std::string>& urls, std::string_view example, Usage& usage) {
  // After a misspelt flag its value looks like a URL, or the URL like its value; the flag has been reported.
  const bool is_understood = usage.mistakes.empty();
  if (urls.size() != 1 && !is_understood) return Url{"http", "localhost", 80, "/"};
  if (urls.empty()) {
    usage.mistakes.push_back(format("the URL is missing, such as {}", example));
  } else if (urls.size() > 1) {
    usage.mistakes.push_back(format("one URL, not {}; several scenarios go in a suite", urls.size()));
  } else if (auto parsed = parse_ws_url(urls.front())) {
    return std::move(*parsed);
  } else {
    usage.mistakes.push_back(format("{}: {}", shown(urls.front()), parsed.error().message));
  }
  return Url{"http", "localhost", 80, "/"};
}

// Flags that mean something only beside another one.
void check_company(const WsFlags& typed, Usage& usage) {
  const auto needs = [&](const std::optional<std::string>& flag, std::string_view name, bool has,
                         std::string_view other) {
    if (flag && !has) usage.mistakes.push_back(format("{} needs {}", name, other));
  };
  const bool publishes = typed.publish || typed.say;
  const std::string_view kPublish =
      typed.listens_only ? "a --publish 'POST /path'" : "a --publish 'POST /path' or a --say TEXT";
  needs(typed.rate, "--rate", typed.echo.has_value(),
        publishes ? "an --echo TEXT; how often to publish is --message-rate" : "an --echo TEXT");
  needs(typed.requests, "--requests", typed.echo.has_value(),
        publishes ? "an --echo TEXT; how many to publish is --messages" : "an --echo TEXT");
  needs(typed.think, "--think", typed.echo.has_value(), "an --echo TEXT");
  needs(typed.messages, "--messages", publishes, kPublish);
  needs(typed.message_rate, "--message-rate", publishes, kPublish);
  needs(typed.body, "--body", typed.publish.has_value(), "a --publish 'POST /path'");
  for (const auto& [flag, name] :
       {std::pair(&typed.drop, "--drop"), std::pair(&typed.pause, "--pause"), std::pair(&typed.backoff, "--backoff")})
    needs(*flag, name, typed.cycles.has_value(), "--cycles: how often the clients shall drop");
  if (typed.publish && typed.say)
    usage.mistakes.emplace_back("--say and --publish exclude each other; several publishers go in a suite");
  if (typed.think && typed.rate)
    usage.mistakes.emplace_back("--think and --rate exclude each other: at a rate nobody waits for an answer");
}

scenario::Echo read_echo(const WsFlags& typed, Usage& usage) {
  scenario::Echo echo;
  echo.text = read_text(*typed.echo, "--echo", Placeholders::kMessage, usage);
  if (echo.text.empty()) usage.mistakes.emplace_back("--echo: the text is missing");
  echo.rate = read_flag(typed.rate, "--rate", scenario::parse_steady_rate, usage);
  echo.count = read_flag(typed.requests, "--requests", scenario::parse_request_count, usage);
  echo.think = read_flag(typed.think, "--think", scenario::parse_any_duration, usage).value_or(echo.think);
  return echo;
}

scenario::PublishRequest read_publish_request(const WsFlags& typed, const std::vector<scenario::Header>& headers,
                                              Usage& usage) {
  scenario::Request request;
  if (const auto line = read_flag(typed.publish, "--publish", scenario::parse_request_line, usage)) {
    request.method = line->method;
    request.target = read_text(line->target, "--publish", Placeholders::kMessage, usage);
  }
  if (typed.body) {
    request.body = read_body(*typed.body, Placeholders::kMessage, usage);
    if (request.method == "HEAD" || request.method == "TRACE")
      usage.mistakes.push_back(format("--body: {} has no body", request.method));
  }
  request.name = request.method + " " + request.target.substr(0, request.target.find('?'));
  request.headers = headers;
  return {std::move(request)};
}

scenario::Publish read_publish(const WsFlags& typed, const std::vector<scenario::Header>& headers, Usage& usage) {
  scenario::Publish publish;
  publish.name = "publish";
  if (typed.publish) {
    publish.by = read_publish_request(typed, headers, usage);
  } else {
    publish.by = scenario::PublishMessage{read_text(*typed.say, "--say", Placeholders::kMessage, usage)};
    if (typed.say->empty()) usage.mistakes.emplace_back("--say: the text is missing");
  }
  publish.count = read_flag(typed.messages, "--messages", scenario::parse_request_count, usage);
  publish.rate =
      read_flag(typed.message_rate, "--message-rate", scenario::parse_steady_rate, usage).value_or(publish.rate);
  return publish;
}

scenario::Recover read_recover(const WsFlags& typed, Usage& usage) {
  scenario::Recover recover;
  recover.cycles = read_flag(typed.cycles, "--cycles", scenario::parse_cycles, usage).value_or(recover.cycles);
  recover.drop = read_flag(typed.drop, "--drop", scenario::parse_drop, usage).value_or(recover.drop);
  if (recover.drop == scenario::Recover::Drop::kRestart)
    usage.mistakes.emplace_back("--drop: restart needs the command that restarts the service; write a suite");
  recover.pause = read_flag(typed.pause, "--pause", scenario::parse_any_duration, usage).value_or(recover.pause);
  recover.backoff = read_flag(typed.backoff, "--backoff", scenario::parse_backoff, usage).value_or(recover.backoff);
  return recover;
}

scenario::ClientsShape read_shape(const WsFlags& typed, Usage& usage) {
  scenario::ClientsShape shape;
  shape.clients = read_flag(typed.clients, "--clients", scenario::parse_connections, usage);
  shape.stages = read_flag(typed.stages, "--stages", scenario::parse_client_stages, usage)
                     .value_or(std::vector<AudienceLoad::Stage>());
  shape.stagger = read_flag(typed.stagger, "--stagger", scenario::parse_any_duration, usage);
  shape.connect_rate = read_flag(typed.connect_rate, "--connect-rate", scenario::parse_steady_rate, usage);
  shape.duration = read_flag(typed.duration, "--duration", scenario::parse_positive_duration, usage);
  shape.warmup = read_flag(typed.warmup, "--warmup", scenario::parse_any_duration, usage);
  return shape;
}

scenario::EventStreamTerms read_terms(const WsFlags& typed, Usage& usage) {
  scenario::EventStreamTerms terms;
  terms.resume = !typed.no_resume;
  terms.reconnect = !typed.no_reconnect;
  terms.retry = read_flag(typed.retry, "--retry", scenario::parse_any_duration, usage);
  return terms;
}

void read_connection(const WsFlags& typed, AudienceLoad& load, Usage& usage) {
  for (const std::string& text : split_list(typed.subprotocols))
    if (auto name = read_flag<std::string>(text, "--subprotocol", scenario::parse_subprotocol, usage))
      load.subprotocols.push_back(std::move(*name));
  load.compression.offered = typed.compression;
  if (typed.on_open) load.on_open = read_text(*typed.on_open, "--on-open", Placeholders::kNone, usage);
  load.ready = read_flag(typed.ready, "--ready", scenario::parse_pattern, usage).value_or("");
  load.ping = read_flag(typed.ping, "--ping", scenario::parse_positive_duration, usage).value_or(load.ping);
  load.drain = read_flag(typed.drain, "--drain", scenario::parse_any_duration, usage).value_or(load.drain);
  load.connect_timeout = read_flag(typed.connect_timeout, "--connect-timeout", scenario::parse_positive_duration, usage)
                             .value_or(load.connect_timeout);
}

}  // namespace

void WsFlags::declare(Flags& flags) {
  const bool speaks = !listens_only;
  flags.positionals(
      urls, "URL", speaks ? "ws://host:port/path, or with wss, http or https" : "http://host:port/path, or with https");
  flags.group("Clients");
  flags.value(clients, "-c,--clients", "N", "How many connect (10)");
  flags.value(stagger, "--stagger", "TIME", "Between the starts of two connections (0)");
  flags.value(connect_rate, "--connect-rate", "RATE", "Connections begun per second, instead");
  flags.value(duration, "-d,--duration", "TIME", "How long they stay: 5s, 1m30s (10s, or what the messages need)");
  flags.value(stages, "--stages", "N:TIME,...", "Several numbers of clients in turn: 10:5s,50:5s");
  if (speaks) {
    flags.value(ping, "--ping", "TIME", "Each client sends a ping this often (never)");
    flags.group("Echo");
    flags.value(echo, "--echo", "TEXT", "Each client says this and waits for the answer");
    flags.value(rate, "-r,--rate", "RATE", "Messages per second over all clients, whatever the service does");
    flags.value(requests, "-n,--requests", "N", "Stop after this many messages");
    flags.value(think, "--think", "TIME", "Pause of a client between an answer and the next message (0)");
  }
  flags.group("Broadcast");
  flags.value(publish, "--publish", "'POST /path'", "The request that makes the service send a message to everybody");
  flags.value(body, "-b,--body,--data", "TEXT|@FILE", "Its body, with {{message.id}} or {{message.header}}");
  if (speaks)
    flags.value(say, "--say", "TEXT", "Instead, one client says it, with {{message.id}} or {{message.header}}");
  flags.value(messages, "--messages", "N", "How many in all (as many as the duration allows)");
  flags.value(message_rate, "--message-rate", "RATE", "How many per second (10)");
  flags.value(match, "--match", "POINTER|re:PATTERN|header",
              "Where the id is in what is received: /data/id, 're:id=([0-9]+)' (header, if that is sent)");
  flags.value(warmup, "--warmup", "TIME", "The same messages before, not counted (0)");
  flags.value(drain, "--drain", "TIME", "How long a message may take before it is missing (5s)");
  flags.group("Recovery");
  flags.value(cycles, "--cycles", "N", "All clients drop and connect again this often");
  flags.value(drop, "--drop", "close|reset|silence", "How they drop (close)");
  flags.value(pause, "--pause", "TIME", "Between a recovery and the next drop (100ms)");
  flags.value(backoff, "--backoff", "FIRST[:LONGEST]", "Pause before they try again, doubled each time (0:1s)");
  if (listens_only) {
    flags.value(retry, "--retry", "TIME", "How long who comes back waits first (as the service says)");
    flags.flag(no_resume, "--no-resume", "Do not say the id of the last event (Last-Event-ID) when coming back");
    flags.flag(no_reconnect, "--no-reconnect", "Who loses the stream stays away");
  }
  flags.group("Connections");
  flags.values(
      headers, "-H,--header", "'NAME: VALUE'",
      speaks ? "A header of the upgrade and of --publish" : "A header of the stream's request and of --publish");
  if (speaks) {
    flags.values(subprotocols, "--subprotocol", "NAME,...", "Offered to the service");
    flags.flag(compression, "--compression", "Offer permessage-deflate");
    flags.value(on_open, "--on-open", "TEXT", "Said by each client when it is connected: a subscription");
  }
  flags.value(ready, "--ready", "PATTERN", "A client is subscribed when it receives what matches (when connected)");
  flags.value(connect_timeout, "--connect-timeout", "TIME", "For a connection (5s)");
  endpoint.declare(flags);
  flags.group("Targets");
  flags.values(slos, "--slo", "'METRIC < LIMIT'", "What must hold: 'broadcast.delivery_rate > 99%'");
  run.declare(flags);
}

scenario::Scenario WsFlags::read(Usage& usage) const {
  scenario::Scenario test;
  test.endpoint.url =
      read_url(urls, listens_only ? "http://127.0.0.1:8000/sse/events" : "ws://127.0.0.1:8000/ws/events", usage);
  AudienceLoad load;
  if (listens_only) load.event_stream = read_terms(*this, usage);
  load.path = std::exchange(test.endpoint.url.target, "/");
  endpoint.read(test.endpoint, usage);
  load.headers =
      read_headers(headers, Placeholders::kNone,
                   listens_only ? scenario::check_stream_header_name : scenario::check_upgrade_header_name, usage);

  const std::size_t before = usage.mistakes.size();
  check_company(*this, usage);
  const scenario::ClientsShape shape = read_shape(*this, usage);
  if (echo) load.echo = read_echo(*this, usage);
  if (publish || say) load.publish.push_back(read_publish(*this, load.headers, usage));
  load.match = read_flag(match, "--match", scenario::parse_match, usage);
  if (cycles) load.recover = read_recover(*this, usage);
  if (usage.mistakes.size() == before) {
    const scenario::WebSocketNames names{.clients = "--clients",
                                         .stages = "--stages",
                                         .stagger = "--stagger",
                                         .connect_rate = "--connect-rate",
                                         .duration = "--duration",
                                         .warmup = "--warmup",
                                         .echo = "--echo",
                                         .echo_count = "--requests",
                                         .publish = say ? "--say" : "--publish",
                                         .publish_count = "--messages",
                                         .match = "--match",
                                         .recover = "--cycles"};
    for (auto& [name, message] : scenario::contradictions(shape, load, names))
      usage.mistakes.push_back(std::move(message));
  }
  if (usage.mistakes.size() == before) scenario::apply(shape, load);
  read_connection(*this, load, usage);
  test.name = (listens_only ? "sse " : "ws ") + load.path.substr(0, load.path.find('?'));
  test.kind = std::move(load);
  read_targets(slos, test, usage);
  return test;
}

}  // namespace loadstone::cli

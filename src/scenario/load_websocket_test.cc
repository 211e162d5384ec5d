#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/format.h"
#include "scenario/load.h"
#include "scenario/websocket_values.h"

namespace loadstone::scenario {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

Suite load(std::string_view text, const LoadOptions& options = {}) {
  Loaded loaded = load_suite_text("suite.yaml", text, options);
  EXPECT_EQ(loaded.problems, "");
  if (!loaded.suite) throw std::runtime_error("the suite of the test is wrong");
  return std::move(*loaded.suite);
}

const AudienceLoad& load_of(const Suite& suite, std::string_view name = "one") {
  for (const Scenario& s : suite.scenarios)
    if (s.name == name) return std::get<AudienceLoad>(s.kind);
  throw std::runtime_error("no such scenario");
}

std::string suite_of(const std::string& body, std::string_view expect = "connect.failed == 0") {
  return format("target: http://h\nscenarios:\n  - name: one\n    websocket: {{{}}}\n    expect: {}\n", body, expect);
}
// One scenario whose websocket block is `body`, in flow style.
Suite load_ws(const std::string& body, const LoadOptions& options = {}) { return load(suite_of(body), options); }
std::string problems_of(const std::string& body, std::string_view expect = "connect.failed == 0") {
  return load_suite_text("suite.yaml", suite_of(body, expect), {}).problems;
}

const Suite& everything() {
  static const Suite kSuite = [] {
    Loaded loaded = load_suite("src/scenario/testdata/good/websocket.yaml", {});
    EXPECT_EQ(loaded.problems, "");
    return loaded.suite.value();
  }();
  return kSuite;
}

TEST(LoadWebSocket, ABroadcastWithEverything) {
  const AudienceLoad& ws = load_of(everything(), "broadcast");
  EXPECT_EQ(kind_name(everything().scenarios[0]), "websocket");
  EXPECT_EQ(ws.path, "/base/ws/events?since=0");
  ASSERT_EQ(ws.headers.size(), 2U);
  EXPECT_EQ(ws.headers[0].name, "Authorization");
  EXPECT_THAT(ws.subprotocols, ElementsAre("graphql-transport-ws", "chat.v2"));
  EXPECT_TRUE(ws.compression.offered);
  EXPECT_FALSE(ws.compression.client_context_takeover);
  EXPECT_TRUE(ws.compression.server_context_takeover);
  EXPECT_EQ(ws.on_open, R"({"action":"filter","event_types":["load_test"]})");
  EXPECT_EQ(ws.ready, "\"filter_updated\"");
  ASSERT_EQ(ws.stages.size(), 1U);
  EXPECT_EQ(ws.stages[0].clients, 50);
  EXPECT_EQ(ws.stages[0].duration, 2500ms);  // what 50 messages at 20/s need, not the default duration
  EXPECT_EQ(ws.stagger, 1ms);
  EXPECT_FALSE(ws.connect_rate);
  EXPECT_EQ(ws.warmup, 2s);
  EXPECT_EQ(ws.drain, 4s);
  EXPECT_EQ(ws.ping, 10s);
  EXPECT_EQ(ws.pong_timeout, 3s);
  EXPECT_EQ(ws.max_message_bytes, 65536U);
  EXPECT_EQ(ws.connect_timeout, 2s);
  EXPECT_EQ(ws.run_timeout, Nanoseconds(60s));
  EXPECT_FALSE(ws.quick_ack);
  ASSERT_EQ(ws.publish.size(), 1U);
  const Publish& publish = ws.publish[0];
  EXPECT_EQ(publish.name, "publish");
  EXPECT_EQ(publish.count, 50U);
  EXPECT_EQ(publish.rate, 20);
  EXPECT_EQ(publish.arrivals, Arrivals::kUniform);
  const Request& request = std::get<PublishRequest>(publish.by).request;
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.target, "/base/api/graph/events");
  EXPECT_EQ(request.body, R"({"event_type":"load_test","data":{"message_id":"{{message.id}}","n":1}})");
  ASSERT_EQ(request.headers.size(), 2U);  // the default's and the type; X-Team is for the WebSocket alone
  EXPECT_EQ(request.headers[0].name, "Authorization");
  ASSERT_EQ(request.check.status.size(), 1U);
  EXPECT_EQ(request.check.status[0].low, 202);
  ASSERT_TRUE(ws.match);
  EXPECT_EQ(ws.match->how, Match::How::kPointer);
  EXPECT_EQ(ws.match->expression, "/data/message_id");
  EXPECT_TRUE(ws.match->identical);
  const Endpoint& endpoint = everything().scenarios[0].endpoint;
  EXPECT_EQ(endpoint.connect_to_port, 9000);
  EXPECT_EQ(endpoint.local_addresses.size(), 2U);
  EXPECT_FALSE(endpoint.tls.verifies);
  EXPECT_EQ(everything().scenarios[0].targets.size(), 9U);
}

TEST(LoadWebSocket, SeveralPublishersAndWhoHearsThem) {
  const AudienceLoad& ws = load_of(everything(), "several_publishers");
  EXPECT_EQ(ws.path, "/base/");
  EXPECT_EQ(ws.connect_rate, 100);
  EXPECT_EQ(ws.stages[0].duration, 5s);
  EXPECT_EQ(ws.warmup, 0s);
  ASSERT_EQ(ws.publish.size(), 3U);
  EXPECT_EQ(ws.publish[0].name, "orders");
  EXPECT_EQ(ws.publish[0].publishers, 2);
  EXPECT_EQ(ws.publish[0].arrivals, Arrivals::kPoisson);
  EXPECT_EQ(std::get<PublishRequest>(ws.publish[0].by).request.target, "/base/orders");
  EXPECT_EQ(std::get<PublishRequest>(ws.publish[0].by).request.headers.size(), 2U);
  EXPECT_EQ(ws.publish[1].name, "publish 2");
  EXPECT_EQ(ws.publish[1].rate, 10);
  EXPECT_EQ(std::get<PublishMessage>(ws.publish[1].by).text, "say {{message.header}}");
  EXPECT_EQ(std::get<PublishFile>(ws.publish[2].by).path, "watched/{{message.id}}.txt");
  ASSERT_TRUE(ws.match);  // every publisher sends the header, so nobody had to say it
  EXPECT_EQ(ws.match->how, Match::How::kHeader);
  ASSERT_EQ(ws.filters.size(), 2U);
  EXPECT_EQ(ws.filters[0].path, "/base/ws/orders");
  EXPECT_THAT(ws.filters[0].hears, ElementsAre("orders"));
  EXPECT_EQ(ws.filters[1].path, "");
  EXPECT_EQ(ws.filters[1].on_open, "subscribe files");
  EXPECT_EQ(ws.filters[1].ready, "ok");
  EXPECT_THAT(ws.filters[1].hears, ElementsAre("files", "publish 2"));
  EXPECT_EQ(ws.slow.clients, 3);
  EXPECT_EQ(ws.slow.bytes_per_second, 1000);
  EXPECT_EQ(std::get<PublishMessage>(load_of(everything(), "json_said").publish[0].by).text,
            R"({"id":"{{message.id}}"})");
}

TEST(LoadEventStream, HasTheKeysOfAWebSocketAndItsOwn) {
  const Loaded loaded = load_suite("src/scenario/testdata/good/event_stream.yaml", {});
  ASSERT_EQ(loaded.problems, "");
  const AudienceLoad& plain = load_of(*loaded.suite, "nothing_said");
  EXPECT_EQ(kind_name(loaded.suite->scenarios[0]), "event_stream");
  EXPECT_EQ(plain.path, "/base/");
  ASSERT_TRUE(plain.event_stream);
  EXPECT_TRUE(plain.event_stream->resume && plain.event_stream->reconnect && !plain.event_stream->retry);
  const AudienceLoad& all = load_of(*loaded.suite, "everybody_hears");
  EXPECT_EQ(all.path, "/base/sse/events?room=1");
  EXPECT_FALSE(all.event_stream->resume || all.event_stream->reconnect);
  EXPECT_EQ(all.event_stream->retry, Nanoseconds(250ms));
  EXPECT_EQ(all.ready, "connected");
  EXPECT_EQ(all.headers.size(), 2U);
  EXPECT_EQ(all.publish.size(), 2U);
  EXPECT_EQ(all.filters[0].path, "/base/sse/orders");
  EXPECT_EQ(describe_load(plain), "10 clients of an event stream stay connected for 7 s");
  EXPECT_EQ(describe_load(load_of(*loaded.suite, "they_come_back")),
            "10 clients of an event stream hear messages at 50/s and drop by reset 3 times");
  EXPECT_EQ(
      describe_load(load_of(*loaded.suite, "said_by_the_service")),
      "5 clients for 1 s, then 10 clients for 2 s, all of an event stream, 100 a second, hear what the service says");
}

TEST(LoadWebSocket, DropsAndComingBack) {
  const AudienceLoad& ws = load_of(everything(), "recovery");
  ASSERT_TRUE(ws.recover);
  EXPECT_EQ(ws.recover->cycles, 5);
  EXPECT_EQ(ws.recover->drop, Recover::Drop::kReset);
  EXPECT_EQ(ws.recover->pause, 50ms);
  EXPECT_FALSE(ws.recover->at_once);
  EXPECT_EQ(ws.recover->backoff.first, 10ms);
  EXPECT_EQ(ws.recover->backoff.longest, 2s);
  EXPECT_EQ(ws.recover->backoff.factor, 3);
  EXPECT_EQ(ws.recover->backoff.attempts, 4);
  EXPECT_EQ(ws.stages[0].duration, 0s);  // as long as the cycles need, whatever the default is
  EXPECT_EQ(ws.warmup, 0s);              // there are no messages to warm up with
  EXPECT_EQ(planned_duration(ws), std::nullopt);
  const AudienceLoad& restart = load_of(everything(), "restart");
  EXPECT_THAT(restart.recover->command, ElementsAre("systemctl", "restart", "shop"));
  EXPECT_EQ(restart.stages[0].clients, 10);
  EXPECT_EQ(restart.warmup, 2s);
  EXPECT_EQ(load_of(everything(), "churn").churn->stay, 500ms);
  EXPECT_EQ(load_of(everything(), "churn").stages[0].duration, 7s);
}

TEST(LoadWebSocket, EchoesAndWhatTheServiceSaysItself) {
  const AudienceLoad& ws = load_of(everything(), "echo");
  ASSERT_TRUE(ws.echo);
  EXPECT_EQ(ws.echo->rate, 100);
  EXPECT_EQ(ws.echo->count, 500U);
  EXPECT_EQ(ws.echo->timeout, 1s);
  EXPECT_EQ(ws.echo->arrivals, Arrivals::kUniform);
  EXPECT_EQ(ws.stages[0].duration, 5s);
  const AudienceLoad& in_turn = load_of(everything(), "echo_in_turn");
  EXPECT_EQ(in_turn.echo->text, std::string(1000, 'x'));
  EXPECT_FALSE(in_turn.echo->rate);
  EXPECT_EQ(in_turn.echo->think, 10ms);
  EXPECT_EQ(in_turn.echo->timeout, 4s);
  EXPECT_FALSE(in_turn.match);
  EXPECT_EQ(load_ws("echo: hello").scenarios.size(), 1U);
  EXPECT_EQ(load_of(load_ws("echo: '{{message.header}}'")).match->how, Match::How::kHeader);
  const AudienceLoad& own = load_of(everything(), "said_by_the_service");
  EXPECT_TRUE(own.publish.empty());
  EXPECT_EQ(own.match->time, "/at");
}

TEST(LoadWebSocket, WhatIsNotSaidHasADefault) {
  const Suite suite = load_ws("");
  const AudienceLoad& ws = load_of(suite);
  EXPECT_EQ(ws.path, "/");
  ASSERT_EQ(ws.stages.size(), 1U);
  EXPECT_EQ(ws.stages[0].clients, 10);
  EXPECT_EQ(ws.stages[0].duration, 10s);
  EXPECT_EQ(ws.drain, 5s);
  EXPECT_TRUE(ws.quick_ack);
  EXPECT_FALSE(ws.match || ws.echo || ws.recover || ws.churn || ws.compression.offered);
}

TEST(LoadWebSocket, HowLongItLastsFollowsFromWhatIsToBeDone) {
  const auto stage = [](const std::string& body) { return load_of(load_ws(body)).stages.at(0).duration; };
  const std::string said = "message: '{{message.header}}'";
  EXPECT_EQ(stage("publish: {" + said + ", count: 100, rate: 20}"), 5s);
  EXPECT_EQ(stage("publish: {" + said + ", count: 100, rate: 20}, duration: 8s"), 8s);
  EXPECT_EQ(stage("publish: {" + said + "}"), 10s);
  EXPECT_EQ(stage("publish: [{" + said + ", count: 10, rate: 10}, {" + said + ", count: 9, rate: 3}]"), 3s);
  EXPECT_EQ(stage("publish: [{" + said + ", count: 10, rate: 10}, {" + said + "}]"), 10s);  // one goes on
  // By chance the messages may take longer: the count alone ends it.
  EXPECT_EQ(stage("publish: {" + said + ", count: 100, rate: 20, arrivals: poisson}"), 0s);
  EXPECT_EQ(stage("echo: {message: x, count: 10}"), 0s);
  EXPECT_EQ(stage("recover: {cycles: 2}, publish: {" + said + ", count: 10}"), 0s);
}

TEST(LoadWebSocket, ScaledDurationsLeaveTheCountsTheirTime) {
  LoadOptions tenth;
  tenth.scale = 0.1;
  const auto duration = [&](const std::string& body) { return load_of(load_ws(body, tenth)).stages.at(0).duration; };
  const std::string publish = "publish: {message: '{{message.header}}', count: 50, rate: 10}";
  EXPECT_EQ(duration(""), 1s);
  EXPECT_EQ(duration(publish), 5s);
  EXPECT_EQ(duration(publish + ", duration: 20s"), 5s);
  EXPECT_EQ(duration(publish + ", duration: 100s"), 10s);
  EXPECT_EQ(duration("recover: {cycles: 3}"), 0s);
  const Suite stages =
      load_ws("stages: [{clients: 1, duration: 2s}, {clients: 2, duration: 4s}], run_timeout: 1m", tenth);
  EXPECT_EQ(load_of(stages).stages[1].duration, 400ms);
  EXPECT_EQ(load_of(stages).run_timeout, Nanoseconds(6s));
}

TEST(LoadWebSocket, EachMetricNeedsWhatItIsMeasuredBy) {
  const auto refused = [](const std::string& body, const std::string& metric) {
    return problems_of(body, metric + " < 1") != "";
  };
  const std::string publish = "publish: {message: '{{message.header}}'}";
  EXPECT_FALSE(refused(publish, "broadcast.missing"));
  EXPECT_FALSE(refused("match: /id", "broadcast.missing"));
  EXPECT_TRUE(refused("", "broadcast.missing"));
  EXPECT_TRUE(refused("echo: hello", "broadcast.missing"));
  EXPECT_FALSE(refused("echo: hello", "messages.unanswered"));
  EXPECT_TRUE(refused(publish, "messages.unanswered"));
  EXPECT_FALSE(refused("", "messages.received"));
  EXPECT_FALSE(refused("recover: {}", "recovery.drops"));
  EXPECT_TRUE(refused("recover: {}", "recovery.lost"));
  EXPECT_FALSE(refused("recover: {}, " + publish, "recovery.lost"));
  EXPECT_TRUE(refused(publish, "recovery.drops"));
  EXPECT_TRUE(refused(publish, "requests"));
  EXPECT_TRUE(refused(publish, "status.200"));
  EXPECT_FALSE(refused("", "bytes.sent"));
  EXPECT_THAT(problems_of("", "rtt.p95 < 1s"),
              HasSubstr("rtt.p95 cannot be had here: without an echo nothing is answered"));
  const std::string by_request = "publish: {name: say, request: POST /say, body: '{{message.header}}'}";
  EXPECT_FALSE(refused(by_request, "failures"));
  EXPECT_FALSE(refused(by_request, "status.500"));
  EXPECT_FALSE(refused(by_request, "step.say.failures"));
  EXPECT_THAT(problems_of(by_request, "step.sya.failures < 1"), HasSubstr("did you mean 'say'?"));
  EXPECT_THAT(problems_of("", "step.x.latency.p95 < 1s"), HasSubstr("nothing is published by HTTP requests"));
}

TEST(DescribeWebSocket, ALoadIsSaidInWords) {
  const auto said = [](const std::string& body) { return describe_load(load_of(load_ws(body))); };
  const std::string message = "message: '{{message.header}}'";
  EXPECT_EQ(said("clients: 50, stagger: 1ms, publish: {" + message + ", count: 50, rate: 20}"),
            "50 clients, one every 1 ms, hear 50 messages at 20/s");
  EXPECT_EQ(said("recover: {cycles: 5, drop: reset}"), "10 clients drop by reset 5 times");
  EXPECT_EQ(said("clients: 1, duration: 5s"), "1 client stays connected for 5 s");
  EXPECT_EQ(said("clients: 100, connect_rate: 50/s, ping: 1s, compression: true"),
            "100 clients, 50 a second, stay connected for 10 s, compressed");
  EXPECT_EQ(said("stages: [{clients: 10, duration: 2s}, {clients: 50, duration: 3s}], match: /id"),
            "10 clients for 2 s, then 50 clients for 3 s, hear what the service says");
  EXPECT_EQ(said("publish: [{name: a, " + message + ", rate: 5, arrivals: poisson}, {" + message +
                 ", count: 1}], warmup: 1s, slow: {clients: 3, read: 1kB/s}"),
            "10 clients hear messages at 5/s (Poisson) of a and 1 message at 10/s of publish 2 for 10 s after 1 s of "
            "warm-up, beside 3 clients that read 1.00 kB/s");
  EXPECT_EQ(said("clients: 2, recover: {at_once: false}, publish: {" + message + "}"),
            "2 clients hear messages at 10/s and drop by close 1 time one after the other");
  EXPECT_EQ(said("clients: 1, recover: {drop: restart, command: [sh, -c, x]}"), "1 client is dropped by `sh` 1 time");
  EXPECT_EQ(said("clients: 1, echo: {message: x, rate: 10/s}, duration: 3s"),
            "1 client sends messages at 10/s and awaits answers for 3 s");
  EXPECT_EQ(said("echo: {message: x, count: 1000, think: 5ms}"),
            "10 clients send 1,000 messages and await each answer, thinking for 5 ms");
  EXPECT_EQ(said("churn: {stay: 500ms}, slow: {clients: 1}"),
            "10 clients stay for 500 ms each for 10 s, beside 1 client that reads nothing");
}

TEST(WebSocketValues, AreReadOrRefused) {
  EXPECT_EQ(parse_match("header")->how, Match::How::kHeader);
  EXPECT_EQ(parse_match("/a/b")->expression, "/a/b");
  EXPECT_EQ(parse_match("re:id=([0-9]+)")->expression, "id=([0-9]+)");
  for (const char* bad : {"", "a", "re:", "re:id=[0-9]+", "re:(", "/a~", "/a~2"}) EXPECT_FALSE(parse_match(bad)) << bad;
  EXPECT_EQ(parse_client_stages("10:5s,50:1m")->at(1).clients, 50);
  EXPECT_EQ(parse_client_stages("10:5s,50:1m")->at(1).duration, 60s);
  for (const char* bad : {"", "10", "10:", ":5s", "0:5s", "10:0s", "10:5s,", "10@5s"})
    EXPECT_FALSE(parse_client_stages(bad)) << bad;
  EXPECT_EQ(parse_backoff("100ms")->longest, 1s);
  EXPECT_EQ(parse_backoff("3s")->longest, 3s);
  EXPECT_EQ(parse_backoff("100ms:5s")->longest, 5s);
  for (const char* bad : {"", "x", "1s:100ms", "1s:", ":1s"}) EXPECT_FALSE(parse_backoff(bad)) << bad;
  EXPECT_EQ(parse_reading("never"), 0);
  EXPECT_EQ(parse_reading("2KiB/s"), 2048);
  for (const char* bad : {"", "1kB", "0/s", "x/s", "always"}) EXPECT_FALSE(parse_reading(bad)) << bad;
  for (const auto drop :
       {Recover::Drop::kClose, Recover::Drop::kReset, Recover::Drop::kSilence, Recover::Drop::kRestart})
    EXPECT_EQ(parse_drop(drop_name(drop)), drop);
  for (const char* bad : {"Sec-WebSocket-Key", "upgrade", "content-length", "Transfer-Encoding", "a b"})
    EXPECT_FALSE(check_upgrade_header_name(bad)) << bad;
  EXPECT_TRUE(check_upgrade_header_name("Origin"));
}

}  // namespace
}  // namespace loadstone::scenario

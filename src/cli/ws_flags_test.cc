// What is typed after `loadstone ws`, and exactly what is said when it is wrong.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "cli/run_flags.h"
#include "cli/ws_order.h"

namespace loadstone::cli {
namespace {

using scenario::Match;
using scenario::Recover;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using Words = std::vector<std::string>;

const std::string kUrl = "ws://127.0.0.1:8000/ws/events";

std::vector<std::string> mistakes(const Words& words) {
  const auto order = parse_ws(words);
  return order ? std::vector<std::string>{} : order.error().mistakes;
}

WsOrder must_parse(Words words) {
  words.insert(words.begin(), kUrl);
  auto order = parse_ws(words);
  EXPECT_THAT(order ? Words{} : order.error().mistakes, IsEmpty()) << command_line("ws", words);
  if (!order) throw std::runtime_error("the flags of the test are wrong");
  return std::move(*order);
}

const scenario::AudienceLoad& load_of(const WsOrder& order) {
  return std::get<scenario::AudienceLoad>(order.suite.scenarios.front().kind);
}

TEST(WsFlags, EveryMistakeIsSaidExactly) {
  const struct {
    Words typed;
    std::vector<std::string> said;
  } cases[] = {
      {{}, {"the URL is missing, such as ws://127.0.0.1:8000/ws/events"}},
      {{kUrl, kUrl}, {"one URL, not 2; several scenarios go in a suite"}},
      {{"ftp://h"}, {"'ftp://h': 'ftp://h' has scheme 'ftp'; expected http, https, ws or wss"}},
      {{"ws://h/{{request.id}}"}, {"'ws://h/{{request.id}}': there is nothing to put in for {{request.id}} here"}},
      {{kUrl, "--cleints", "5"}, {"unknown flag --cleints; did you mean --clients?"}},
      {{kUrl, "-c", "0"}, {"--clients '0': must be at least 1"}},
      {{kUrl, "-d", "5"}, {"--duration '5': expected a duration such as 250ms, 5s or 1m30s; the unit is missing"}},
      {{kUrl, "--stagger", "1ms", "--connect-rate", "5"},
       {"--connect-rate and --stagger exclude each other: both say how far apart connections begin"}},
      {{kUrl, "--stages", "5s@10"}, {"--stages '5s@10': '5s@10' is not a stage; expected CLIENTS:TIME such as 50:10s"}},
      {{kUrl, "--stages", "10:5s", "-c", "5", "-d", "5s"},
       {"--clients and --stages exclude each other: each stage has its own",
        "--duration and --stages exclude each other: each stage has its own"}},
      {{kUrl, "--ping", "0s"}, {"--ping '0s': must be longer than 0"}},
      {{kUrl, "-r", "5"}, {"--rate needs an --echo TEXT"}},
      {{kUrl, "-r", "5", "-n", "5", "--say", "{{message.header}}"},
       {"--rate needs an --echo TEXT; how often to publish is --message-rate",
        "--requests needs an --echo TEXT; how many to publish is --messages"}},
      {{kUrl, "--echo", "a", "-r", "0"}, {"--rate '0': a rate must be above 0"}},
      {{kUrl, "--echo", "a", "-r", "5", "--think", "1s"},
       {"--think and --rate exclude each other: at a rate nobody waits for an answer"}},
      {{kUrl, "--echo", "{{mesage.id}}"},
       {"--echo: there is nothing to put in for {{mesage.id}}; did you mean {{message.id}}?"}},
      {{kUrl, "--echo", "a", "--say", "{{message.header}}"},
       {"--say and --echo exclude each other: one asks who heard what everybody must hear, the other how long an "
        "answer "
        "takes; make it two scenarios"}},
      {{kUrl, "--echo", "a", "--cycles", "5"},
       {"--echo and --cycles exclude each other: an answer lost with a dropped connection could not be told from one "
        "that the service never gave"}},
      {{kUrl, "--echo", "a", "-r", "10", "-n", "100", "-d", "5s"},
       {"--requests: 100 messages at 10/s last for 10 s, longer than the --duration of 5 s"}},
      {{kUrl, "--messages", "5", "--message-rate", "5"},
       {"--messages needs a --publish 'POST /path' or a --say TEXT",
        "--message-rate needs a --publish 'POST /path' or a --say TEXT"}},
      {{kUrl, "-b", "x"}, {"--body needs a --publish 'POST /path'"}},
      {{kUrl, "--publish", "POST /x", "--say", "{{message.header}}"},
       {"--say and --publish exclude each other; several publishers go in a suite"}},
      {{kUrl, "--publish", "POST x"}, {"--publish 'POST x': a path must begin with '/'"}},
      {{kUrl, "--publish", "POST /x", "-b", "hello"},
       {"how is a received message told from the others? put {{message.header}} into what is published, or "
        "{{message.id}} and say with --match where it will stand"}},
      {{kUrl, "--publish", "POST /x", "-b", "hello", "--match", "/id"},
       {"what is published holds no {{message.id}}, which --match looks for"}},
      {{kUrl, "--publish", "HEAD /x", "-b", "{{message.header}}"}, {"--body: HEAD has no body"}},
      {{kUrl, "--publish", "POST /x", "-b", "@/no/such/file"}, {"--body: /no/such/file: No such file or directory"}},
      {{kUrl, "--say", ""}, {"--say: the text is missing"}},
      {{kUrl, "--match", "id"},
       {"--match 'id': expected a JSON pointer such as /data/id, a pattern such as re:id=([0-9]+), or header"}},
      {{kUrl, "--match", "re:id"}, {"--match 're:id': the part that is the id needs brackets, such as id=([0-9]+)"}},
      {{kUrl, "--match", "header"},
       {"--match: the header is loadstone's own; of messages that the service makes by itself the id is found by a "
        "JSON "
        "pointer or a pattern"}},
      {{kUrl, "--drop", "reset"}, {"--drop needs --cycles: how often the clients shall drop"}},
      {{kUrl, "--cycles", "2", "--drop", "kill"}, {"--drop 'kill': expected close, reset, silence or restart"}},
      {{kUrl, "--cycles", "2", "--drop", "restart"},
       {"--drop: restart needs the command that restarts the service; write a suite"}},
      {{kUrl, "--cycles", "2", "-d", "5s"},
       {"--duration and --cycles exclude each other: the scenario lasts as long as its cycles need"}},
      {{kUrl, "--cycles", "2", "--backoff", "2s:1s"},
       {"--backoff '2s:1s': the longest pause, after the colon, is shorter than the first"}},
      {{kUrl, "--warmup", "1s"},
       {"--warmup needs an --echo or a --publish: without messages there is nothing to warm up"}},
      {{kUrl, "-H", "Sec-WebSocket-Protocol: chat"},
       {"--header 'Sec-WebSocket-Protocol: chat': the header Sec-WebSocket-Protocol cannot be set: use subprotocols"}},
      {{kUrl, "--subprotocol", "a b"},
       {"--subprotocol 'a b': a subprotocol's name is one word, such as graphql-transport-ws"}},
      {{kUrl, "--ready", "("}, {"--ready '(': not a regular expression: missing ): ("}},
      {{kUrl, "--on-open", "{{message.id}}"}, {"--on-open: there is nothing to put in for {{message.id}} here"}},
      {{kUrl, "--connect-to", "h:1", "--unix-socket", "/s"}, {"--unix-socket and --connect-to exclude each other"}},
      {{kUrl, "--slo", "requests > 5"},
       {"--slo: requests cannot be had here: nothing is published by HTTP requests; see connect., broadcast., "
        "recovery. "
        "and rtt.\n  requests > 5\n  ^~~~~~~~"}},
      {{kUrl, "--slo", "recovery.lost == 0", "-t", "0"},
       {"--slo: recovery.lost cannot be had here: no connection is dropped on purpose\n  recovery.lost == 0\n  "
        "^~~~~~~~~~~~~",
        "--threads '0': expected a number from 1 to 1024"}},
  };
  for (const auto& c : cases) EXPECT_EQ(mistakes(c.typed), c.said) << command_line("ws", c.typed);
}

TEST(WsFlags, WithoutAnythingClientsConnectAndStay) {
  const WsOrder order = must_parse({});
  EXPECT_EQ(order.suite.name, "ws://127.0.0.1:8000");
  const scenario::Scenario& test = order.suite.scenarios.front();
  EXPECT_EQ(test.name, "ws /ws/events");
  EXPECT_EQ(test.endpoint.url.text(), "http://127.0.0.1:8000/");
  EXPECT_EQ(load_of(order).path, "/ws/events");
  ASSERT_EQ(load_of(order).stages.size(), 1U);
  EXPECT_EQ(load_of(order).stages[0].clients, 10);
  EXPECT_EQ(load_of(order).stages[0].duration, 10s);
  EXPECT_EQ(order.options.command_line, "loadstone ws ws://127.0.0.1:8000/ws/events");
}

TEST(SseFlags, AreThoseOfClientsThatListen) {
  const Words words = {"https://h:8443/sse/events?a=b",
                       "-c",
                       "20",
                       "--publish",
                       "POST /say",
                       "--body",
                       R"({"id":"{{message.id}}"})",
                       "--match",
                       "/id",
                       "--cycles",
                       "2",
                       "--drop",
                       "reset",
                       "--retry",
                       "50ms",
                       "--no-resume",
                       "--no-reconnect",
                       "--slo",
                       "connect.answer.p95 < 1s"};
  const auto order = parse_sse(words);
  ASSERT_TRUE(order) << order.error().mistakes.front();
  const scenario::AudienceLoad& load = load_of(*order);
  ASSERT_TRUE(load.event_stream);
  EXPECT_FALSE(load.event_stream->resume || load.event_stream->reconnect);
  EXPECT_EQ(load.event_stream->retry, Nanoseconds(50ms));
  EXPECT_EQ(load.path, "/sse/events?a=b");
  EXPECT_EQ(load.recover->cycles, 2);
  EXPECT_EQ(order->suite.scenarios.front().name, "sse /sse/events");
  EXPECT_EQ(order->suite.name, "https://h:8443");
  EXPECT_EQ(scenario::kind_name(order->suite.scenarios.front()), "event_stream");
}

TEST(SseFlags, EveryMistakeIsSaidExactly) {
  const std::string url = "http://h/sse";
  const struct {
    Words typed;
    std::vector<std::string> said;
  } cases[] = {
      {{}, {"the URL is missing, such as http://127.0.0.1:8000/sse/events"}},
      {{url, "--ping", "1s"}, {"unknown flag --ping; did you mean --live?"}},
      {{url, "--retry", "soon"}, {"--retry 'soon': expected a duration such as 250ms, 5s or 1m30s"}},
      {{url, "--messages", "5"}, {"--messages needs a --publish 'POST /path'"}},
      {{url, "-H", "Last-Event-ID: 7"},
       {"--header 'Last-Event-ID: 7': the header Last-Event-ID cannot be set: it is filled in by who comes back, "
        "unless "
        "`resume` is false"}},
      {{url, "--slo", "rtt.p50 < 1s"},
       {"--slo: rtt.p50 cannot be had here: the clients of an event stream say nothing\n  rtt.p50 < 1s\n  ^~~~~~~"}},
  };
  for (const auto& c : cases) {
    const auto order = parse_sse(c.typed);
    EXPECT_EQ(order ? Words{} : order.error().mistakes, c.said) << command_line("sse", c.typed);
  }
}

TEST(WsFlags, EverySchemeThatCanOpenAWebSocketIsTaken) {
  const auto secure = parse_ws(Words{"wss://h/a?token=1"});
  ASSERT_TRUE(secure);
  EXPECT_EQ(secure->suite.name, "wss://h");
  EXPECT_TRUE(secure->suite.scenarios.front().endpoint.url.is_secure());
  EXPECT_EQ(secure->suite.scenarios.front().endpoint.url.port, 443);
  EXPECT_EQ(load_of(*secure).path, "/a?token=1");
  EXPECT_EQ(parse_ws(Words{"https://h/a"})->suite.name, "wss://h");
  EXPECT_EQ(parse_ws(Words{"localhost:8000/a"})->suite.name, "ws://localhost:8000");
}

TEST(WsFlags, HowClientsConnect) {
  const WsOrder order = must_parse({"-c",
                                    "50",
                                    "--stagger",
                                    "1ms",
                                    "-d",
                                    "5s",
                                    "--ping",
                                    "2s",
                                    "--subprotocol",
                                    "a,b",
                                    "--subprotocol",
                                    "c",
                                    "--compression",
                                    "-H",
                                    "Origin: http://h",
                                    "--on-open",
                                    "hi",
                                    "--ready",
                                    "wel+come",
                                    "--connect-timeout",
                                    "3s",
                                    "-k",
                                    "--local-ip",
                                    "127.0.0.2",
                                    "--connect-to",
                                    "127.0.0.1:9",
                                    "--slo",
                                    "connect.success_rate > 95%",
                                    "-o",
                                    "out"});
  const auto& load = load_of(order);
  EXPECT_EQ(load.stages[0].clients, 50);
  EXPECT_EQ(load.stages[0].duration, 5s);
  EXPECT_EQ(load.stagger, 1ms);
  EXPECT_EQ(load.ping, 2s);
  EXPECT_THAT(load.subprotocols, ElementsAre("a", "b", "c"));
  EXPECT_TRUE(load.compression.offered);
  ASSERT_EQ(load.headers.size(), 1U);
  EXPECT_EQ(load.headers[0].value, "http://h");
  EXPECT_EQ(load.on_open, "hi");
  EXPECT_EQ(load.ready, "wel+come");
  EXPECT_EQ(load.connect_timeout, 3s);
  const auto& endpoint = order.suite.scenarios.front().endpoint;
  EXPECT_FALSE(endpoint.tls.verifies);
  EXPECT_EQ(endpoint.connect_to_port, 9);
  EXPECT_THAT(endpoint.local_addresses, ElementsAre("127.0.0.2"));
  EXPECT_EQ(order.suite.scenarios.front().targets.size(), 1U);
  EXPECT_EQ(order.options.out, "out");
  EXPECT_EQ(load_of(must_parse({"--connect-rate", "50"})).connect_rate, 50);
  const WsOrder stages = must_parse({"--stages", "10:5s,50:1m"});
  ASSERT_EQ(load_of(stages).stages.size(), 2U);
  EXPECT_EQ(load_of(stages).stages[1].clients, 50);
}

TEST(WsFlags, Echo) {
  const WsOrder order =
      must_parse({"--echo", "hello {{message.id}}", "-r", "100", "-n", "1k", "--match", "re:([0-9]+)"});
  const auto& load = load_of(order);
  EXPECT_EQ(load.echo->text, "hello {{message.id}}");
  EXPECT_EQ(load.echo->rate, 100);
  EXPECT_EQ(load.echo->count, 1000U);
  EXPECT_EQ(load.match->how, Match::How::kPattern);
  EXPECT_EQ(load.match->expression, "([0-9]+)");
  EXPECT_EQ(load_of(must_parse({"--echo", "x", "--think", "5ms"})).echo->think, 5ms);
}

TEST(WsFlags, Broadcast) {
  const std::string file = ::testing::TempDir() + "ws_flags_body";
  std::ofstream(file) << R"({"id":"{{message.id}}"})";
  const WsOrder order =
      must_parse({"--publish", "POST /api/events?x=1", "-b", "@" + file, "--messages", "100", "--message-rate", "20",
                  "--match", "/data/id", "--drain", "2s", "--warmup", "1s", "-H", "Authorization: x"});
  const auto& load = load_of(order);
  ASSERT_EQ(load.publish.size(), 1U);
  const auto& request = std::get<scenario::PublishRequest>(load.publish[0].by).request;
  EXPECT_EQ(request.name, "POST /api/events");
  EXPECT_EQ(request.target, "/api/events?x=1");
  EXPECT_EQ(request.body, R"({"id":"{{message.id}}"})");
  ASSERT_EQ(request.headers.size(), 1U);
  EXPECT_EQ(load.publish[0].count, 100U);
  EXPECT_EQ(load.publish[0].rate, 20);
  EXPECT_EQ(load.stages[0].duration, 5s);  // what they need
  EXPECT_EQ(load.match->how, Match::How::kPointer);
  EXPECT_EQ(load.drain, 2s);
  EXPECT_EQ(load.warmup, 1s);

  const WsOrder said = must_parse({"--say", "x {{message.header}}"});
  EXPECT_EQ(std::get<scenario::PublishMessage>(load_of(said).publish[0].by).text, "x {{message.header}}");
  EXPECT_EQ(load_of(said).match->how, Match::How::kHeader);
  EXPECT_EQ(load_of(said).publish[0].count, std::nullopt);
  EXPECT_TRUE(load_of(must_parse({"--match", "/id"})).publish.empty());
}

TEST(WsFlags, Recovery) {
  const WsOrder order =
      must_parse({"--cycles", "5", "--drop", "reset", "--pause", "50ms", "--backoff", "10ms:2s", "-c", "20"});
  const Recover& recover = *load_of(order).recover;
  EXPECT_EQ(recover.cycles, 5);
  EXPECT_EQ(recover.drop, Recover::Drop::kReset);
  EXPECT_EQ(recover.pause, 50ms);
  EXPECT_EQ(recover.backoff.first, 10ms);
  EXPECT_EQ(recover.backoff.longest, 2s);
  EXPECT_EQ(load_of(order).stages[0].duration, 0s);
  EXPECT_EQ(load_of(must_parse({"--cycles", "2", "--drop", "silence"})).recover->drop, Recover::Drop::kSilence);
}

TEST(WsFlags, TheHelpNamesEveryKindOfTest) {
  const auto order = parse_ws(Words{"--help"});
  ASSERT_FALSE(order);
  for (const char* line : {"Usage: loadstone ws URL [FLAGS]\n", "\nClients:\n", "\n  -c, --clients N  ", "\nEcho:\n",
                           "\nBroadcast:\n", "\n      --message-rate RATE  ", "\nRecovery:\n", "\n      --cycles N  ",
                           "\n  -k, --insecure  ", "\nRunning:\n"})
    EXPECT_THAT(order.error().help, HasSubstr(line));
}

}  // namespace
}  // namespace loadstone::cli

// What the streams plant, over real sockets: what clients see, what is written down, and nothing else.
#include <gmock/gmock.h>

#include <thread>

#include "simulate/event_stream.h"
#include "simulate/simulator_for_test.h"

namespace loadstone::simulate {
namespace {

using serve::TestClient;
using std::chrono::milliseconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using End = TestClient::End;

constexpr std::string_view kOffer = "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n";

std::unique_ptr<Simulator> with_faults(std::string_view text, std::uint64_t seed = 1) {
  Options o;
  o.stream = *parse_stream_faults(text);
  o.seed = seed;
  return must_start(o);
}

TestClient subscriber(const Simulator& s, std::string_view path = "/ws/events", std::string_view more = {}) {
  TestClient c(s.port());
  EXPECT_EQ(c.upgrade(path, more).status, 101);
  return c;
}

// The ids of the next `n` messages.
std::vector<std::string> ids(TestClient& c, int n) {
  std::vector<std::string> all;
  for (int i = 0; i < n; ++i) all.emplace_back(json_at(c.read_frame().payload, "/data/message_id"));
  return all;
}

void publish_many(const Simulator& s, int n, int from = 1) {
  for (int i = from; i < from + n; ++i) EXPECT_EQ(publish_event(s.port(), std::to_string(i)).status, 202);
}

// "kind id client" of every plant.
std::vector<std::string> plants(const Simulator& s) {
  std::vector<std::string> all;
  const std::string json = s.plants_json();
  for (std::size_t at = json.find("{\"route\""); at != std::string::npos; at = json.find("{\"route\"", at + 1)) {
    const std::string one = json.substr(at, json.find('}', at) + 1 - at);
    all.push_back(field(one, {"kind"}) + " " + field(one, {"id"}) + " " + field(one, {"client"}));
  }
  return all;
}

TEST(StreamFaultsOnTheWire, AreWrittenDownWithMessageAndClient) {
  const auto s = with_faults("drop=7 duplicate=5 swap=6 corrupt=8 clients=2");
  auto clean = subscriber(*s, "/ws/events", "X-Client: one\r\n");
  auto faulty = subscriber(*s, "/ws/events?client=t%20wo");
  publish_many(*s, 9);
  ids(clean, 9);
  // 7 is dropped and 8 damaged, so 6 waits for 9: behind these two it would have been in order.
  EXPECT_EQ(ids(faulty, 6), (std::vector<std::string>{"1", "2", "3", "4", "5", "5"}));
  faulty.read_frame();
  EXPECT_THAT(ids(faulty, 2), ElementsAre("9", "6"));
  EXPECT_THAT(plants(*s), ElementsAre("\"duplicate\" 5 1", "\"drop\" 7 1", "\"corrupt\" 8 1", "\"swap\" 6 1"));
  EXPECT_THAT(s->plants_json(), HasSubstr(R"("message":5,"id":5,"client":1,"name":"t wo"})"));
  const auto clients = TestClient(s->port()).get("/__sim/clients").body;
  EXPECT_THAT(clients, HasSubstr(R"("client":0,"name":"one","since":0,"until":null})"));
}

TEST(StreamFaultsOnTheWire, FlipOneBitWhereTold) {
  const auto s = with_faults("corrupt=2 corrupt_at=100%");
  auto c = subscriber(*s);
  publish_many(*s, 2);
  const std::string whole = c.read_frame().payload;
  const std::string damaged = c.read_frame().payload;
  EXPECT_EQ(whole.back(), '}');
  EXPECT_EQ(damaged.back(), '|');
  EXPECT_THAT(plants(*s), ElementsAre("\"corrupt\" 2 0"));
}

TEST(StreamFaultsOnTheWire, EndConnectionsAtRandomWithCodeOrReset) {
  constexpr int kClients = 200;
  std::vector<std::string> before;
  for (const std::uint64_t seed : {1, 1, 2}) {
    const auto s = with_faults("close=20% close_code=4001 reset=10%", seed);
    std::vector<TestClient> all;
    for (int i = 0; i < kClients; ++i) all.push_back(subscriber(*s));
    EXPECT_EQ(number(publish_event(s->port(), "1").body, {"subscribers"}), kClients);
    int closed = 0;
    int reset = 0;
    for (auto& c : all) {
      const auto f = c.read_frame();
      EXPECT_EQ(f.close_code(), f.opcode == 8 ? 4001 : 0);
      closed += f.opcode == 8 ? 1 : 0;
      reset += f.opcode == -1 && c.fill() == End::kReset ? 1 : 0;
    }
    EXPECT_NEAR(closed, 40, 23);  // within four standard deviations
    EXPECT_NEAR(reset, 20, 17);
    const std::string counts = field(s->stats_json(), {"stream"});
    EXPECT_EQ(number(counts, {"closed"}), closed);
    EXPECT_EQ(number(counts, {"disconnected"}), reset);
    const auto now = plants(*s);
    EXPECT_EQ(now.size(), static_cast<std::size_t>(closed + reset));
    EXPECT_EQ(now == before, !before.empty() && seed == 1);
    before = now;
    // Who is gone is not expected to hear what follows.
    EXPECT_EQ(number(publish_event(s->port(), "2").body, {"subscribers"}), kClients - closed - reset);
  }
}

TEST(StreamFaultsOnTheWire, LetNobodyBackBeforeTheWindowHasPassed) {
  const auto s = with_faults("disconnect=3 away=2 clients=2 swap=2");
  auto clean = subscriber(*s);
  auto faulty = subscriber(*s);
  publish_many(*s, 3);
  EXPECT_THAT(ids(faulty, 1), ElementsAre("1"));
  EXPECT_EQ(faulty.read_all().second, End::kReset);
  EXPECT_EQ(TestClient(s->port()).upgrade("/ws/events").status, 503);
  publish_many(*s, 1, 4);
  EXPECT_EQ(TestClient(s->port()).upgrade("/ws/events").status, 503);
  publish_many(*s, 1, 5);
  auto back = subscriber(*s);
  publish_many(*s, 1, 6);
  EXPECT_THAT(ids(back, 1), ElementsAre("6"));
  EXPECT_THAT(ids(clean, 6), ElementsAre("1", "2", "3", "4", "5", "6"));
  EXPECT_THAT(plants(*s),
              ElementsAre("\"disconnect\" 3 1", "\"unsent\" 2 1", "\"refuse\" null null", "\"refuse\" null null"));
  const auto clients = TestClient(s->port()).get("/__sim/clients").body;
  EXPECT_THAT(clients, HasSubstr(R"("client":1,"name":null,"since":0,"until":3})"));
  EXPECT_THAT(clients, HasSubstr(R"("client":2,"name":null,"since":5,"until":null})"));
}

TEST(EventStream, DropsEverybodyWhenTold) {
  const auto s = with_faults("away=1");
  auto a = subscriber(*s);
  auto b = subscriber(*s, "/ws/broadcast");
  publish_many(*s, 1);
  ids(a, 1);
  TestClient control(s->port());
  control.send("POST /__sim/disconnect HTTP/1.1\r\nHost: t\r\nContent-Length: 0\r\n\r\n");
  EXPECT_EQ(control.reply().body, R"({"disconnected":2})");
  EXPECT_EQ(a.read_all().second, End::kReset);
  EXPECT_EQ(b.read_all().second, End::kReset);
  EXPECT_EQ(TestClient(s->port()).upgrade("/ws/events").status, 503);
  EXPECT_EQ(number(publish_event(s->port(), "2").body, {"subscribers"}), 0);
  auto back = subscriber(*s);
  EXPECT_THAT(s->plants_json(), HasSubstr(R"("kind":"cut","message":1,"id":null,"client":0,"name":null})"));
  EXPECT_EQ(number(s->stats_json(), {"stream", "cut"}), 1);
  EXPECT_THAT(control.get("/__sim/clients").body, HasSubstr(R"("client":0,"name":null,"since":0,"until":1})"));
}

TEST(StreamFaultsOnTheWire, RefuseUpgradesByStatusOrReset) {
  const auto polite = with_faults("refuse=3");
  const auto rude = with_faults("refuse=3 refuse_with=reset");
  for (int n = 1; n <= 6; ++n) {
    TestClient a(polite->port());
    EXPECT_EQ(a.upgrade("/ws/events").status, n % 3 == 0 ? 503 : 101) << n;
    TestClient b(rude->port());
    EXPECT_EQ(b.upgrade("/ws/events").status, n % 3 == 0 ? 0 : 101) << n;
    EXPECT_EQ(b.fill(0), n % 3 == 0 ? End::kReset : End::kOpen);
  }
  for (const auto* s : {&polite, &rude}) EXPECT_EQ(number((*s)->stats_json(), {"stream", "refused"}), 2);
  EXPECT_EQ(number(polite->stats_json(), {"routes", "GET /ws/events", "status", "503"}), 2);
  EXPECT_EQ(number(rude->stats_json(), {"routes", "GET /ws/events", "resets"}), 2);
}

TEST(StreamFaultsOnTheWire, HoldEverythingBackDuringAStall) {
  const auto s = with_faults("stall=80ms/100ms");
  auto c = subscriber(*s);
  TestClient again(s->port());
  const auto stalled = [&] { return again.get("/__sim/stalls").body.find("null") != std::string::npos; };
  for (int i = 0; i < 5000 && !stalled(); ++i) std::this_thread::sleep_for(milliseconds(1));
  publish_many(*s, 3);
  const bool within = stalled();
  EXPECT_TRUE(!within || !c.wait_readable(0)) << "sent during a stall";
  auto late = subscriber(*s);  // was not there when they were published
  EXPECT_THAT(ids(c, 3), ElementsAre("1", "2", "3"));
  publish_many(*s, 1, 4);
  EXPECT_THAT(ids(late, 1), ElementsAre("4"));
  EXPECT_EQ(number(s->stats_json(), {"stream", "expected"}), 5);
  EXPECT_TRUE(plants(*s).empty());
}

TEST(StreamFaultsOnTheWire, CutMessagesIntoFrames) {
  const auto s = with_faults("fragments=4");
  auto c = subscriber(*s);
  publish_many(*s, 1);
  std::string whole;
  for (int i = 0; i < 4; ++i) {
    const auto f = c.read_frame();
    EXPECT_EQ(f.opcode, i == 0 ? 1 : 0);
    EXPECT_EQ(f.fin, i == 3);
    whole += f.payload;
  }
  EXPECT_EQ(json_at(whole, "/data/message_id"), "1");
}

TEST(EventStream, TellsWhatWasLostWithASlowOrLeavingClient) {
  const auto s = with_faults("delay=50ms swap=2 clients=2 silent=3");
  auto first = subscriber(*s);
  {
    auto second = subscriber(*s);
    auto silent = subscriber(*s);
    publish_many(*s, 2);
    ids(first, 2);
  }
  for (int i = 0; i < 5000 && number(s->stats_json(), {"stream", "unsent"}) < 4; ++i)
    std::this_thread::sleep_for(milliseconds(1));
  EXPECT_THAT(plants(*s),
              ::testing::UnorderedElementsAre("\"silent\" 1 2", "\"silent\" 2 2", "\"unsent\" 2 1", "\"unsent\" 1 1"));
}

TEST(EventStream, KnowsWhenEachMessageWasLastSent) {
  const auto s = with_faults("delay=40ms");
  auto first = subscriber(*s);
  auto second = subscriber(*s);
  EXPECT_EQ(publish_event(s->port(), "\"a\"").status, 202);
  ids(second, 1);
  TestClient c(s->port());
  std::string json = field(c.get("/__sim/messages").body, {"/ws/events"});
  EXPECT_EQ(json.substr(0, 8), R"([[1,"a",)");
  const std::int64_t published = std::stoll(json.substr(8));
  EXPECT_GE(std::stoll(json.substr(json.rfind(',') + 1)) - published, 40'000'000);
  EXPECT_EQ(field(c.get("/__sim/messages").body, {"/ws/broadcast"}), "[]");
  publish_many(*s, 2, 2);
  EXPECT_EQ(field(c.get("/__sim/messages?last=1").body, {"/ws/events"}).substr(0, 5), "[[3,3");
}

TEST(EventStream, AcknowledgesSubscriptionsAndKeepsFiltersApart) {
  const auto s = with_faults("subscribe=ask");
  auto all = subscriber(*s);
  auto some = subscriber(*s);
  auto by_query = subscriber(*s, "/ws/events?events=b,c");
  publish_many(*s, 1);  // nobody has asked yet
  all.send(TestClient::frame(1, R"({"type":"subscribe"})"));
  some.send(TestClient::frame(1, R"({"type":"subscribe","events":"a"})"));
  by_query.send(TestClient::frame(1, R"({"type":"subscribe"})"));
  EXPECT_EQ(all.read_frame().payload, R"({"type":"subscribed","client":0})");
  EXPECT_EQ(some.read_frame().payload, R"({"type":"subscribed","client":1})");
  EXPECT_EQ(by_query.read_frame().payload, R"({"type":"subscribed","client":2})");
  EXPECT_EQ(number(publish_event(s->port(), "2", "a").body, {"subscribers"}), 2);
  EXPECT_EQ(number(publish_event(s->port(), "3", "b").body, {"subscribers"}), 2);
  EXPECT_THAT(ids(all, 2), ElementsAre("2", "3"));
  EXPECT_THAT(ids(some, 1), ElementsAre("2"));
  EXPECT_THAT(ids(by_query, 1), ElementsAre("3"));
}

TEST(EventStream, MakesMessagesByItself) {
  const auto s = with_faults("own=200/s drop=3");
  auto c = subscriber(*s);
  std::int64_t last = 0;
  std::vector<std::int64_t> gaps;
  for (int i = 0; i < 6; ++i) {
    const std::string text = c.read_frame().payload;
    EXPECT_EQ(json_at(text, "/event_type"), "\"own\"");
    const std::int64_t id = number(text, {"data", "id"});
    if (i > 0) gaps.push_back(id - last);
    last = id;
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    const auto age = now - std::chrono::nanoseconds(number(text, {"data", "time"}));
    EXPECT_GE(age.count(), 0);
    EXPECT_LT(age, std::chrono::seconds(60));
  }
  EXPECT_THAT(gaps, ElementsAre(1, 2, 1, 2, 1));
}

TEST(EventStream, RelaysWhatAnyClientSaysToAll) {
  const auto s = with_faults("drop=3 clients=2 id=/n subscribe=ask");
  auto a = subscriber(*s, "/ws/broadcast");
  auto b = subscriber(*s, "/ws/broadcast");
  auto apart = subscriber(*s);  // another route
  for (int i = 1; i <= 4; ++i) {
    auto& speaker = i % 2 == 0 ? b : a;
    speaker.send(TestClient::frame(1, R"({"n":)" + std::to_string(i) + "}"));
    EXPECT_EQ(a.read_frame().payload, R"({"n":)" + std::to_string(i) + "}");
  }
  for (const auto* text : {R"({"n":1})", R"({"n":2})", R"({"n":4})"}) EXPECT_EQ(b.read_frame().payload, text);
  EXPECT_FALSE(apart.wait_readable(10));
  EXPECT_THAT(plants(*s), ElementsAre("\"drop\" 3 1"));
  EXPECT_THAT(s->plants_json(), HasSubstr(R"({"route":"/ws/broadcast")"));
  EXPECT_EQ(number(s->stats_json(), {"relay", "dropped"}), 1);
  EXPECT_EQ(number(s->stats_json(), {"stream", "published"}), 0);
}

TEST(EventStream, IsCompressedByTheRuleOfItsPath) {
  const auto s = must_start(with_rules({"/ws/e* deflate=yes", "/ws/b* deflate=no_context"}));
  TestClient c(s->port());
  EXPECT_THAT(c.upgrade("/ws/events", kOffer).header("Sec-WebSocket-Extensions"), HasSubstr("permessage-deflate"));
  TestClient echo(s->port());
  EXPECT_THAT(echo.upgrade("/ws/echo", kOffer).header("Sec-WebSocket-Extensions"), HasSubstr("permessage-deflate"));
  TestClient relay(s->port());
  EXPECT_THAT(relay.upgrade("/ws/broadcast", kOffer).header("Sec-WebSocket-Extensions"),
              HasSubstr("server_no_context_takeover"));
  EXPECT_EQ(TestClient(must_start({})->port()).upgrade("/ws/events", kOffer).header("Sec-WebSocket-Extensions"), "");
  publish_many(*s, 1);
  EXPECT_TRUE(c.read_frame().compressed);
}

TEST(Simulator, ForgetsWhatWasPlantedWhenTold) {
  Options o;
  o.stream = *parse_stream_faults("drop=1");
  o.refuse_every = 2;
  const auto s = must_start(o);
  auto c = subscriber(*s);                      // connection 1
  TestClient(s->port()).upgrade("/ws/events");  // 2: reset
  EXPECT_EQ(publish_event(s->port(), "1").status, 202);
  EXPECT_EQ(number(s->stats_json(), {"connections", "reset"}), 1);
  EXPECT_EQ(plants(*s).size(), 1U);
  TestClient(s->port()).get("/health");  // 4: reset
  TestClient control(s->port());
  control.send("POST /__sim/reset HTTP/1.1\r\nHost: t\r\nContent-Length: 0\r\n\r\n");
  EXPECT_EQ(control.reply().status, 200);
  EXPECT_TRUE(plants(*s).empty());
  EXPECT_EQ(number(s->stats_json(), {"stream", "published"}), 0);
  EXPECT_EQ(control.get("/__sim/plants?last=1").status, 200);
  EXPECT_EQ(control.get("/__sim/nothing").status, 404);
}

}  // namespace
}  // namespace loadstone::simulate

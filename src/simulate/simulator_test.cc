// The simulator over real sockets on loopback: what clients see, and what it says that it did, must agree.
#include "simulate/simulator.h"

#include <gmock/gmock.h>

#include <ctime>
#include <map>
#include <thread>

#include "serve/client_for_test.h"
#include "simulate/simulator_for_test.h"

namespace loadstone::simulate {
namespace {

using serve::TestClient;
using std::chrono::milliseconds;
using ::testing::HasSubstr;
using End = TestClient::End;

// Sends `n` requests, a connection each when one was lost; how they ended.
struct Seen {
  std::map<int, int> status;
  int resets = 0, closes = 0, halves = 0;
};
Seen ask_many(std::uint16_t port, std::string_view target, int n) {
  Seen seen;
  auto c = std::make_unique<TestClient>(port);
  for (int i = 0; i < n; ++i) {
    c->send("GET " + std::string(target) + " HTTP/1.1\r\nHost: t\r\n\r\n");
    const auto r = c->reply();
    const bool whole = r.status != 0 && r.body.size() == std::stoul(r.header("Content-Length"));
    if (whole) {
      ++seen.status[r.status];
      continue;
    }
    if (r.status != 0)
      ++seen.halves;
    else
      ++(c->fill() == End::kReset ? seen.resets : seen.closes);
    c = std::make_unique<TestClient>(port);
  }
  return seen;
}

TEST(Simulator, ServesTheRoutesOfTheService) {
  const auto s = must_start({});
  TestClient c(s->port());
  for (const auto* path : {"/health", "/ready", "/", "/api/graph/stats", "/api/graph/nodes/search?name=parse&limit=3",
                           "/api/graph/categories/hubs?limit=20", "/ws/status"}) {
    const auto r = c.get(path);
    EXPECT_EQ(r.status, 200) << path;
    EXPECT_EQ(r.header("Content-Type"), "application/json");
    EXPECT_TRUE(json_members(r.body)) << r.body;
  }
  EXPECT_EQ(field(c.get("/").body, {"name"}), "\"Code Graph API\"");
  EXPECT_EQ(field(c.get("/api/graph/nodes/search?name=a%22b").body, {"query"}), R"("a\"b")");
  const auto post = [&](const std::string& path, const std::string& body) {
    c.send("POST " + path + " HTTP/1.1\r\nHost: t\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
           body);
    return c.reply();
  };
  EXPECT_EQ(field(post("/api/graph/traverse", R"({"start_node":"n1"})").body, {"start_node_id"}), "\"n1\"");
  EXPECT_EQ(post("/api/graph/traverse", "{}").status, 422);
  EXPECT_EQ(post("/api/graph/traverse", "x").status, 422);
  EXPECT_EQ(post("/api/graph/events", R"({"data":{}})").status, 422);
  EXPECT_EQ(post("/api/graph/events", R"({"event_type":"x","data":[]})").status, 422);
  EXPECT_EQ(c.get("/nowhere").status, 404);
  const auto wrong = post("/health", "");
  EXPECT_EQ(wrong.status, 405);
  EXPECT_EQ(wrong.header("Allow"), "GET, HEAD");
  EXPECT_EQ(c.get("/ws/events").status, 426);
}

TEST(Simulator, CountsExactlyTheErrorsThatClientsSee) {
  auto o = with_rules({"/health error=10%:503,5%:500 reset=5% close=5% half=5%"});
  o.seed = 42;
  const auto s = must_start(o);
  constexpr int kRequests = 2000;
  const Seen seen = ask_many(s->port(), "/health", kRequests);
  const std::string stats = s->stats_json();
  EXPECT_EQ(number(stats, {"requests"}), kRequests);
  EXPECT_EQ(number(stats, {"resets"}), seen.resets);
  EXPECT_EQ(number(stats, {"closes"}), seen.closes);
  EXPECT_EQ(number(stats, {"halves"}), seen.halves);
  for (const int status : {200, 500, 503})
    EXPECT_EQ(number(stats, {"status", std::to_string(status)}), seen.status.at(status));
  EXPECT_EQ(number(stats, {"routes", "GET /health", "resets"}), seen.resets);
  // Within four standard deviations of the shares.
  EXPECT_NEAR(seen.status.at(503), 200, 54);
  for (const int n : {seen.status.at(500), seen.resets, seen.closes, seen.halves}) EXPECT_NEAR(n, 100, 39);

  // The same seed fares alike; another does not.
  const Seen again = ask_many(must_start(o)->port(), "/nothing", 1);
  EXPECT_EQ(again.status.at(404), 1);
  const auto second = must_start(o);
  const Seen same = ask_many(second->port(), "/health", kRequests);
  EXPECT_EQ(same.status, seen.status);
  EXPECT_EQ(same.resets, seen.resets);
  o.seed = 43;
  const auto third = must_start(o);
  EXPECT_NE(ask_many(third->port(), "/health", kRequests).status, seen.status);
}

TEST(Simulator, StampsWhatItAlsoWritesDown) {
  auto o = with_rules({"/health latency=const:3ms"});
  o.stamp = true;
  const auto s = must_start(o);
  TestClient c(s->port());
  std::vector<std::int64_t> times;
  for (int i = 0; i < 20; ++i) {
    const std::int64_t before = SteadyClock::read().time_since_epoch().count();
    const auto r = c.get("/health");
    const std::int64_t after = SteadyClock::read().time_since_epoch().count();
    const std::int64_t received = std::stoll(r.header("X-Sim-Received-Ns"));
    const std::int64_t sent = std::stoll(r.header("X-Sim-Sent-Ns"));
    EXPECT_LE(before, received);
    EXPECT_LE(sent, after);
    EXPECT_GE(sent - received, 3'000'000);
    times.push_back(sent - received);
  }
  std::sort(times.begin(), times.end());
  const std::string stats = s->stats_json();
  EXPECT_EQ(number(stats, {"service_time_ns", "count"}), 20);
  EXPECT_EQ(number(stats, {"service_time_ns", "min"}), times.front());
  EXPECT_EQ(number(stats, {"service_time_ns", "p50"}), times[9]);
  EXPECT_EQ(number(stats, {"service_time_ns", "p95"}), times[18]);
  EXPECT_EQ(number(stats, {"service_time_ns", "max"}), times.back());
  EXPECT_EQ(c.get("/__sim/samples?last=1").body.substr(0, 2), "[[");
}

TEST(Simulator, KeepsNoMoreSamplesThanItsBoundAndSaysSo) {
  Options o;
  o.max_samples = 10;
  const auto s = must_start(o);
  ask_many(s->port(), "/health", 10);
  EXPECT_EQ(field(s->stats_json(), {"samples_bound_reached"}), "false");
  ask_many(s->port(), "/health", 1);
  EXPECT_EQ(field(s->stats_json(), {"samples_bound_reached"}), "true");
  EXPECT_EQ(number(s->stats_json(), {"samples"}), 10);
  EXPECT_EQ(number(s->stats_json(), {"requests"}), 11);
  TestClient c(s->port());
  c.send("POST /__sim/reset HTTP/1.1\r\nHost: t\r\nContent-Length: 0\r\n\r\n");
  EXPECT_EQ(c.reply().status, 200);
  EXPECT_EQ(number(c.get("/__sim/stats").body, {"requests"}), 0);
}

std::vector<std::pair<std::int64_t, std::int64_t>> pairs(const std::string& json) {
  std::vector<std::pair<std::int64_t, std::int64_t>> all;
  for (std::size_t at = json.find('[', 1); at != std::string::npos; at = json.find('[', at + 1)) {
    const auto comma = json.find(',', at);
    const std::string second = json.substr(comma + 1, 4) == "null" ? "-1" : json.substr(comma + 1);
    all.emplace_back(std::stoll(json.substr(at + 1)), std::stoll(second));
  }
  return all;
}

TEST(Simulator, AnswersNothingDuringAStallAndRecordsIt) {
  for (const bool whole : {true, false}) {
    auto o = with_rules({whole ? "/health" : "/health stall=60ms/100ms"});
    if (whole) o.stall = {milliseconds(60), milliseconds(100)};
    const auto s = must_start(o);
    TestClient c(s->port());
    for (const Instant until = SteadyClock::read() + milliseconds(600); SteadyClock::read() < until;) c.get("/health");
    const auto stalls = pairs(field(s->stalls_json(), {whole ? "service" : "/health", "stalls"}));
    const auto samples = pairs(c.get("/__sim/samples").body);
    ASSERT_GE(stalls.size(), 2U);
    int waited = 0;
    for (const auto& [from, until] : stalls) {
      if (until < 0) continue;
      EXPECT_GE(until - from, 60'000'000);
      for (const auto& [received, sent] : samples) {
        EXPECT_FALSE(sent >= from && sent < until) << "answered during a stall";
        if (received >= from && received < until) ++waited;
      }
    }
    EXPECT_GE(waited, static_cast<int>(stalls.size()) - 1);  // the one client was caught in every stall but the last
  }
}

TEST(Simulator, ServesSoManyAtOnceAndQueuesTheRest) {
  const auto s = must_start(with_rules({"/health latency=const:100ms at_once=2 queue=3"}));
  std::vector<TestClient> clients;
  for (int i = 0; i < 8; ++i) {
    clients.emplace_back(s->port());
    clients.back().send("GET /health HTTP/1.1\r\nHost: t\r\n\r\n");
  }
  std::map<int, int> status;
  for (auto& c : clients) ++status[c.reply().status];
  EXPECT_EQ(status[200], 5);
  EXPECT_EQ(status[503], 3);
  // Two at a time: between an answer and the next but one lies a whole service time.
  std::vector<std::int64_t> sent;
  for (const auto& [received, sent_ns] : pairs(clients[0].get("/__sim/samples").body))
    if (sent_ns - received > 50'000'000) sent.push_back(sent_ns);
  std::sort(sent.begin(), sent.end());
  ASSERT_EQ(sent.size(), 5U);
  for (std::size_t i = 0; i + 2 < sent.size(); ++i) EXPECT_GE(sent[i + 2] - sent[i], 100'000'000);
  // Nothing is left over: all places are free again.
  EXPECT_EQ(ask_many(s->port(), "/health", 3).status.at(200), 3);
}

TEST(Simulator, ShapesBodies) {
  const auto s = must_start(with_rules({"/a body=1000", "/b body=100 body_end=chunked", "/c body=50 body_end=close",
                                        "/slow body=40 body_rate=1000", "/d"}));
  TestClient c(s->port());
  EXPECT_EQ(c.get("/a").body.size(), 1000U);
  EXPECT_EQ(c.get("/d").body, R"({"path":"/d"})");
  const auto slow = c.get("/slow");
  EXPECT_EQ(slow.body.size(), 40U);
  c.send("GET /b HTTP/1.1\r\nHost: t\r\n\r\n");
  EXPECT_THAT(c.reply().head, HasSubstr("chunked"));
  EXPECT_EQ(c.take(111).substr(0, 4), "64\r\n");
  c.send("GET /c HTTP/1.1\r\nHost: t\r\n\r\n");
  EXPECT_EQ(c.reply().header("Content-Length"), "");
  EXPECT_EQ(c.read_all().first.size(), 50U);
  EXPECT_GE(number(s->stats_json(), {"routes", "(unknown path)", "service_time_ns", "max"}), 39'000'000);
}

TEST(Simulator, MistreatsConnectionsByCount) {
  Options o;
  o.refuse_every = 3;
  o.silent_every = 4;
  const auto s = must_start(o);
  for (int n = 1; n <= 8; ++n) {
    TestClient c(s->port());
    c.send("GET /health HTTP/1.1\r\nHost: t\r\n\r\n");
    if (n % 3 == 0)
      EXPECT_EQ(c.read_all().second, End::kReset) << n;
    else if (n % 4 == 0)
      EXPECT_EQ(c.read_all(30), std::pair(std::string(), End::kOpen)) << n;
    else
      EXPECT_EQ(c.reply().status, 200) << n;
  }
}

TEST(Simulator, LeavesConnectionsInTheBacklogWhenItDoesNotAccept) {
  Options o;
  o.accept = false;
  const auto s = must_start(o);
  TestClient c(s->port());
  EXPECT_TRUE(c.connected());
  c.send("GET /health HTTP/1.1\r\nHost: t\r\n\r\n");
  EXPECT_EQ(c.read_all(30), std::pair(std::string(), End::kOpen));
}

TEST(Simulator, NeverAnswersWhatIsSilent) {
  const auto s = must_start(with_rules({"/health silent=100%"}));
  TestClient c(s->port());
  c.send("GET /health HTTP/1.1\r\nHost: t\r\n\r\n");
  EXPECT_EQ(c.read_all(30), std::pair(std::string(), End::kOpen));
  EXPECT_EQ(number(s->stats_json(), {"silences"}), 1);
}

TEST(Simulator, IsBusyForAsLongAsItIsTold) {
  const auto s = must_start(with_rules({"/health busy=20ms"}));
  const auto used = [] {
    timespec t{};
    ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return Nanoseconds(std::int64_t{t.tv_sec} * 1'000'000'000 + t.tv_nsec);
  };
  TestClient c(s->port());
  const auto before = used();
  c.send("GET /health HTTP/1.1\r\nHost: t\r\n\r\n");
  EXPECT_EQ(c.reply().status, 200);
  EXPECT_GE(used() - before, Nanoseconds(std::chrono::milliseconds(20)));
}

TEST(Simulator, SaysWhyItCannotListen) {
  const auto s = must_start({});
  Options o;
  o.port = s->port();
  EXPECT_THAT(Simulator::start(o).error().message, HasSubstr("in use"));
}

}  // namespace
}  // namespace loadstone::simulate

// The HTTP side, over real sockets on loopback.
#include "serve/server.h"

#include <gmock/gmock.h>

#include <map>
#include <mutex>
#include <thread>

#include "base/random.h"
#include "serve/client_for_test.h"

namespace serve {
namespace {

using std::chrono::milliseconds;
using ::testing::HasSubstr;
using End = TestClient::End;

std::unique_ptr<Server> must_start(Options options) {
  auto server = Server::start(std::move(options));
  if (!server) {
    ADD_FAILURE() << server.error().message;
    std::abort();
  }
  return std::move(*server);
}

// Answers with what it understood.
void echo(Responder r) {
  const Request& q = r.request();
  std::string text(q.method());
  text += " " + std::string(q.target()) + " " + std::string(q.body());
  r.reply({200, {{"X-Peer", std::string(q.peer())}}, text});
}

Options echoing() {
  Options o;
  o.on_request = echo;
  return o;
}

constexpr std::string_view kGet = "GET /a HTTP/1.1\r\nHost: t\r\n\r\n";

TEST(Server, AnswersOnOneConnectionManyTimes) {
  const auto server = must_start(echoing());
  TestClient c(server->port());
  for (int i = 0; i < 3; ++i) {
    const auto r = c.get("/x?y=1");
    EXPECT_EQ(r.status, 200);
    EXPECT_EQ(r.body, "GET /x?y=1 ");
    EXPECT_THAT(r.header("X-Peer"), HasSubstr("127.0.0.1:"));
    EXPECT_THAT(r.header("Date"), HasSubstr(" GMT"));
  }
  EXPECT_EQ(server->counters().requests, 3U);
  EXPECT_EQ(server->counters().accepted, 1U);
}

TEST(Server, KeepsTheOrderOfPipelinedRequestsAnsweredLater) {
  Options o;
  o.on_request = [](Responder r) {
    // The first takes longest.
    const auto delay = r.request().path() == "/0" ? milliseconds(60) : milliseconds(0);
    r.after(delay, [r]() mutable { r.reply({200, {}, std::string(r.request().path())}); });
  };
  const auto server = must_start(std::move(o));
  TestClient c(server->port());
  std::string all;
  for (int i = 0; i < 20; ++i) all += "GET /" + std::to_string(i) + " HTTP/1.1\r\nHost: t\r\n\r\n";
  c.send(all);
  for (int i = 0; i < 20; ++i) EXPECT_EQ(c.reply().body, "/" + std::to_string(i));
}

TEST(Server, AnswersThousandsOfPipelinedRequestsOfAClientThatReadsLate) {
  Options o;
  o.on_request = [](Responder r) { r.reply({200, {}, std::string(1000, 'x')}); };
  const auto server = must_start(std::move(o));
  TestClient c(server->port());
  std::thread sender([&] {
    std::string all;
    for (int i = 0; i < 5000; ++i) all += kGet;
    c.send(all);
  });
  std::this_thread::sleep_for(milliseconds(100));  // lets replies pile up in the socket
  int good = 0;
  for (int i = 0; i < 5000; ++i) good += c.reply().body.size() == 1000;
  sender.join();
  EXPECT_EQ(good, 5000);
}

TEST(Server, UnderstandsARequestSentByteByByte) {
  const auto server = must_start(echoing());
  TestClient c(server->port());
  for (const char b : std::string("POST /p HTTP/1.1\r\nHost: t\r\nContent-Length: 5\r\n\r\nhello")) c.send({&b, 1});
  EXPECT_EQ(c.reply().body, "POST /p hello");
  c.send("POST /c HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n");
  for (const char b : std::string("3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nTrailer: v\r\n\r\n")) c.send({&b, 1});
  EXPECT_EQ(c.reply().body, "POST /c abcde");
  EXPECT_EQ(c.get("/after").body, "GET /after ");
}

TEST(Server, AnswersHeadWithTheLengthAndNoBody) {
  const auto server = must_start(echoing());
  TestClient c(server->port());
  c.send("HEAD /h HTTP/1.1\r\nHost: t\r\n\r\n");
  const auto r = c.reply(true);
  EXPECT_EQ(r.header("Content-Length"), "8");
  EXPECT_EQ(c.get("/next").status, 200);  // a body would stand in front of this
}

TEST(Server, HonoursConnectionCloseAndHttp10) {
  const auto server = must_start(echoing());
  {
    TestClient c(server->port());
    const auto r = c.get("/", "Connection: close\r\n");
    EXPECT_EQ(r.header("Connection"), "close");
    EXPECT_EQ(c.read_all().second, End::kClosed);
  }
  {
    TestClient c(server->port());
    c.send("GET / HTTP/1.0\r\n\r\n");
    EXPECT_EQ(c.reply().status, 200);
    EXPECT_EQ(c.read_all().second, End::kClosed);
  }
  {
    TestClient c(server->port());
    for (int i = 0; i < 2; ++i) {
      c.send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
      EXPECT_EQ(c.reply().header("Connection"), "keep-alive");
    }
  }
}

TEST(Server, Says100ContinueBeforeTheBodyIsSent) {
  const auto server = must_start(echoing());
  TestClient c(server->port());
  c.send("POST /e HTTP/1.1\r\nHost: t\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_EQ(c.reply().status, 100);
  c.send("ok");
  EXPECT_EQ(c.reply().body, "POST /e ok");
}

struct Bad {
  const char* bytes;
  int status;
};

TEST(Server, RefusesWhatIsMalformedAndCloses) {
  Options o = echoing();
  o.limits.body_bytes = 100;
  const auto server = must_start(std::move(o));
  const Bad all[] = {
      {"GARBAGE\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\n\r\n", 400},                              // no Host
      {"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400},        // two
      {"GET / HTTP/1.1\r\nHost: a\r\nBad Header: x\r\n\r\n", 400},  // blank in a name
      {"GET noslash HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"GET / HTTP/3.0\r\nHost: a\r\n\r\n", 505},
      {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 101\r\n\r\n", 413},
      {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999999\r\n\r\n", 400},
      {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", 400},
      {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
      {"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n", 501},
      {"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", 400},
      {"POST / HTTP/1.1\r\nHost: a\r\nExpect: tea\r\n\r\n", 417},
  };
  for (const Bad& bad : all) {
    TestClient c(server->port());
    c.send(bad.bytes);
    EXPECT_EQ(c.reply().status, bad.status) << bad.bytes;
    EXPECT_EQ(c.read_all().second, End::kClosed) << bad.bytes;
  }
  EXPECT_EQ(server->counters().malformed, std::size(all));
  EXPECT_EQ(server->counters().requests, 0U);
}

TEST(Server, StopsReadingAHeadOrABodyAtItsLimit) {
  Options o = echoing();
  o.limits.header_bytes = 4096;
  o.limits.body_bytes = 10'000;
  const auto server = must_start(std::move(o));
  {
    TestClient c(server->port());
    c.send("GET / HTTP/1.1\r\nHost: t\r\nX: " + std::string(5000, 'x') + "\r\n\r\n");
    EXPECT_EQ(c.reply().status, 431);
  }
  {
    TestClient c(server->port());
    EXPECT_EQ(c.get("/", "X: " + std::string(3000, 'x') + "\r\n").status, 200);
  }
  {
    TestClient c(server->port());
    c.send("POST / HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n");
    for (int i = 0; i < 11; ++i) c.send("3e8\r\n" + std::string(1000, 'b') + "\r\n");
    EXPECT_EQ(c.reply().status, 413);
  }
  {
    TestClient c(server->port());
    c.send("POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 10000\r\n\r\n" + std::string(10'000, 'b'));
    EXPECT_EQ(c.reply().body.size(), 10'000 + std::string("POST / ").size());
  }
}

TEST(Server, GivesUpOnSlowClients) {
  Options o = echoing();
  o.limits.header_timeout = o.limits.body_timeout = o.limits.idle_timeout = milliseconds(80);
  const auto server = must_start(std::move(o));
  TestClient silent(server->port());
  TestClient half_head(server->port());
  half_head.send("GET / HTTP/1.1\r\nHo");
  TestClient half_body(server->port());
  half_body.send("POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 5\r\n\r\nab");
  TestClient idle(server->port());
  EXPECT_EQ(idle.get("/").status, 200);
  EXPECT_EQ(silent.read_all(), std::pair(std::string(), End::kClosed));
  EXPECT_EQ(half_head.reply().status, 408);
  EXPECT_EQ(half_body.reply().status, 408);
  EXPECT_EQ(idle.read_all(), std::pair(std::string(), End::kClosed));
  EXPECT_EQ(server->counters().timed_out, 4U);
}

TEST(Server, ResetsAClientThatNeverReads) {
  Options o;
  o.limits.write_timeout = milliseconds(80);
  o.on_request = [](Responder r) { r.reply({200, {}, std::string(std::size_t{32} << 20, 'x')}); };
  const auto server = must_start(std::move(o));
  TestClient c(server->port());
  c.send(kGet);
  while (server->counters().timed_out == 0) std::this_thread::sleep_for(milliseconds(5));
  EXPECT_EQ(c.read_all().second, End::kReset);
}

TEST(Server, RefusesConnectionsOverTheLimit) {
  Options o = echoing();
  o.limits.connections = 2;
  const auto server = must_start(std::move(o));
  auto a = std::make_unique<TestClient>(server->port());
  TestClient b(server->port());
  EXPECT_EQ(a->get("/").status, 200);
  EXPECT_EQ(b.get("/").status, 200);
  TestClient over(server->port());
  const auto r = over.get("/");
  EXPECT_EQ(r.status, 503);
  EXPECT_EQ(r.header("Connection"), "close");
  EXPECT_EQ(over.read_all().second, End::kClosed);
  EXPECT_EQ(server->counters().refused, 1U);
  a.reset();
  while (server->counters().open > 1) std::this_thread::sleep_for(milliseconds(1));
  TestClient later(server->port());
  EXPECT_EQ(later.get("/").status, 200);
}

TEST(Server, LeavesConnectionsInTheBacklogWhenToldTo) {
  Options o = echoing();
  o.limits.connections = 1;
  o.when_full = WhenFull::kWait;
  const auto server = must_start(std::move(o));
  auto a = std::make_unique<TestClient>(server->port());
  EXPECT_EQ(a->get("/").status, 200);
  TestClient b(server->port());
  b.send(kGet);
  b.fill(100);
  EXPECT_EQ(server->counters().accepted, 1U);
  a.reset();
  EXPECT_EQ(b.reply().status, 200);
}

TEST(Server, AdmitsAsTold) {
  Options o = echoing();
  o.on_accept = [](std::uint64_t n) {
    return n == 1 ? Admission::kReset : n == 2 ? Admission::kClose : n == 3 ? Admission::kSilent : Admission::kServe;
  };
  const auto server = must_start(std::move(o));
  EXPECT_EQ(TestClient(server->port()).read_all().second, End::kReset);
  EXPECT_EQ(TestClient(server->port()).read_all().second, End::kClosed);
  TestClient silent(server->port());
  silent.send(kGet);
  EXPECT_EQ(silent.fill(50), End::kOpen);
  EXPECT_EQ(TestClient(server->port()).get("/").status, 200);
}

TEST(Server, FinishesRepliesInFlightWhenItStops) {
  std::atomic<int> asked{0};
  Options o;
  o.on_request = [&](Responder r) {
    ++asked;
    r.after(milliseconds(60), [r]() mutable { r.reply({200, {}, "finished"}); });
  };
  const auto server = must_start(std::move(o));
  TestClient busy(server->port());
  TestClient idle(server->port());
  busy.send(kGet);
  while (asked == 0 || server->counters().open < 2) std::this_thread::sleep_for(milliseconds(1));
  std::thread stopping([&] { server->stop(std::chrono::seconds(5)); });
  const auto r = busy.reply();
  EXPECT_EQ(r.body, "finished");
  EXPECT_EQ(r.header("Connection"), "close");
  EXPECT_EQ(idle.read_all().second, End::kClosed);
  EXPECT_EQ(busy.read_all().second, End::kClosed);
  stopping.join();
  EXPECT_FALSE(TestClient(server->port()).connected());
  EXPECT_EQ(server->counters().open, 0U);
}

TEST(Server, ResetsWhatIsLeftAfterTheGrace) {
  std::vector<Responder> kept;
  std::atomic<int> asked{0};
  Options o;
  o.on_request = [&](Responder r) {
    kept.push_back(std::move(r));
    ++asked;
  };
  const auto server = must_start(std::move(o));
  TestClient c(server->port());
  c.send(kGet);
  while (asked == 0) std::this_thread::sleep_for(milliseconds(1));
  server->stop(milliseconds(20));
  EXPECT_EQ(c.read_all().second, End::kReset);
}

TEST(Server, SpreadsConnectionsOverItsThreads) {
  std::mutex mutex;
  std::map<std::thread::id, int> seen;
  Options o;
  o.threads = 4;
  o.on_request = [&](Responder r) {
    const std::lock_guard lock(mutex);
    ++seen[std::this_thread::get_id()];
    r.reply({});
  };
  const auto server = must_start(std::move(o));
  std::vector<TestClient> clients;
  for (int i = 0; i < 8; ++i) clients.emplace_back(server->port());
  for (auto& c : clients) EXPECT_EQ(c.get("/").status, 200);
  EXPECT_EQ(seen.size(), 4U);
  for (const auto& [thread, n] : seen) EXPECT_EQ(n, 2);
}

TEST(Server, RunsTimersInOrderAndDropsThemWhenItStops) {
  auto server = must_start(echoing());
  std::mutex mutex;
  std::string order;
  std::atomic<int> ran{0};
  const auto note = [&](char c) {
    return [&, c] {
      const std::lock_guard lock(mutex);
      order += c;
      ++ran;
    };
  };
  server->after(milliseconds(30), note('c'));
  server->after(milliseconds(20), note('b'));
  server->after(milliseconds(0), note('a'));
  server->after(std::chrono::hours(1), note('z'));
  while (ran < 3) std::this_thread::sleep_for(milliseconds(1));
  EXPECT_EQ(order, "abc");
  server.reset();
  EXPECT_EQ(order, "abc");
}

// Seeded changes of good requests: whatever comes, the server stays up and answers the next client.
TEST(Server, SurvivesGarbage) {
  Options o = echoing();
  o.limits.header_timeout = o.limits.body_timeout = o.limits.idle_timeout = milliseconds(50);
  o.on_request = [](Responder r) {
    if (r.request().wants_websocket())
      r.accept_websocket({}, {});
    else
      echo(r);
  };
  const auto server = must_start(std::move(o));
  const std::string upgrade =
      "GET /ws HTTP/1.1\r\nHost: t\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
  const std::string good[] = {
      "GET /a?b=c HTTP/1.1\r\nHost: t\r\nAccept: */*\r\n\r\nGET /second HTTP/1.1\r\nHost: t\r\n\r\n",
      "POST /c HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
      "POST /l HTTP/1.1\r\nHost: t\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\nabc", upgrade};
  const std::string frames = TestClient::frame(1, "text") + TestClient::frame(2, std::string(300, 'b')) +
                             TestClient::frame(9, "ping") + TestClient::frame(8, "\x03\xe8");
  loadstone::Random random(11);
  for (int i = 0; i < 400; ++i) {
    const bool ws = i % 4 == 3;
    std::string bytes = ws ? frames : good[random.below(3)];
    for (auto changes = 1 + random.below(4); changes > 0 && !bytes.empty(); --changes) {
      const auto at = random.below(bytes.size());
      const auto what = random.below(3);
      if (what == 0) bytes[at] = static_cast<char>(random.below(256));
      if (what == 1) bytes.erase(at, 1 + random.below(5));
      if (what == 2) bytes.insert(at, bytes.substr(random.below(bytes.size()), random.below(20)));
    }
    TestClient c(server->port());
    if (ws) {
      EXPECT_EQ(c.upgrade("/ws").status, 101);
    }
    c.send(bytes);
    c.fill(1);
  }
  EXPECT_EQ(TestClient(server->port()).get("/alive").body, "GET /alive ");
  while (server->counters().open > 0) std::this_thread::sleep_for(milliseconds(1));
}

TEST(Server, SaysWhyItCannotListen) {
  const auto first = must_start(echoing());
  Options o = echoing();
  o.port = first->port();
  auto second = Server::start(std::move(o));
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().message,
            "cannot listen on 127.0.0.1 port " + std::to_string(first->port()) + ": the address is in use");
  o = echoing();
  o.host = "no.such.name";
  EXPECT_THAT(Server::start(std::move(o)).error().message, HasSubstr("'no.such.name' is not an address"));
  o = echoing();
  o.host = "192.0.2.1";
  EXPECT_THAT(Server::start(std::move(o)).error().message, HasSubstr("not an address of this machine"));
}

TEST(Server, ListensOnBothFamiliesAndOnUnixSockets) {
  Options o = echoing();
  o.host = "[::]";
  const auto both = must_start(std::move(o));
  EXPECT_EQ(TestClient(both->port()).get("/").header("X-Peer").substr(0, 10), "127.0.0.1:");

  const std::string path = ::testing::TempDir() + "serve_test_" + std::to_string(::getpid()) + ".sock";
  o = echoing();
  o.host = "unix:" + path;
  auto local = must_start(std::move(o));
  EXPECT_EQ(local->address(), "unix:" + path);
  EXPECT_EQ(TestClient(path).get("/").header("X-Peer"), "unix");
  o = echoing();
  o.host = "unix:" + path;
  EXPECT_THAT(Server::start(std::move(o)).error().message, HasSubstr("in use"));
  local.reset();
  EXPECT_FALSE(TestClient(path).connected());
}

}  // namespace
}  // namespace serve

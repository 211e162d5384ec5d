// Answers in parts, late, from other threads, and bad ones, over real sockets on loopback.
#include "serve/responder.h"

#include <gmock/gmock.h>

#include <mutex>
#include <thread>

#include "serve/client_for_test.h"
#include "serve/server.h"

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

constexpr std::string_view kGet = "GET /a HTTP/1.1\r\nHost: t\r\n\r\n";

TEST(Responder, StreamsChunkedByLengthAndUntilClose) {
  Options o;
  o.on_request = [](Responder r) {
    const auto path = r.request().path();
    r.begin({200, {{"X", "a\r\nInjected: b"}}},
            path == "/chunked"  ? Framing::kChunked
            : path == "/length" ? Framing::kLength
                                : Framing::kUntilClose,
            6);
    r.write("abc");
    r.after(milliseconds(5), [r]() mutable {
      r.write("def");
      r.end();
    });
  };
  const auto server = must_start(std::move(o));
  TestClient c(server->port());
  EXPECT_EQ(c.get("/length").body, "abcdef");
  c.send("GET /chunked HTTP/1.1\r\nHost: t\r\n\r\n");
  const auto head = c.reply();
  EXPECT_THAT(head.head, HasSubstr("Transfer-Encoding: chunked\r\n"));
  EXPECT_EQ(head.header("Injected"), "");
  EXPECT_EQ(c.take(21), "3\r\nabc\r\n3\r\ndef\r\n0\r\n\r\n");
  c.send("GET /close HTTP/1.1\r\nHost: t\r\n\r\n");
  EXPECT_EQ(c.reply().header("Connection"), "close");
  EXPECT_EQ(c.read_all(), std::pair(std::string("abcdef"), End::kClosed));
}

TEST(Responder, MisbehavesWhenTold) {
  Options o;
  o.on_request = [](Responder r) {
    const auto path = r.request().path();
    if (path == "/half") {
      r.begin({}, Framing::kLength, 100);
      r.write("half");
      r.close();
    } else if (path == "/reset") {
      r.reset();
    } else if (path == "/close") {
      r.close();
    } else if (path == "/raw") {
      r.write_raw("HTTP/9.9 banana\r\n\r\n");
      r.close();
    } else if (path == "/long") {
      r.begin({}, Framing::kLength, 3);
      r.write("too long");
    } else if (path == "/throw") {
      throw std::string("not even an exception type");
    }  // else dropped
  };
  const auto server = must_start(std::move(o));
  const auto ask = [&](const std::string& path) {
    TestClient c(server->port());
    c.send("GET " + path + " HTTP/1.1\r\nHost: t\r\n\r\n");
    return c.read_all(500);
  };
  EXPECT_THAT(ask("/half").first, HasSubstr("Content-Length: 100\r\n\r\nhalf"));
  EXPECT_EQ(ask("/half").second, End::kClosed);
  EXPECT_EQ(ask("/reset"), std::pair(std::string(), End::kReset));
  EXPECT_EQ(ask("/close"), std::pair(std::string(), End::kClosed));
  EXPECT_EQ(ask("/raw"), std::pair(std::string("HTTP/9.9 banana\r\n\r\n"), End::kClosed));
  EXPECT_EQ(ask("/long").second, End::kReset);
  TestClient c(server->port());
  EXPECT_EQ(c.get("/throw").status, 500);
  EXPECT_EQ(c.get("/dropped").status, 500);
}

TEST(Responder, TellsOnceThatTheClientOfAWatchedAnswerHasGone) {
  std::mutex mutex;
  std::vector<std::string> gone;
  Options o;
  o.on_request = [&](Responder r) {
    const std::string path(r.request().path());
    r.begin({200, {}}, Framing::kChunked);
    r.write("a");
    r.watch([&, path, r] {  // and holds on to it
      const std::lock_guard lock(mutex);
      gone.push_back(path);
    });
    if (path == "/reset") r.after(milliseconds(5), [r]() mutable { r.reset(); });
    if (path == "/end") r.after(milliseconds(5), [r]() mutable { r.end(); });
  };
  const auto server = must_start(std::move(o));
  const auto told = [&](std::size_t times) {
    for (int i = 0; i < 1000; ++i) {
      const std::lock_guard lock(mutex);
      if (gone.size() >= times) return gone;
      std::this_thread::sleep_for(milliseconds(2));
    }
    return gone;
  };
  {
    TestClient leaves(server->port());
    leaves.send("GET /leaves HTTP/1.1\r\nHost: t\r\n\r\n");
    EXPECT_EQ(leaves.reply().status, 200);
  }
  EXPECT_THAT(told(1), ::testing::ElementsAre("/leaves"));
  TestClient c(server->port());
  c.send("GET /end HTTP/1.1\r\nHost: t\r\n\r\n");
  EXPECT_EQ(c.reply().status, 200);
  // What comes before the end waits for its turn.
  c.send("GET /reset HTTP/1.1\r\nHost: t\r\n\r\n");
  EXPECT_EQ(c.take(11), "1\r\na\r\n0\r\n\r\n");
  EXPECT_EQ(c.reply().status, 200);
  EXPECT_EQ(c.read_all().second, End::kReset);
  EXPECT_THAT(told(2), ::testing::ElementsAre("/leaves", "/reset"));
  TestClient stays(server->port());
  stays.send("GET /stays HTTP/1.1\r\nHost: t\r\n\r\n");
  EXPECT_EQ(stays.reply().status, 200);
  server->stop(milliseconds(500));
  EXPECT_EQ(stays.read_all(), std::pair(std::string("1\r\na\r\n0\r\n\r\n"), End::kClosed));
  EXPECT_THAT(told(3), ::testing::ElementsAre("/leaves", "/reset", "/stays"));
}

TEST(Responder, AnswersFromAnotherThreadAndOutlivesItsClient) {
  std::vector<Responder> kept;
  std::mutex mutex;
  Options o;
  o.threads = 2;
  o.on_request = [&](Responder r) {
    const std::lock_guard lock(mutex);
    kept.push_back(std::move(r));
  };
  auto server = must_start(std::move(o));
  const auto wait_for = [&](std::size_t n) {
    for (;; std::this_thread::sleep_for(milliseconds(1))) {
      const std::lock_guard lock(mutex);
      if (kept.size() == n) return;
    }
  };
  TestClient a(server->port());
  a.send(kGet);
  wait_for(1);
  kept[0].reply({200, {}, "from outside"});
  EXPECT_EQ(a.reply().body, "from outside");
  kept[0].reply({200, {}, "a second answer must go nowhere"});
  a.send(kGet);
  wait_for(2);
  kept[1].reply({200, {}, "again"});
  EXPECT_EQ(a.reply().body, "again");
  {
    TestClient gone(server->port());
    gone.send(kGet);
    wait_for(3);
  }
  kept[2].reply({200, {}, "to nobody"});
  TestClient last(server->port());
  last.send(kGet);
  wait_for(4);
  server.reset();
  EXPECT_FALSE(kept[3].is_open());
  kept[3].reply({200, {}, "too late"});
  kept.clear();
}

}  // namespace
}  // namespace serve

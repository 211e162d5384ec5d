// The WebSocket side, over real sockets on loopback; the client's frames are written by hand.
#include "serve/websocket.h"

#include <gmock/gmock.h>

#include <atomic>
#include <thread>

#include "serve/client_for_test.h"
#include "serve/server.h"

namespace serve {
namespace {

using std::chrono::milliseconds;
using ::testing::ElementsAre;
using End = TestClient::End;

// A server whose WebSockets echo, and that writes down how they end.
struct Echo {
  explicit Echo(WebSocketOptions ws = {}, Limits limits = {}) {
    Options o;
    o.limits = limits;
    o.on_request = [this, ws](Responder r) {
      if (!r.request().wants_websocket()) {
        r.reply({426, {{"Upgrade", "websocket"}}, ""});
        return;
      }
      if (r.request().path() == "/no") {
        r.reply({403, {}, "refused"});
        return;
      }
      WebSocketEvents e;
      e.on_text = [](WebSocket& w, std::string_view text) {
        if (text == "throw") throw 1;
        if (text == "reset")
          w.reset();
        else if (text == "close")
          w.close(4001, "as asked");
        else
          w.send_text(text);
      };
      e.on_binary = [](WebSocket& w, std::string_view b) { w.send_binary(std::make_shared<const std::string>(b)); };
      e.on_ping = [this](WebSocket&, std::string_view payload) { note("ping " + std::string(payload)); };
      e.on_close = [this](WebSocket&, std::uint16_t code, std::string_view reason) {
        note(std::to_string(code) + " " + std::string(reason));
      };
      const auto session = r.accept_websocket(ws, e);
      const std::lock_guard lock(mutex);
      sessions.push_back(session);
    };
    auto started = Server::start(std::move(o));
    if (!started) std::abort();
    server = std::move(*started);
  }
  void note(std::string what) {
    const std::lock_guard lock(mutex);
    notes.push_back(std::move(what));
  }
  std::string noted(std::size_t n) {
    for (int i = 0; i < 5000; ++i, std::this_thread::sleep_for(milliseconds(1))) {
      const std::lock_guard lock(mutex);
      if (notes.size() > n) return notes[n];
    }
    return "nothing";
  }
  WebSocket& session(std::size_t n) {
    for (;; std::this_thread::sleep_for(milliseconds(1))) {
      const std::lock_guard lock(mutex);
      if (sessions.size() > n) return *sessions[n];
    }
  }
  TestClient client(std::string_view path = "/ws", std::string_view more = {}) {
    TestClient c(server->port());
    EXPECT_EQ(c.upgrade(path, more).status, 101);
    return c;
  }

  std::mutex mutex;
  std::vector<std::string> notes;
  std::vector<std::shared_ptr<WebSocket>> sessions;
  std::unique_ptr<Server> server;
};

std::string close_payload(int code, std::string_view reason = {}) {
  return std::string{static_cast<char>(code >> 8), static_cast<char>(code & 255)} + std::string(reason);
}

TEST(WebSocket, ShakesHandsAsTheStandardShows) {
  WebSocketOptions o;
  o.subprotocol = "events.v1";
  o.headers = {{"X-More", "1"}};
  Echo echo(o);
  TestClient c(echo.server->port());
  const auto r = c.upgrade("/ws");
  EXPECT_EQ(r.status, 101);
  EXPECT_EQ(r.header("Sec-WebSocket-Accept"), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
  EXPECT_EQ(r.header("Sec-WebSocket-Protocol"), "events.v1");
  EXPECT_EQ(r.header("X-More"), "1");
}

TEST(WebSocket, IsRefusedByAnOrdinaryReply) {
  Echo echo;
  TestClient c(echo.server->port());
  EXPECT_EQ(c.upgrade("/no").body, "refused");
  EXPECT_EQ(c.get("/ws").status, 426);
  EXPECT_EQ(c.upgrade("/ws").status, 101);  // the connection is as good as before
}

TEST(WebSocket, EchoesTextBinaryAndFragments) {
  Echo echo;
  auto c = echo.client();
  for (const std::size_t size : {0UL, 1UL, 125UL, 126UL, 65535UL}) {
    c.send(TestClient::frame(1, std::string(size, 'a')));
    const auto f = c.read_frame();
    EXPECT_EQ(f.opcode, 1);
    EXPECT_EQ(f.payload, std::string(size, 'a'));
  }
  c.send(TestClient::frame(2, std::string("\0\xff", 2)));
  EXPECT_EQ(c.read_frame().opcode, 2);
  c.send(TestClient::frame(1, "ab", false) + TestClient::frame(9, "between") + TestClient::frame(0, "cd"));
  EXPECT_EQ(c.read_frame().opcode, 10);
  EXPECT_EQ(c.read_frame().payload, "abcd");
  EXPECT_EQ(echo.noted(0), "ping between");
}

struct Wrong {
  const char* what;
  std::string bytes;
  int code;
};

TEST(WebSocket, ClosesWithTheRightCodeWhenTheClientBreaksTheRules) {
  WebSocketOptions o;
  o.message_bytes = 1000;
  Echo echo(o);
  const auto frame = [](int opcode, std::string_view p, bool fin = true, bool masked = true) {
    return TestClient::frame(opcode, p, fin, masked);
  };
  const Wrong all[] = {
      {"too long", frame(1, std::string(1001, 'x')), 1009},
      {"too long in parts", frame(1, std::string(600, 'x'), false) + frame(0, std::string(600, 'x')), 1009},
      {"not UTF-8", frame(1, "\xc3\x28"), 1007},
      {"not masked", frame(1, "x", true, false), 1002},
      {"unknown opcode", frame(3, "x"), 1002},
      {"continues nothing", frame(0, "x"), 1002},
      {"long ping", frame(9, std::string(126, 'x')), 1002},
      {"ping in parts", frame(9, "x", false), 1002},
      {"bad close code", frame(8, close_payload(1005)), 1002},
  };
  std::size_t n = 0;
  for (const Wrong& wrong : all) {
    auto c = echo.client();
    c.send(wrong.bytes);
    EXPECT_EQ(c.read_frame().close_code(), wrong.code) << wrong.what;
    EXPECT_EQ(c.read_all().second, End::kClosed) << wrong.what;
    EXPECT_EQ(echo.noted(n++).substr(0, 4), std::to_string(wrong.code)) << wrong.what;
  }
}

TEST(WebSocket, ReportsHowItEnded) {
  Echo echo;
  {
    auto c = echo.client();
    c.send(TestClient::frame(8, close_payload(1000, "bye")));
    EXPECT_EQ(c.read_frame().close_code(), 1000);
    EXPECT_EQ(c.read_all().second, End::kClosed);
    EXPECT_EQ(echo.noted(0), "1000 bye");
  }
  {
    echo.client();
  }
  EXPECT_EQ(echo.noted(1), "1006 ");
  {
    auto c = echo.client();
    c.send(TestClient::frame(1, "close"));
    const auto f = c.read_frame();
    EXPECT_EQ(f.close_code(), 4001);
    EXPECT_EQ(f.payload.substr(2), "as asked");
    c.send(TestClient::frame(8, close_payload(4001)));
    EXPECT_EQ(c.read_all().second, End::kClosed);
    EXPECT_EQ(echo.noted(2).substr(0, 4), "4001");
  }
  {
    auto c = echo.client();
    c.send(TestClient::frame(1, "reset"));
    EXPECT_EQ(c.read_all().second, End::kReset);
    EXPECT_EQ(echo.noted(3), "1006 ");
  }
  {
    auto c = echo.client();
    c.send(TestClient::frame(1, "throw"));
    EXPECT_EQ(c.read_frame().close_code(), 1011);
  }
  EXPECT_EQ(echo.noted(4).substr(0, 4), "1006");  // that client never answered the close
  while (echo.server->counters().open > 0) std::this_thread::sleep_for(milliseconds(1));
  EXPECT_EQ(echo.server->counters().websockets, 0U);
}

TEST(WebSocket, ResetsAClientThatDoesNotAnswerAClose) {
  WebSocketOptions o;
  o.close_timeout = milliseconds(50);
  Limits limits;
  limits.header_timeout = milliseconds(100);  // looks often
  Echo echo(o, limits);
  auto c = echo.client();
  echo.session(0).close(1000, "");
  EXPECT_EQ(c.read_frame().close_code(), 1000);
  EXPECT_EQ(c.read_all().second, End::kReset);
  EXPECT_EQ(echo.noted(0), "1006 ");
}

TEST(WebSocket, BoundsTheQueueOfASlowClientAndReportsRoom) {
  WebSocketOptions o;
  o.queue_messages = 10;
  std::atomic<int> rooms{0};
  std::shared_ptr<WebSocket> session;
  std::atomic<bool> opened{false};
  Options options;
  options.on_request = [&](Responder r) {
    WebSocketEvents e;
    e.on_room = [&](WebSocket&) { ++rooms; };
    e.on_open = [&](WebSocket& w) {
      session = w.share();
      opened = true;
    };
    r.accept_websocket(o, e);
  };
  const auto server = Server::start(std::move(options));
  TestClient c((*server)->port());
  c.upgrade("/");
  while (!opened) std::this_thread::sleep_for(milliseconds(1));
  // Larger than the socket takes at once, so what follows stays in the queue.
  const auto large = std::make_shared<const std::string>(std::size_t{16} << 20, 'L');
  EXPECT_EQ(session->send_text(large), Sent::kQueued);
  while (session->queued() > 0) std::this_thread::sleep_for(milliseconds(1));
  for (int i = 0; i < 10; ++i) EXPECT_EQ(session->send_text(std::to_string(i)), Sent::kQueued);
  EXPECT_EQ(session->send_text("one too many"), Sent::kFull);
  EXPECT_EQ(session->queued(), 10U);
  EXPECT_TRUE(session->drop_oldest());
  EXPECT_EQ(session->send_text("10"), Sent::kQueued);
  EXPECT_EQ(rooms, 0);
  EXPECT_EQ(c.read_frame().payload.size(), large->size());
  for (int i = 1; i <= 10; ++i) EXPECT_EQ(c.read_frame().payload, std::to_string(i));
  EXPECT_EQ(rooms, 1);
  EXPECT_EQ(large.use_count(), 1);  // shared while it was sent, never copied
  session->close(1001, "");
  EXPECT_EQ(session->send_text("after the close"), Sent::kClosed);
  EXPECT_EQ(c.read_frame().close_code(), 1001);
}

TEST(WebSocket, SendsWhatIsQueuedBeforeItCloses) {
  Echo echo;
  auto c = echo.client();
  for (int i = 0; i < 100; ++i) echo.session(0).send_text(std::to_string(i));
  echo.session(0).close(1000, "");
  for (int i = 0; i < 100; ++i) EXPECT_EQ(c.read_frame().payload, std::to_string(i));
  EXPECT_EQ(c.read_frame().close_code(), 1000);
}

TEST(WebSocket, DeliversToManyClientsFromManyThreadsInOrder) {
  Options o;
  o.threads = 2;
  std::mutex mutex;
  std::vector<WebSocket*> all;  // open as long as the test
  o.on_request = [&](Responder r) {
    WebSocketEvents e;
    e.on_open = [&](WebSocket& w) {
      const std::lock_guard lock(mutex);
      all.push_back(&w);
    };
    r.accept_websocket({}, e);
  };
  const auto server = Server::start(std::move(o));
  std::vector<TestClient> clients;
  for (int i = 0; i < 20; ++i) {
    clients.emplace_back((*server)->port());
    EXPECT_EQ(clients.back().upgrade("/").status, 101);
  }
  const auto publish = [&](char who) {
    for (int i = 0; i < 200; ++i) {
      const auto m = std::make_shared<const std::string>(who + std::to_string(i));
      for (const auto& w : all) EXPECT_EQ(w->send_text(m), Sent::kQueued);
    }
  };
  std::thread a(publish, 'a');
  std::thread b(publish, 'b');
  a.join();
  b.join();
  for (auto& c : clients) {
    int next_a = 0;
    int next_b = 0;
    for (int i = 0; i < 400; ++i) {
      const std::string m = c.read_frame().payload;
      int& next = m[0] == 'a' ? next_a : next_b;
      EXPECT_EQ(m.substr(1), std::to_string(next++));
    }
    EXPECT_EQ(next_a, 200);
    EXPECT_EQ(next_b, 200);
  }
}

TEST(WebSocket, PausesReading) {
  WebSocketOptions o;
  o.start_paused = true;
  Echo echo(o);
  auto c = echo.client();
  c.send(TestClient::frame(1, "x"));
  EXPECT_EQ(c.fill(50), End::kOpen);
  echo.session(0).resume_reading();
  EXPECT_EQ(c.read_frame().payload, "x");
}

TEST(WebSocket, LeavesPingsUnansweredWhenTold) {
  WebSocketOptions o;
  o.answer_pings = false;
  Echo echo(o);
  auto c = echo.client();
  c.send(TestClient::frame(9, "p") + TestClient::frame(1, "x"));
  EXPECT_EQ(c.read_frame().opcode, 1);
  EXPECT_EQ(echo.noted(0), "ping p");
}

TEST(WebSocket, PingsAndThenClosesASilentClient) {
  WebSocketOptions o;
  o.ping_after = milliseconds(30);
  o.close_after_silence = milliseconds(150);
  Limits limits;
  limits.header_timeout = milliseconds(40);
  Echo echo(o, limits);
  auto c = echo.client();
  EXPECT_EQ(c.read_frame().opcode, 9);
  for (;;) {
    const auto f = c.read_frame();
    if (f.opcode == 9) continue;
    EXPECT_EQ(f.close_code(), 1001);
    break;
  }
}

TEST(WebSocket, SendsRawBytesBetweenMessages) {
  Echo echo;
  auto c = echo.client();
  echo.session(0).send_text("before");
  echo.session(0).send_raw(std::make_shared<const std::string>("\xff\xff"));
  EXPECT_EQ(c.read_frame().payload, "before");
  EXPECT_EQ(c.take(2), "\xff\xff");
}

TEST(WebSocket, IsClosedWith1001WhenTheServerStops) {
  Echo echo;
  auto c = echo.client();
  std::thread stopping([&] { echo.server->stop(std::chrono::seconds(5)); });
  const auto f = c.read_frame();
  EXPECT_EQ(f.close_code(), 1001);
  c.send(TestClient::frame(8, f.payload));
  EXPECT_EQ(c.read_all().second, End::kClosed);
  stopping.join();
  EXPECT_EQ(echo.noted(0).substr(0, 4), "1001");
  EXPECT_EQ(echo.sessions[0]->send_text("late"), Sent::kClosed);
}

TEST(WebSocket, EndsWithTheServerEvenIfNobodyAnswers) {
  Echo echo;
  auto c = echo.client();
  auto d = echo.client();
  echo.server->stop(milliseconds(10));
  EXPECT_EQ(echo.noted(0).substr(0, 4), "1006");
  EXPECT_EQ(echo.noted(1).substr(0, 4), "1006");
}

TEST(WebSocket, SendsAMessageInAsManyFramesAsTold) {
  WebSocketOptions o;
  o.fragments = 3;
  Echo echo(o);
  auto c = echo.client();
  for (const std::string message : {"abcdefgh", "", "x"}) {
    c.send(TestClient::frame(1, message) + TestClient::frame(9, "p"));
    std::string whole;
    for (int i = 0; i < 3;) {
      const auto f = c.read_frame();
      if (f.opcode == 10) continue;
      EXPECT_EQ(f.opcode, i == 0 ? 1 : 0);
      EXPECT_EQ(f.fin, i == 2);
      whole += f.payload;
      ++i;
    }
    EXPECT_EQ(whole, message);
  }
}

TEST(WebSocket, OffersCompressionOnlyWhenTold) {
  constexpr std::string_view kOffer = "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n";
  WebSocketOptions on;
  on.deflate = true;
  Echo with(on);
  Echo without;
  EXPECT_THAT(TestClient(with.server->port()).upgrade("/ws", kOffer).header("Sec-WebSocket-Extensions"),
              ::testing::HasSubstr("permessage-deflate"));
  EXPECT_EQ(TestClient(without.server->port()).upgrade("/ws", kOffer).header("Sec-WebSocket-Extensions"), "");
  on.context_takeover = false;
  Echo forgetful(on);
  EXPECT_THAT(TestClient(forgetful.server->port()).upgrade("/ws", kOffer).header("Sec-WebSocket-Extensions"),
              ::testing::HasSubstr("server_no_context_takeover"));
}

TEST(WebSocket, CompressesAlikeWithoutContextAndInFragments) {
  constexpr std::string_view kOffer = "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n";
  WebSocketOptions o;
  o.deflate = true;
  o.context_takeover = false;
  Echo echo(o);
  auto c = echo.client("/ws", kOffer);
  const std::string message(2000, 'a');
  std::string first;
  for (int i = 0; i < 2; ++i) {
    c.send(TestClient::frame(1, message));
    const auto f = c.read_frame();
    EXPECT_TRUE(f.compressed);
    EXPECT_LT(f.payload.size(), 100U);
    EXPECT_EQ(f.payload, i == 0 ? f.payload : first);
    first = f.payload;
  }
  o.fragments = 4;
  Echo cut(o);
  auto d = cut.client("/ws", kOffer);
  d.send(TestClient::frame(1, message));
  for (int i = 0;; ++i) {
    const auto f = d.read_frame();
    EXPECT_EQ(f.opcode, i == 0 ? 1 : 0);
    EXPECT_EQ(f.compressed, i == 0);
    if (f.fin) break;
    ASSERT_LT(i, 4);
  }
}

}  // namespace
}  // namespace serve

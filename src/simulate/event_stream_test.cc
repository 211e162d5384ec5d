// The event stream over real sockets on loopback: faults are planted exactly where they are counted.
#include "simulate/event_stream.h"

#include <gmock/gmock.h>

#include <map>

#include "serve/client_for_test.h"
#include "simulate/simulator_for_test.h"

namespace loadstone::simulate {
namespace {

using serve::TestClient;
using std::chrono::milliseconds;
using End = TestClient::End;

struct Subscriber {
  explicit Subscriber(std::uint16_t port) : client(port) { EXPECT_EQ(client.upgrade("/ws/events").status, 101); }
  // The ids of what arrives until `ms` of silence; a corrupt message as -1.
  std::vector<int> ids(int ms = 50) {
    std::vector<int> all;
    for (;;) {
      if (!client.has_bytes() && !client.wait_readable(ms)) return all;
      const auto f = client.read_frame();
      if (f.opcode != 1) return all;
      const std::string id = field(f.payload, {"data", "id"});
      all.push_back(f.payload == plain(id) ? std::stoi(id) : -1);
    }
  }
  static std::string plain(const std::string& id) { return last_messages()[id.empty() ? "?" : id]; }
  // What a faultless client got, by id.
  static std::map<std::string, std::string>& last_messages() {
    static std::map<std::string, std::string> all;
    return all;
  }
  TestClient client;
};

void publish(std::uint16_t port, int count, int subscribers) {
  TestClient c(port);
  for (int i = 1; i <= count; ++i) {
    const std::string body = R"({"event_type":"load_test","data":{"id":)" + std::to_string(i) +
                             R"(,"pad":"abcdefghijklmnopqrstuvwxyz0123456789abcdefghijklmnopqrstuvwxyz"}})";
    c.send("POST /api/graph/events HTTP/1.1\r\nHost: t\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
           body);
    const auto r = c.reply();
    EXPECT_EQ(r.status, 202);
    EXPECT_EQ(number(r.body, {"subscribers"}), subscribers) << i;
  }
}

// Reads all messages as a client without faults does.
std::vector<int> read_reference(Subscriber& s, int count) {
  std::vector<int> ids;
  for (int i = 0; i < count; ++i) {
    const auto f = s.client.read_frame();
    const std::string id = field(f.payload, {"data", "id"});
    Subscriber::last_messages()[id] = f.payload;
    ids.push_back(std::stoi(id));
  }
  return ids;
}

TEST(EventStream, SendsEveryEventToEveryClientInOrder) {
  const auto s = must_start({});
  Subscriber a(s->port());
  Subscriber b(s->port());
  a.client.send(TestClient::frame(1, "ping") + TestClient::frame(1, "something else"));
  EXPECT_EQ(a.client.read_frame().payload, R"({"type":"pong"})");
  EXPECT_EQ(field(TestClient(s->port()).get("/ws/status").body, {"active_connections"}), "2");
  publish(s->port(), 20, 2);
  const auto f = a.client.read_frame();
  EXPECT_EQ(field(f.payload, {"type"}), "\"cdc_event\"");
  EXPECT_EQ(field(f.payload, {"event_type"}), "\"load_test\"");
  EXPECT_EQ(field(f.payload, {"event_id"}), "\"1\"");
  EXPECT_EQ(field(f.payload, {"data", "id"}), "1");
  const auto all = read_reference(b, 20);
  for (int i = 0; i < 20; ++i) EXPECT_EQ(all[static_cast<std::size_t>(i)], i + 1);
  b.client.send(TestClient::frame(2, "binary"));
  EXPECT_EQ(b.client.read_frame().close_code(), 1003);
}

TEST(EventStream, PlantsExactlyTheFaultsItCounts) {
  Options o;
  o.stream = *parse_stream_faults("drop=7 duplicate=5 swap=11 corrupt=13 clients=2");
  const auto s = must_start(o);
  Subscriber clean(s->port());   // index 0: not every second
  Subscriber faulty(s->port());  // index 1
  publish(s->port(), 30, 2);
  read_reference(clean, 30);
  // 7, 14, 21, 28 dropped; 5, 10, 15, 20, 25, 30 twice; 11 after 12, 22 after 23; 13, 26 corrupt.
  EXPECT_THAT(faulty.ids(), ::testing::ElementsAre(1, 2, 3, 4, 5, 5, 6, 8, 9, 10, 10, 12, 11, -1, 15, 15, 16, 17, 18,
                                                   19, 20, 20, 23, 22, 24, 25, 25, -1, 27, 29, 30, 30));
  const std::string counts = field(s->stats_json(), {"stream"});
  EXPECT_EQ(number(counts, {"published"}), 30);
  EXPECT_EQ(number(counts, {"expected"}), 60);
  EXPECT_EQ(number(counts, {"dropped"}), 4);
  EXPECT_EQ(number(counts, {"duplicated"}), 6);
  EXPECT_EQ(number(counts, {"swapped"}), 2);
  EXPECT_EQ(number(counts, {"corrupted"}), 2);
  EXPECT_EQ(number(counts, {"sent"}), 30 + 30 - 4 + 6);
}

TEST(EventStream, DelaysDisconnectsAndSilences) {
  Options o;
  o.stream = *parse_stream_faults("delay=30ms disconnect=3 clients=3 silent=2 pong=no");
  const auto s = must_start(o);
  Subscriber first(s->port());   // index 0: no delay
  Subscriber silent(s->port());  // index 1
  Subscriber third(s->port());   // index 2: delayed by 60 ms, reset at the third message
  first.client.send(TestClient::frame(9, "p"));
  const Instant start = SteadyClock::read();
  publish(s->port(), 2, 3);
  EXPECT_EQ(third.client.read_frame().opcode, 1);
  EXPECT_GE(SteadyClock::read() - start, milliseconds(60));
  EXPECT_EQ(third.client.read_frame().opcode, 1);
  publish(s->port(), 1, 3);
  EXPECT_EQ(third.client.read_all().second, End::kReset);
  EXPECT_TRUE(silent.ids(10).empty());
  EXPECT_EQ(read_reference(first, 3), (std::vector<int>{1, 2, 1}));  // and no pong among them
  EXPECT_EQ(number(s->stats_json(), {"stream", "disconnected"}), 1);
}

TEST(EventStream, EchoesOnItsOwnRoute) {
  const auto s = must_start(with_rules({"/ws/* latency=const:1ms"}));
  TestClient c(s->port());
  EXPECT_EQ(c.upgrade("/ws/echo").status, 101);
  c.send(TestClient::frame(1, "hello") + TestClient::frame(2, "bytes"));
  EXPECT_EQ(c.read_frame().payload, "hello");
  EXPECT_EQ(c.read_frame().opcode, 2);
  s->stop(milliseconds(200));
  EXPECT_EQ(c.read_frame().close_code(), 1001);
}

}  // namespace
}  // namespace loadstone::simulate

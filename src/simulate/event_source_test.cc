// The simulator's server-sent events over real sockets on loopback.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

#include "serve/client_for_test.h"
#include "simulate/simulator_for_test.h"

namespace loadstone::simulate {
namespace {

using serve::TestClient;
using std::chrono::milliseconds;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using End = TestClient::End;

// Who listens to /sse/events by hand: chunks are taken apart, events are not.
struct Source {
  explicit Source(std::uint16_t port, const std::string& headers = "", const std::string& query = "") : client(port) {
    client.send("GET /sse/events" + query + " HTTP/1.1\r\nHost: t\r\n" + headers + "\r\n");
    head = client.reply();
  }
  // The text of all chunks until `ms` of silence, or the last one.
  std::string text(int ms = 60) {
    std::string all;
    while (client.has_bytes() || client.wait_readable(ms)) {
      std::string size;
      while (!size.ends_with("\r\n")) {
        if (!client.has_bytes() && client.fill() != End::kOpen) return all;
        size += client.take(1);
      }
      const auto n = std::stoul(size, nullptr, 16);
      all += client.take(n);
      client.take(2);
      ++chunks;
      if (n == 0) return all + "(end)";
    }
    return all;
  }
  // "id:message_id" of each event.
  std::vector<std::string> events(int ms = 60) {
    std::vector<std::string> all;
    std::string rest = text(ms);
    for (std::size_t end = rest.find("\n\n"); end != std::string::npos; end = rest.find("\n\n")) {
      const std::string event = rest.substr(0, end);
      rest.erase(0, end + 2);
      const std::size_t data = event.find("\ndata: ");
      if (!event.starts_with("id: ") || data == std::string::npos) {
        all.push_back(event);
        continue;
      }
      all.push_back(event.substr(4, data - 4) + ":" + field(event.substr(data + 7), {"data", "message_id"}));
    }
    return all;
  }
  TestClient client;
  TestClient::Reply head;
  int chunks = 0;
};

Options with_stream(const std::string& faults) {
  Options o;
  o.stream = *parse_stream_faults(faults);
  return o;
}

void publish(std::uint16_t port, int first, int last) {
  for (int i = first; i <= last; ++i) EXPECT_EQ(publish_event(port, std::to_string(i)).status, 202);
}

// What the record says of a client that leaves is known a little later.
void wait_for_clients(const Simulator& s, int count) {
  for (int i = 0; i < 1000 && number(s.stats_json(), {"source", "open"}) != count; ++i)
    std::this_thread::sleep_for(milliseconds(2));
}

TEST(EventSource, SendsEveryEventWithItsNumberAsId) {
  const auto s = must_start({});
  Source a(s->port());
  EXPECT_EQ(a.head.header("Content-Type"), "text/event-stream");
  Source b(s->port(), "X-Client: bob\r\n");
  EXPECT_EQ(number(publish_event(s->port(), "70").body, {"subscribers"}), 2);
  publish(s->port(), 71, 72);
  EXPECT_THAT(a.events(), ElementsAre("1:70", "2:71", "3:72"));
  EXPECT_THAT(b.events(), ElementsAre("1:70", "2:71", "3:72"));
  EXPECT_EQ(number(s->stats_json(), {"source", "sent"}), 6);
  EXPECT_EQ(number(s->stats_json(), {"stream", "expected"}), 0);
}

TEST(EventSource, PlantsTheFaultsOfWebSocketStreams) {
  const auto s = must_start(with_stream("drop=4 duplicate=3 swap=5 clients=2"));
  Source clean(s->port());
  Source faulty(s->port());
  publish(s->port(), 1, 8);
  EXPECT_EQ(clean.events().size(), 8U);
  EXPECT_THAT(faulty.events(), ElementsAre("1:1", "2:2", "3:3", "3:3", "6:6", "6:6", "5:5", "7:7"));
  const std::string counts = field(s->stats_json(), {"source"});
  EXPECT_EQ(number(counts, {"dropped"}), 2);
  EXPECT_EQ(number(counts, {"duplicated"}), 2);
  EXPECT_EQ(number(counts, {"swapped"}), 1);
}

TEST(EventSource, SendsWhatFollowedTheLastEventId) {
  const auto s = must_start(with_stream("retry=1500ms"));
  publish(s->port(), 1, 5);
  Source fresh(s->port());
  EXPECT_THAT(fresh.events(), ElementsAre("retry: 1500"));
  Source back(s->port(), "Last-Event-ID: 3\r\n");
  Source ahead(s->port(), "Last-Event-ID: 99\r\n");
  Source odd(s->port(), "Last-Event-ID: 3x\r\n");
  publish(s->port(), 6, 6);
  EXPECT_THAT(back.events(), ElementsAre("retry: 1500", "4:4", "5:5", "6:6"));
  EXPECT_THAT(ahead.events(), ElementsAre("retry: 1500", "6:6"));
  EXPECT_THAT(odd.events(), ElementsAre("retry: 1500", "6:6"));
  EXPECT_EQ(number(s->stats_json(), {"source", "replayed"}), 2);
  const auto forgetful = must_start(with_stream("replay=no"));
  publish(forgetful->port(), 1, 2);
  Source nothing(forgetful->port(), "Last-Event-ID: 1\r\n");
  EXPECT_THAT(nothing.events(), IsEmpty());
}

TEST(EventSource, EndsStreamsAndKnowsWhoHasLeft) {
  const auto s = must_start(with_stream("disconnect=2 clients=2"));
  auto leaver = std::make_unique<Source>(s->port());  // index 0
  Source reset(s->port());                            // index 1
  publish(s->port(), 1, 1);
  leaver.reset();
  wait_for_clients(*s, 1);
  publish(s->port(), 2, 2);
  EXPECT_EQ(reset.client.read_all().second, End::kReset);
  wait_for_clients(*s, 0);
  EXPECT_EQ(number(publish_event(s->port(), "3").body, {"subscribers"}), 0);
  EXPECT_EQ(number(s->stats_json(), {"source", "disconnected"}), 1);

  const auto closing = must_start(with_stream("close=100%"));
  Source ended(closing->port());
  publish(closing->port(), 1, 1);
  EXPECT_EQ(ended.text(), "(end)");
  EXPECT_EQ(number(closing->stats_json(), {"source", "closed"}), 1);
  wait_for_clients(*closing, 0);
}

TEST(EventSource, CutsMessagesIntoChunks) {
  const auto s = must_start(with_stream("fragments=3"));
  Source a(s->port());
  publish(s->port(), 1, 2);
  EXPECT_THAT(a.events(), ElementsAre("1:1", "2:2"));
  EXPECT_EQ(a.chunks, 6);
}

TEST(EventSource, StopsWithItsClients) {
  const auto s = must_start({});
  Source a(s->port());
  s->stop(milliseconds(500));
  EXPECT_EQ(a.text(), "(end)");
}

}  // namespace
}  // namespace loadstone::simulate

// Whatever a service answers, and however the network cuts it, a session gives the same events, and its next request
// keeps to its lines. The first bytes of an input choose the session and the cuts:
//   byte 0: bit 0 the bytes are the whole answer (else the head of a good one is put in front), bit 1 that one is
//           chunked, bit 2 the service closes at the end, bit 3 the limit is small
//   byte 1: how many bytes of cuts follow, at most 8
//   the cuts: lengths of pieces in turn, 0 meaning all that is left; then it begins again with the first
// What follows are the service's bytes.
#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "base/check.h"
#include "protocol/event_stream/session.h"
#include "protocol/event_stream/stream_for_test.h"

namespace {

using namespace loadstone::event_stream;
using loadstone::protocol::Event;
using loadstone::protocol::Events;

constexpr std::size_t kMaxCuts = 8;

struct Heard {
  std::vector<std::string> lines;
  std::string last_id;
  friend bool operator==(const Heard&, const Heard&) = default;
};

Heard hear(const SessionPlan& plan, std::string_view answer, bool closes, const Cut& cut) {
  Session session(plan);
  Heard heard;
  const auto take = [&](const Events& events) {
    for (const Event& e : events)
      heard.lines.push_back(std::to_string(static_cast<int>(e.kind)) + " " + std::to_string(e.status) + " " +
                            std::string(e.bytes));
  };
  session.start();
  give_in_pieces(answer, cut, [&](std::string_view piece) {
    Events events;
    session.receive(piece, events);
    take(events);
  });
  if (closes) {
    Events events;
    session.end_of_input(events);
    take(events);
    CHECK(session.is_over());
  }
  heard.last_id = session.last_id();
  session.reset();
  session.start();
  // One empty line, at the end, however the id looks.
  const std::string request = session.take_output();
  CHECK(request.find("\r\n\r\n") == request.size() - 4);
  CHECK(std::count(request.begin(), request.end(), '\n') ==
        std::count(plan.request.begin(), plan.request.end(), '\n') + (heard.last_id.empty() ? 1 : 2));
  return heard;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const std::uint8_t options = data[0];
  const std::size_t cuts = std::min<std::size_t>({data[1] % (kMaxCuts + 1), size - 2});
  const std::vector<std::uint8_t> lengths(data + 2, data + 2 + cuts);
  std::string answer;
  if ((options & 1) == 0) {
    answer = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n";
    if ((options & 2) != 0) answer += "Transfer-Encoding: chunked\r\n";
    answer += "\r\n";
  }
  answer.append(reinterpret_cast<const char*>(data) + 2 + cuts, size - 2 - cuts);
  const SessionPlan plan = make_session_plan(
      {.target = "/", .authority = "h", .headers = {}, .max_event_bytes = (options & 8) != 0 ? 20U : 100'000U});
  const bool closes = (options & 4) != 0;
  const Heard whole = hear(plan, answer, closes, [](std::size_t left) { return left; });
  CHECK(hear(plan, answer, closes, [](std::size_t) { return 1; }) == whole);
  std::size_t next = 0;
  CHECK(hear(plan, answer, closes, [&](std::size_t left) {
          if (lengths.empty()) return left;
          const std::size_t n = lengths[next++ % lengths.size()];
          return n == 0 ? left : n;
        }) == whole);
  return 0;
}

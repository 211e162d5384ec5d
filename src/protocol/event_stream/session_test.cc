#include "protocol/event_stream/session.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/format.h"
#include "protocol/event_stream/stream_for_test.h"

namespace loadstone::event_stream {
namespace {

using protocol::Event;
using protocol::Events;
using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr std::string_view kChunked =
    "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n";
constexpr std::string_view kUntilClose = "HTTP/1.1 200 OK\r\ncontent-type: Text/Event-Stream; charset=utf-8\r\n\r\n";

std::string chunk(std::string_view bytes) { return format("{:x}\r\n{}\r\n", bytes.size(), bytes); }

std::string line_of(const Event& event) {
  switch (event.kind) {
    case Event::Kind::kOpen:
      return format("open {}", event.status);
    case Event::Kind::kText:
      return std::string(event.bytes);
    case Event::Kind::kFailed:
      return format("{} {}{}", event.reason == Event::Reason::kClosed ? "closed:" : "protocol:", event.bytes,
                    event.status != 0 ? format(" {}", event.status) : std::string());
    default:
      return "unexpected";
  }
}

SessionPlan plan_of(std::size_t limit = 1000, bool resumes = true) {
  return make_session_plan({.target = "/events?a=b",
                            .authority = "h:1",
                            .headers = {{"Authorization", "secret"}},
                            .resumes = resumes,
                            .max_event_bytes = limit});
}

void give(Session& session, std::string_view bytes, const Cut& cut, std::vector<std::string>& lines) {
  give_in_pieces(bytes, cut, [&](std::string_view piece) {
    Events events;
    session.receive(piece, events);
    for (const auto& event : events) lines.push_back(line_of(event));
  });
}

// What the answer means, whole and byte by byte.
std::vector<std::string> heard(std::string_view answer, bool closes = false, std::size_t limit = 1000) {
  std::vector<std::string> both[2];
  for (const bool is_whole : {true, false}) {
    const SessionPlan plan = plan_of(limit);
    Session session(plan);
    session.start();
    std::vector<std::string>& lines = both[is_whole ? 0 : 1];
    give(session, answer, [&](std::size_t left) { return is_whole ? left : 1; }, lines);
    if (closes) {
      Events events;
      session.end_of_input(events);
      for (const auto& event : events) lines.push_back(line_of(event));
    }
    EXPECT_EQ(session.is_over(), lines.back().starts_with("closed") || lines.back().starts_with("protocol"));
  }
  EXPECT_EQ(both[0], both[1]);
  return both[0];
}

TEST(EventStreamSession, AsksAsABrowserDoes) {
  const SessionPlan plan = plan_of();
  Session session(plan);
  session.start();
  EXPECT_EQ(session.take_output(),
            "GET /events?a=b HTTP/1.1\r\nHost: h:1\r\nUser-Agent: loadstone\r\nAccept: text/event-stream\r\n"
            "Authorization: secret\r\n\r\n");
  EXPECT_EQ(session.output(), "");
  const SessionPlan own = make_session_plan({.target = "/", .authority = "h", .headers = {{"accept", "*/*"}}});
  EXPECT_THAT(own.request, Not(HasSubstr("text/event-stream")));
}

TEST(EventStreamSession, HearsEventsInEveryFraming) {
  EXPECT_THAT(heard(std::string(kChunked) + chunk("data: a\n\n") + chunk("data: b\n\ndata: ") + chunk("c\n\n")),
              ElementsAre("open 200", "a", "b", "c"));
  EXPECT_THAT(heard(std::string(kUntilClose) + "data: a\n\ndata: b\n\n"), ElementsAre("open 200", "a", "b"));
  EXPECT_THAT(heard("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Length: 18\r\n\r\n"
                    "data: a\n\ndata: b\n\n"),
              ElementsAre("open 200", "a", "b", "closed: the service ended the stream"));
  EXPECT_THAT(heard("HTTP/1.1 103 Early Hints\r\n\r\n" + std::string(kUntilClose) + "data: a\n\n"),
              ElementsAre("open 200", "a"));
}

TEST(EventStreamSession, SaysHowTheStreamEnded) {
  EXPECT_THAT(heard(std::string(kChunked) + chunk("data: a\n\n") + "0\r\n\r\n"),
              ElementsAre("open 200", "a", "closed: the service ended the stream"));
  EXPECT_THAT(heard(std::string(kChunked) + chunk("data: a\n\n"), true),
              ElementsAre("open 200", "a", "closed: the stream broke off"));
  EXPECT_THAT(heard(std::string(kUntilClose) + "data: a\n\ndata: b\n", true),
              ElementsAre("open 200", "a", "closed: the service ended the stream"));
  EXPECT_THAT(heard(std::string(kChunked) + "zz\r\n"),
              ElementsAre("open 200", "protocol: a chunk's size is not a number"));
  EXPECT_THAT(heard(std::string(kChunked) + chunk("data: a\n\n") + chunk("data: " + std::string(50, 'x') + "\n\n") +
                        chunk("data: b\n\n"),
                    false, 10),
              ElementsAre("open 200", "a", "protocol: an event larger than the limit"));
  EXPECT_THAT(heard("HTTP/1.1 200 OK\r\nContent-Type: text/eve", true),
              ElementsAre("closed: closed within the head of the answer"));
  EXPECT_THAT(heard("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Length: 0\r\n\r\n"),
              ElementsAre("open 200", "closed: the service ended the stream"));
}

TEST(EventStreamSession, RefusesWhatIsNoEventStream) {
  EXPECT_THAT(heard("HTTP/1.1 503 Busy\r\nContent-Length: 4\r\n\r\nbusy"),
              ElementsAre("protocol: the stream was refused 503"));
  EXPECT_THAT(heard("HTTP/1.1 204 No Content\r\n\r\n"), ElementsAre("protocol: the stream was refused 204"));
  EXPECT_THAT(heard("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"),
              ElementsAre("protocol: the answer is no event stream: its Content-Type is not text/event-stream"));
  EXPECT_THAT(heard("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"),
              ElementsAre("protocol: the answer is no event stream: it has no Content-Type"));
  EXPECT_THAT(heard("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Encoding: gzip\r\n\r\n"),
              ElementsAre("protocol: the stream is compressed, which was not asked for"));
  EXPECT_EQ(heard("SSH-2.0-x\r\n").size(), 1U);
}

TEST(EventStreamSession, ComesBackWithTheIdOfTheLastEvent) {
  const SessionPlan plan = plan_of();
  Session session(plan);
  std::vector<std::string> lines;
  const Cut whole = [](std::size_t left) { return left; };
  session.start();
  EXPECT_THAT(session.take_output(), Not(HasSubstr("Last-Event-ID")));
  give(session, std::string(kUntilClose) + "retry: 70\nid: 8 ü\ndata: a\n\nid: 9\ndata: half", whole, lines);
  EXPECT_EQ(session.asked_pause(), Nanoseconds(70ms));
  session.reset();
  session.start();
  EXPECT_THAT(session.take_output(), EndsWith("\r\nLast-Event-ID: 8 ü\r\n\r\n"));
  give(session, std::string(kUntilClose) + "data: b\n\n", whole, lines);
  EXPECT_THAT(lines, ElementsAre("open 200", "a", "open 200", "b"));
  session.reset();
  session.forget();
  session.start();
  EXPECT_THAT(session.take_output(), Not(HasSubstr("Last-Event-ID")));
  EXPECT_EQ(session.asked_pause(), std::nullopt);
}

TEST(EventStreamSession, DoesNotSayTheIdWhenItShallNot) {
  const SessionPlan plan = plan_of(1000, false);
  Session session(plan);
  std::vector<std::string> lines;
  session.start();
  give(session, std::string(kUntilClose) + "id: 8\ndata: a\n\n", [](std::size_t left) { return left; }, lines);
  session.reset();
  session.start();
  EXPECT_THAT(session.take_output(), Not(HasSubstr("Last-Event-ID")));
}

TEST(EventStreamSession, NothingComesAfterTheEnd) {
  const SessionPlan plan = plan_of();
  Session session(plan);
  std::vector<std::string> lines;
  const Cut whole = [](std::size_t left) { return left; };
  session.start();
  give(session, std::string(kChunked) + "0\r\n\r\nHTTP/1.1 200 OK\r\n\r\n", whole, lines);
  lines.clear();
  give(session, "data: a\n\n", whole, lines);
  Events events;
  session.end_of_input(events);
  EXPECT_THAT(lines, IsEmpty());
  EXPECT_THAT(events, IsEmpty());
}

}  // namespace
}  // namespace loadstone::event_stream

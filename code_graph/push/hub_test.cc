#include "code_graph/push/hub.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "base/format.h"

namespace code_graph::push {
namespace {

using loadstone::format;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

// Takes `room` messages, then says it is full.
class Box final : public Sink {
 public:
  explicit Box(std::size_t room = 1'000'000) : room_(room) {}
  Took take(const Message& message) override {
    if (texts.size() >= room_) return Took::kFull;
    texts.push_back(*message);
    messages.push_back(message);
    return Took::kYes;
  }
  void close_lagging(std::uint64_t dropped) override { closed_with = dropped; }
  void widen(std::size_t by) { room_ += by; }

  std::vector<std::string> texts;
  std::vector<Message> messages;
  std::uint64_t closed_with = 0;

 private:
  std::size_t room_;
};

Event event(std::string type, std::string entity_type = "node") { return {std::move(type), "x", entity_type, "{}"}; }

TEST(Hub, SerialisesOnceForAll) {
  Hub hub("here");
  const auto a = std::make_shared<Box>();
  const auto b = std::make_shared<Box>();
  const auto at_a = hub.subscribe(a, {});
  const auto at_b = hub.subscribe(b, {});
  const auto published = hub.publish({"node_added", "f\"1", "node", R"({"n":1.0})"});
  EXPECT_EQ(published.subscribers, 2);
  EXPECT_EQ(published.sealed->id, "here-1");
  ASSERT_EQ(a->messages.size(), 1);
  EXPECT_EQ(a->messages[0].get(), b->messages[0].get());
  EXPECT_EQ(a->texts[0], format(R"({{"type":"cdc_event","event_id":"here-1","event_type":"node_added",)"
                                R"("entity_id":"f\"1","entity_type":"node","timestamp":"{}","data":{{"n":1.0}}}})",
                                published.sealed->timestamp));
}

TEST(Hub, AppliesFilters) {
  Hub hub("here");
  const auto box = std::make_shared<Box>();
  const auto at = hub.subscribe(box, {{"node_added"}, {"node"}});
  EXPECT_EQ(hub.publish(event("node_deleted")).subscribers, 0);
  EXPECT_EQ(hub.publish(event("node_added", "relationship")).subscribers, 0);
  EXPECT_EQ(hub.publish(event("node_added")).subscribers, 1);
  at->set_filter({});
  EXPECT_EQ(hub.publish(event("anything", "whatever")).subscribers, 1);
}

TEST(Hub, WhoLeftHearsNothing) {
  Hub hub("here");
  const auto box = std::make_shared<Box>();
  const auto at = hub.subscribe(box, {});
  const auto other = hub.subscribe(std::make_shared<Box>(), {});
  hub.unsubscribe(at);
  hub.unsubscribe(at);
  EXPECT_EQ(hub.publish(event("a")).subscribers, 1);
  EXPECT_THAT(box->texts, IsEmpty());
  EXPECT_EQ(hub.counters().subscribers, 1);
}

TEST(Hub, DropsTheOldestAndTellsTheGapAtItsPlace) {
  Hub hub("here");
  const auto box = std::make_shared<Box>(2);
  const auto at = hub.subscribe(box, {});
  const std::size_t sent = 2 + Subscription::kQueueMessages + 3;
  for (std::size_t i = 0; i < sent; ++i) hub.publish(event(format("e{}", i)));
  box->widen(1'000'000);
  at->on_room();
  ASSERT_EQ(box->texts.size(), 2 + 1 + Subscription::kQueueMessages);
  EXPECT_EQ(box->texts[2], R"({"type":"lagged","dropped":3})");
  EXPECT_NE(box->texts[3].find(R"("event_type":"e5")"), std::string::npos);
  EXPECT_EQ(hub.counters().dropped, 3);
  hub.publish(event("after"));
  EXPECT_NE(box->texts.back().find("after"), std::string::npos);
}

TEST(Hub, BoundsTheBytesToo) {
  Hub hub("here");
  const auto box = std::make_shared<Box>(0);
  const auto at = hub.subscribe(box, {});
  for (int i = 0; i < 10; ++i) hub.publish({"big", "", "node", '"' + std::string(1 << 20, 'x') + '"'});
  EXPECT_GE(hub.counters().dropped, 6);
}

TEST(Hub, ClosesWhoNeverCatchesUp) {
  Hub hub("here");
  const auto slow = std::make_shared<Box>(1);
  const auto fast = std::make_shared<Box>();
  const auto at_slow = hub.subscribe(slow, {});
  const auto at_fast = hub.subscribe(fast, {});
  const std::size_t sent = 1 + Subscription::kQueueMessages + Subscription::kMostDropped + 10;
  for (std::size_t i = 0; i < sent; ++i) hub.publish(event("e"));
  EXPECT_EQ(slow->closed_with, Subscription::kMostDropped + Subscription::kQueueMessages);
  EXPECT_EQ(slow->texts.size(), 1);
  EXPECT_EQ(fast->texts.size(), sent);
  EXPECT_EQ(hub.counters().closed, 1);
}

TEST(Hub, ResumesFromTheRing) {
  Hub hub("here");
  for (int i = 0; i < 5; ++i) hub.publish(event(format("e{}", i)));
  const auto box = std::make_shared<Box>();
  const auto at = hub.subscribe(box, {{"e3", "e4"}, {}}, "here-2");
  EXPECT_EQ(box->texts.size(), 2);
  const auto none = std::make_shared<Box>();
  const auto at_end = hub.subscribe(none, {}, "here-5");
  EXPECT_THAT(none->texts, IsEmpty());
}

TEST(Hub, TellsWhatTheRingLost) {
  Hub hub("here");
  for (std::size_t i = 0; i < Hub::kRingEvents + 7; ++i) hub.publish(event("e"));
  const auto box = std::make_shared<Box>();
  const auto at = hub.subscribe(box, {}, "here-2");
  ASSERT_EQ(box->texts.size(), 1 + Hub::kRingEvents);
  EXPECT_EQ(box->texts[0], R"({"type":"lagged","dropped":5})");
  const auto stranger = std::make_shared<Box>();
  const auto at_stranger = hub.subscribe(stranger, {}, "there-2");
  EXPECT_TRUE(stranger->texts[0].starts_with(R"({"type":"error")"));
}

TEST(Hub, RelaysWithoutTheTap) {
  Hub hub("here");
  std::vector<std::string> tapped;
  hub.set_tap([&](const auto& sealed) { tapped.push_back(sealed->id); });
  const auto box = std::make_shared<Box>();
  const auto at = hub.subscribe(box, {});
  hub.publish(event("ours"));
  hub.relay({event("theirs"), "there-9", "", std::make_shared<const std::string>("their text")});
  EXPECT_THAT(tapped, ElementsAre("here-1"));
  EXPECT_EQ(box->texts.back(), "their text");
}

// All subscribers see the events of several publishers in one order, and none is lost or doubled.
TEST(Hub, KeepsOneOrderForAll) {
  Hub hub("here");
  const auto a = std::make_shared<Box>();
  const auto b = std::make_shared<Box>();
  const auto at_a = hub.subscribe(a, {});
  const auto at_b = hub.subscribe(b, {});
  std::vector<std::thread> publishers;
  for (int t = 0; t < 4; ++t)
    publishers.emplace_back([&] {
      for (int i = 0; i < 500; ++i) hub.publish(event("e"));
    });
  for (auto& t : publishers) t.join();
  EXPECT_EQ(a->texts.size(), 2000);
  EXPECT_EQ(a->texts, b->texts);
}

}  // namespace
}  // namespace code_graph::push

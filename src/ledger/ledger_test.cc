// The ledger against faults that are planted and therefore known: nothing else may be found.
#include "ledger/ledger.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "base/random.h"

namespace loadstone::ledger {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr Nanoseconds kDrain = 1s;
Instant at(Nanoseconds t) { return Instant(1h + t); }

// A ledger of some clients who are all subscribed from the beginning, and what is published to them.
class LedgerTest : public ::testing::Test {
 protected:
  void open(std::uint32_t clients, Stream streams = 1, std::vector<std::vector<bool>> hears = {}) {
    broadcasts_ = std::make_unique<Broadcasts>(streams, 1000, 7);
    std::vector<Listener> listeners;
    for (std::uint32_t c = 0; c < clients; ++c)
      listeners.push_back({c, c < hears.size() ? hears[c] : std::vector<bool>{}});
    ledger_ = std::make_unique<Ledger>(*broadcasts_, std::move(listeners), kDrain, clients);
    ledger_->count_in(counts_);
    for (std::uint32_t c = 0; c < clients; ++c) ledger_->subscribed(c, at(0s));
  }
  Message publish(Nanoseconds due, Stream stream = 0) { return {stream, (*broadcasts_)[stream].publish(at(due))}; }
  void hear(std::uint32_t client, Message m, Nanoseconds when, std::uint64_t fingerprint = 0) {
    ledger_->received(client, m, at(when), fingerprint);
  }
  void end() {
    ledger_->settle(kNever);
    account_ = ledger_->account();
    account_.finish();
  }
  // "missing 3 by 1" for every anomaly.
  [[nodiscard]] std::vector<std::string> anomalies() const {
    std::vector<std::string> all;
    for (const Anomaly& a : account_.anomalies)
      all.push_back(std::string(name(a.fault)) + " " + (a.has_message ? std::to_string(a.message) : "?") + " by " +
                    std::to_string(a.client));
    return all;
  }
  [[nodiscard]] const ClientTotals& client(std::uint32_t c) const {
    return *std::find_if(account_.clients.begin(), account_.clients.end(),
                         [&](const ClientTotals& t) { return t.client == c; });
  }

  std::unique_ptr<Broadcasts> broadcasts_;
  std::unique_ptr<Ledger> ledger_;
  Deliveries counts_;
  Account account_{1};
};

TEST_F(LedgerTest, ALossAndADuplicateDoNotCancelOut) {
  open(2);
  const Message a = publish(10ms);
  const Message b = publish(20ms);
  hear(0, a, 11ms);
  hear(0, a, 12ms);
  hear(1, a, 11ms);
  hear(1, b, 21ms);
  end();
  EXPECT_EQ(counts_.expected, 4U);
  EXPECT_EQ(counts_.delivered, 3U);
  EXPECT_EQ(counts_.missing, 1U);
  EXPECT_EQ(counts_.duplicates, 1U);
  EXPECT_THAT(anomalies(), ElementsAre("missing 1 by 0", "duplicate 0 by 0"));
  EXPECT_EQ(account_.clients.front().client, 0U);  // the worst first
}

TEST_F(LedgerTest, LatenciesAreFromTheDueTimeToEveryClientAndPerMessage) {
  open(3);
  const Message m = publish(10ms);
  hear(2, m, 17ms);
  hear(0, m, 12ms);
  hear(1, m, 13ms);
  ledger_->settle(at(2s));
  ASSERT_EQ(counts_.settled.size(), 1U);
  Assembly assembly(1, kDrain);
  WholeMessage whole;
  ASSERT_TRUE(assembly.add(std::move(counts_.settled.front()), whole));
  EXPECT_EQ(whole.first, 2ms);
  EXPECT_EQ(whole.median, 3ms);
  EXPECT_EQ(whole.last, 7ms);
  EXPECT_TRUE(whole.is_complete());
  EXPECT_EQ(counts_.latency.count(), 3U);
  EXPECT_DOUBLE_EQ(counts_.latency.min(), 0.002);
  EXPECT_DOUBLE_EQ(counts_.latency.max(), 0.007);
}

TEST_F(LedgerTest, WhoNeverHearsAMessageHearsItLast) {
  open(3);
  const Message m = publish(10ms);
  hear(0, m, 12ms);
  ledger_->settle(at(2s));
  Assembly assembly(1, kDrain);
  WholeMessage whole;
  ASSERT_TRUE(assembly.add(std::move(counts_.settled.front()), whole));
  EXPECT_EQ(whole.first, 2ms);
  EXPECT_EQ(whole.median, kDrain);  // two of three never heard it
  EXPECT_EQ(whole.last, kDrain);
  EXPECT_FALSE(whole.is_complete());
  EXPECT_DOUBLE_EQ(counts_.latency.max(), to_seconds(kDrain));
}

TEST_F(LedgerTest, OrderIsJudgedPerStreamAndWithItsDisplacement) {
  open(1, 2);
  const Message a = publish(1ms), b = publish(2ms), c = publish(3ms);
  const Message other = publish(0ms, 1);
  hear(0, c, 4ms);
  hear(0, a, 5ms);
  hear(0, b, 6ms);
  hear(0, other, 7ms);  // of another publisher: no order between them
  end();
  EXPECT_EQ(counts_.reordered, 2U);
  EXPECT_EQ(counts_.missing, 0U);
  ASSERT_EQ(account_.anomalies.size(), 2U);
  EXPECT_EQ(account_.anomalies[0].displacement, 2U);  // a after c
  EXPECT_EQ(account_.anomalies[1].displacement, 1U);  // b after c
}

TEST_F(LedgerTest, LateIsMissingFirstAndTwiceLateIsADuplicate) {
  open(1);
  const Message m = publish(0ms);
  ledger_->settle(at(1500ms));
  EXPECT_EQ(counts_.missing, 1U);
  hear(0, m, 1600ms);
  hear(0, m, 1700ms);
  end();
  EXPECT_EQ(counts_.late, 1U);
  EXPECT_EQ(counts_.duplicates, 1U);
  EXPECT_EQ(counts_.delivered, 0U);
}

TEST_F(LedgerTest, OnlyWhoWasSubscribedWhenItWasDueHasToHearIt) {
  open(2);
  ledger_->left(1, at(10ms), Departure::kLeft);
  const Message before = publish(5ms), gone = publish(20ms);
  ledger_->subscribed(1, at(30ms));
  const Message after = publish(40ms);
  for (const Message m : {before, gone, after}) hear(0, m, 50ms);
  hear(1, after, 50ms);
  end();
  EXPECT_EQ(counts_.expected, 4U);  // not `before`, which was on its way when the client left, nor `gone`
  EXPECT_EQ(counts_.missing, 0U);
  EXPECT_EQ(counts_.lost, 0U);
}

TEST_F(LedgerTest, WhatWasPublishedInTheGapOfADropIsLostUnlessItIsSentAgain) {
  open(1);
  const Message on_its_way = publish(9ms);
  ledger_->left(0, at(10ms), Departure::kDropped);
  const Message lost = publish(20ms), sent_again = publish(25ms);
  ledger_->subscribed(0, at(30ms));
  const Message after = publish(40ms);
  hear(0, sent_again, 31ms);
  hear(0, after, 41ms);
  end();
  EXPECT_EQ(counts_.lost, 2U);
  EXPECT_EQ(counts_.expected, 1U);
  EXPECT_EQ(counts_.missing, 0U);
  EXPECT_THAT(anomalies(), ElementsAre("lost " + std::to_string(broadcasts_->number(on_its_way)) + " by 0",
                                       "lost " + std::to_string(broadcasts_->number(lost)) + " by 0"));
}

TEST_F(LedgerTest, WhatTheServiceOwedWhenItHungUpIsMissing) {
  open(1);
  publish(9ms);
  ledger_->left(0, at(10ms), Departure::kService);
  publish(20ms);
  ledger_->subscribed(0, at(30ms));
  end();
  EXPECT_THAT(anomalies(), ElementsAre("missing 0 by 0", "lost 1 by 0"));
}

TEST_F(LedgerTest, ClientsHearOnlyTheirPublishers) {
  open(2, 2, {{true, false}, {}});
  const Message first = publish(1ms, 0), second = publish(1ms, 1);
  hear(0, first, 2ms);
  hear(0, second, 2ms);  // was not meant for it
  hear(1, first, 2ms);
  hear(1, second, 2ms);
  end();
  EXPECT_EQ(counts_.expected, 3U);
  EXPECT_EQ(counts_.delivered, 3U);
  EXPECT_EQ(counts_.foreign, 1U);
}

TEST_F(LedgerTest, CancelledMessagesAreOwedToNobody) {
  open(1);
  publish(1ms);
  (*broadcasts_)[0].cancel(0);
  EXPECT_TRUE(ledger_->is_complete());
  end();
  EXPECT_EQ(counts_.expected, 0U);
  EXPECT_THAT(anomalies(), IsEmpty());
}

TEST_F(LedgerTest, TheMinorityOfDifferentBytesIsDamagedWhoeverCameFirst) {
  open(3);
  const Message m = publish(1ms);
  hear(2, m, 2ms, 66);  // the damaged one comes first
  hear(0, m, 3ms, 5);
  hear(1, m, 4ms, 5);
  end();
  EXPECT_EQ(counts_.corrupt, 1U);
  EXPECT_EQ(counts_.delivered, 2U);
  EXPECT_EQ(counts_.missing, 0U);
  EXPECT_THAT(anomalies(), ElementsAre("corrupt 0 by 2"));
}

TEST_F(LedgerTest, AMessageDamagedBeyondRecognitionIsTheOneThatIsMissing) {
  open(2);
  const Message a = publish(1ms), b = publish(2ms);
  hear(0, a, 2ms, 5);
  hear(1, a, 2ms, 5);
  hear(1, b, 3ms, 6);
  hear(0, a, 3ms, 9);  // b, its id damaged into a's
  end();
  EXPECT_EQ(counts_.duplicates, 0U);
  EXPECT_EQ(counts_.corrupt, 1U);
  EXPECT_EQ(counts_.missing, 0U);
  EXPECT_THAT(anomalies(), ElementsAre("corrupt 1 by 0"));
  EXPECT_EQ(client(0).corrupt, 1U);
}

TEST_F(LedgerTest, WhatIsDamagedIsTheLastThatIsMissingWhenItCame) {
  open(1);
  publish(1ms);  // never came
  publish(2ms);  // came damaged
  const Message c = publish(3ms);
  ledger_->damaged(0, at(2500us));
  hear(0, c, 4ms);
  end();
  EXPECT_THAT(anomalies(), ElementsAre("missing 0 by 0", "corrupt 1 by 0"));
}

TEST_F(LedgerTest, IsCompleteWhenAllHaveHeardAll) {
  open(2);
  const Message m = publish(1ms);
  EXPECT_FALSE(ledger_->is_complete());
  hear(0, m, 2ms);
  EXPECT_FALSE(ledger_->is_complete());
  hear(1, m, 2ms);
  EXPECT_TRUE(ledger_->is_complete());
}

TEST_F(LedgerTest, AMillionDeliveriesWithPlantedFaultsGiveExactlyThose) {
  constexpr std::uint32_t kClients = 100;
  constexpr int kMessages = 10'000;
  open(kClients);
  Random random(3);
  std::map<Fault, std::vector<std::pair<std::uint64_t, std::uint32_t>>> planted;
  std::vector<std::vector<Message>> held(kClients);  // swapped with the next
  for (int i = 0; i < kMessages; ++i) {
    const Nanoseconds due = i * 1ms;
    const Message m = publish(due);
    for (std::uint32_t c = 0; c < kClients; ++c) {
      const double u = random.uniform();
      if (u < 0.0005) {
        planted[Fault::kMissing].push_back({m.sequence, c});
        continue;
      }
      if (u < 0.001 && held[c].empty() && i + 1 < kMessages) {
        held[c].push_back(m);
        continue;
      }
      hear(c, m, due + 500us);
      if (u > 0.9995) {
        hear(c, m, due + 600us);
        planted[Fault::kDuplicate].push_back({m.sequence, c});
      }
      for (const Message late : held[c]) {
        hear(c, late, due + 700us);
        planted[Fault::kReordered].push_back({late.sequence, c});
      }
      held[c].clear();
    }
    if (i % 100 == 0) ledger_->settle(at(due));
  }
  for (std::uint32_t c = 0; c < kClients; ++c)
    for (const Message late : held[c]) hear(c, late, kMessages * 1ms);
  end();
  EXPECT_EQ(counts_.expected, std::uint64_t{kClients} * kMessages);
  EXPECT_EQ(counts_.missing, planted[Fault::kMissing].size());
  EXPECT_EQ(counts_.duplicates, planted[Fault::kDuplicate].size());
  EXPECT_EQ(counts_.reordered, planted[Fault::kReordered].size());
  EXPECT_EQ(counts_.corrupt + counts_.late + counts_.foreign + counts_.lost, 0U);
  EXPECT_EQ(counts_.delivered + counts_.missing, counts_.expected);
  std::map<Fault, std::vector<std::pair<std::uint64_t, std::uint32_t>>> found;
  for (const Anomaly& a : account_.anomalies) found[a.fault].push_back({a.message, a.client});
  for (auto& [fault, places] : planted) {
    std::sort(places.begin(), places.end());
    EXPECT_EQ(found[fault], places) << name(fault);
  }
}

TEST(Broadcasts, NumbersCountTheStreamsInTurns) {
  Broadcasts broadcasts(3, 1000, 7);
  Message m;
  EXPECT_FALSE(broadcasts.message_of(1004, m));  // not yet published
  broadcasts[1].publish(at(0s));
  broadcasts[1].publish(at(1s));
  ASSERT_TRUE(broadcasts.message_of(1004, m));
  EXPECT_EQ(m, (Message{1, 1}));
  EXPECT_EQ(broadcasts.id(m), 1004U);
  EXPECT_FALSE(broadcasts.message_of(999, m));
}

TEST(Broadcasts, HoldsManyMessagesWithoutMovingThem) {
  Broadcasts broadcasts(1, 0, 7);
  for (int i = 0; i < 100'000; ++i) broadcasts[0].publish(at(i * 1us));
  for (int i = 0; i < 100'000; ++i) ASSERT_EQ(broadcasts[0].due(static_cast<Sequence>(i)), at(i * 1us));
}

TEST(Broadcasts, LearnsIdsAndForgetsTheOldest) {
  Broadcasts broadcasts(1, 0, 7);
  const Sequence first = broadcasts.learn("a", at(1s));
  EXPECT_EQ(broadcasts.learn("a", at(9s)), first);
  EXPECT_EQ(broadcasts[0].due(first), at(1s));
  for (std::size_t i = 0; i < Broadcasts::kRemembered; ++i)
    static_cast<void>(broadcasts.learn(std::to_string(i), at(2s)));
  EXPECT_NE(broadcasts.learn("a", at(9s)), first);
}

TEST(Assembly, WaitsForEveryShard) {
  Assembly assembly(2, kDrain);
  WholeMessage whole;
  EXPECT_FALSE(assembly.add(
      {.message = {0, 1}, .expected = 2, .delivered = 2, .first_ns = 10, .last_ns = 40, .latencies = {0, 0}}, whole));
  EXPECT_FALSE(assembly.add(
      {.message = {0, 2}, .expected = 1, .delivered = 1, .first_ns = 1, .last_ns = 1, .latencies = {0}}, whole));
  ASSERT_TRUE(assembly.add(
      {.message = {0, 1}, .expected = 1, .delivered = 1, .first_ns = 5, .last_ns = 5, .latencies = {0}}, whole));
  EXPECT_EQ(whole.expected, 3U);
  EXPECT_EQ(whole.first, 5ns);
  EXPECT_EQ(whole.last, 40ns);
}

TEST(Picture, MergesColumnsAsMessagesBecomeMore) {
  Picture picture(200);
  EXPECT_EQ(picture.clients_per_row(), 4U);
  for (std::uint64_t m = 0; m < 1000; ++m) picture.expected(199, m);
  EXPECT_EQ(picture.messages_per_column(), 16U);
  EXPECT_EQ(picture.columns(), 63U);
  std::uint64_t total = 0;
  for (std::size_t c = 0; c < picture.columns(); ++c) total += picture.cell(picture.rows() - 1, c).expected;
  EXPECT_EQ(total, 1000U);
}

}  // namespace
}  // namespace loadstone::ledger

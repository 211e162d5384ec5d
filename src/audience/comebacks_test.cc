#include "audience/comebacks.h"

#include <gtest/gtest.h>

namespace loadstone::audience {
namespace {

constexpr Instant kStart{1000s};

Comebacks::Comeback back(std::uint32_t client, std::uint64_t cycle, Nanoseconds dropped, Nanoseconds open,
                         Nanoseconds heard = 0ns) {
  return {client, cycle, kStart + dropped, open == 0ns ? kNever : kStart + open,
          heard == 0ns ? kNever : kStart + heard};
}

TEST(Comebacks, AreCountedByCycle) {
  Comebacks all;
  all.count_from(kStart);
  all.note(back(0, 1, 100ms, 140ms, 200ms));
  all.note(back(1, 1, 90ms, 150ms));
  all.note(back(0, 2, 500ms, 0ns));
  const auto course = all.course();
  ASSERT_EQ(course.cycles.size(), 2U);
  const auto& first = course.cycles[0];
  EXPECT_NEAR(first.start, 0.09, 1e-9);
  EXPECT_EQ(first.dropped, 2U);
  EXPECT_EQ(first.recovered, 2U);
  EXPECT_EQ(first.heard, 1U);
  EXPECT_NEAR(first.mean_open, 0.05, 1e-9);
  EXPECT_NEAR(first.slowest_open, 0.06, 1e-9);
  EXPECT_NEAR(first.slowest_heard, 0.1, 1e-9);
  EXPECT_EQ(course.cycles[1].recovered, 0U);
  EXPECT_EQ(course.cycles[1].mean_open, 0);
  ASSERT_EQ(course.returns.size(), 3U);
  EXPECT_EQ(course.returns[0].client, 1U);
  EXPECT_FALSE(course.returns[0].heard);
  EXPECT_FALSE(course.returns[2].open);
}

TEST(Comebacks, OfManyTheSlowestAreKept) {
  Comebacks all;
  all.count_from(kStart);
  const auto most = static_cast<std::uint32_t>(result::kMostReturns);
  for (std::uint32_t i = 0; i < most + 50; ++i) all.note(back(i, 1, 0ns, 1ms * (i + 1)));
  all.note(back(7, 2, 2000s, 0ns));
  const auto course = all.course();
  EXPECT_EQ(course.returns.size(), result::kMostReturns);
  EXPECT_EQ(course.further_returns, 51U);
  EXPECT_EQ(course.cycles[0].dropped, most + 50);
  EXPECT_FALSE(course.returns.back().open) << "who never came back is the slowest";
  EXPECT_EQ(course.returns.front().client, 51U) << "the quickest have made room";
}

TEST(Comebacks, CyclesBeyondTheBoundAreOnlyCounted) {
  Comebacks all;
  all.note(back(0, result::kMostRecoveryCycles + 3, 1s, 2s));
  EXPECT_EQ(all.course().further_cycles, result::kMostRecoveryCycles + 3);
  EXPECT_TRUE(all.course().cycles.empty());
  EXPECT_EQ(all.course().returns.size(), 1U);
}

TEST(Comebacks, ShardsAddUpToWhatOneWouldHaveSeen) {
  Comebacks one, parts[2];
  for (Comebacks* c : {&one, &parts[0], &parts[1]}) c->count_from(kStart);
  for (std::uint32_t i = 0; i < 3000; ++i) {
    const Nanoseconds dropped = 1ms * (i % 7), open = dropped + 2ms * (i + 5);  // no two are equally slow
    const auto b = back(i, 1 + i % 3, dropped, open, i % 2 == 0 ? open + 1ms : 0ns);
    one.note(b);
    parts[i % 2].note(b);
  }
  parts[0].add(parts[1]);
  const auto whole = one.course(), sum = parts[0].course();
  ASSERT_EQ(sum.cycles.size(), 3U);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(sum.cycles[i].heard, whole.cycles[i].heard);
    EXPECT_EQ(sum.cycles[i].start, whole.cycles[i].start);
    EXPECT_NEAR(sum.cycles[i].mean_heard, whole.cycles[i].mean_heard, 1e-9);
  }
  EXPECT_EQ(sum.further_returns, whole.further_returns);
  ASSERT_EQ(sum.returns.size(), whole.returns.size());
  for (std::size_t i = 0; i < sum.returns.size(); ++i) EXPECT_EQ(sum.returns[i].client, whole.returns[i].client);
}

}  // namespace
}  // namespace loadstone::audience

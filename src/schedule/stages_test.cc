#include "schedule/stages.h"

#include <gtest/gtest.h>

namespace loadstone::schedule {
namespace {

struct Stage {
  int users;
  Nanoseconds duration;
};

constexpr Instant kBegin = Instant(100s);

Stages stages_of(const std::vector<Stage>& all) { return {all, &Stage::users}; }

TEST(Stages, FollowOneAnotherAndTheLastStays) {
  Stages stages = stages_of({{2, 10s}, {50, 5s}, {1, 20s}});
  EXPECT_EQ(stages.wanted(), 2U);  // who connects before the load begins
  EXPECT_FALSE(stages.advance(kBegin + 1h));
  stages.begin(kBegin);
  EXPECT_EQ(stages.end(), kBegin + 10s);
  EXPECT_FALSE(stages.advance(kBegin + 10s - 1ns));
  EXPECT_TRUE(stages.advance(kBegin + 10s));
  EXPECT_FALSE(stages.advance(kBegin + 10s));
  EXPECT_EQ(stages.wanted(), 50U);
  EXPECT_TRUE(stages.wants(49));
  EXPECT_FALSE(stages.wants(50));
  EXPECT_EQ(stages.end(), kBegin + 15s);
  EXPECT_TRUE(stages.advance(kBegin + 15s));
  EXPECT_EQ(stages.wanted(), 1U);
  EXPECT_EQ(stages.end(), kNever);
  EXPECT_FALSE(stages.advance(kBegin + 24h));
}

TEST(Stages, WhoIsLatePassesThroughEachAndShiftsNone) {
  Stages stages = stages_of({{1, 10s}, {2, 5s}, {3, 20s}, {4, 1s}});
  stages.begin(kBegin);
  EXPECT_TRUE(stages.advance(kBegin + 16s));
  EXPECT_EQ(stages.wanted(), 2U);
  EXPECT_TRUE(stages.advance(kBegin + 16s));
  EXPECT_EQ(stages.wanted(), 3U);
  EXPECT_FALSE(stages.advance(kBegin + 16s));
  EXPECT_EQ(stages.end(), kBegin + 35s);
}

TEST(Stages, OneAloneNeverEnds) {
  Stages stages = stages_of({{7, 10s}});
  stages.begin(kBegin);
  EXPECT_EQ(stages.end(), kNever);
  EXPECT_EQ(stages.wanted(), 7U);
}

TEST(Stages, NoneFollowsOnceTheyShallStay) {
  Stages stages = stages_of({{1, 10s}, {2, 5s}});
  stages.begin(kBegin);
  stages.stay();
  EXPECT_FALSE(stages.advance(kBegin + 1h));
  EXPECT_EQ(stages.wanted(), 1U);
}

}  // namespace
}  // namespace loadstone::schedule

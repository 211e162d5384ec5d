#include "schedule/timetable.h"

#include <gtest/gtest.h>

#include <vector>

namespace loadstone::schedule {
namespace {

Timetable table() {
  return {Arrivals(RateProfile({{10, 10, 0.3}}), Shape::kUniform, 1, {}),
          Arrivals(RateProfile({{100, 100, 0.03}}), Shape::kUniform, 1, {})};
}

TEST(Timetable, WarmUpComesFirstAndCountsFromItsOwnStart) {
  Timetable t = table();
  EXPECT_FALSE(t.front());
  t.begin(Instant(1s), Instant(2s));
  std::vector<Instant> due;
  std::vector<bool> measured;
  for (; t.front(); t.pop()) {
    due.push_back(t.front()->due);
    measured.push_back(t.front()->measured);
  }
  EXPECT_EQ(due, (std::vector<Instant>{Instant(1s), Instant(1100ms), Instant(1200ms), Instant(2s), Instant(2010ms),
                                       Instant(2020ms)}));
  EXPECT_EQ(measured, (std::vector<bool>{false, false, false, true, true, true}));
  EXPECT_EQ(t.position(), 6U);
}

TEST(Timetable, ACopyGoesOnByItself) {
  Timetable t = table();
  t.begin(Instant(1s), Instant(2s));
  t.pop();
  Timetable copy = t;
  while (copy.front()) copy.pop();
  EXPECT_EQ(copy.position() - t.position(), 5U);
  EXPECT_EQ(t.front()->due, Instant(1100ms));
}

TEST(Timetable, NothingIsDueAfterItsEnd) {
  Timetable t = table();
  t.begin(Instant(1s), Instant(2s));
  t.end();
  EXPECT_FALSE(t.front());
}

}  // namespace
}  // namespace loadstone::schedule

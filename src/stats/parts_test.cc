#include "stats/parts.h"

#include <gmock/gmock.h>

namespace loadstone::stats {
namespace {

using testing::DoubleNear;
using testing::ElementsAre;

TEST(Parts, AreFoundInMixedTotals) {
  const MixedTotal rows[] = {{{10, 0, 0}, 20}, {{10, 10, 0}, 50}, {{100, 100, 100}, 1000}};
  const auto parts = parts_of(rows);
  ASSERT_TRUE(parts);
  EXPECT_THAT(*parts, ElementsAre(DoubleNear(2, 1e-9), DoubleNear(3, 1e-9), DoubleNear(5, 1e-9)));
}

// Plain subtraction would say that the second part gives something back.
TEST(Parts, AreNeverNegative) {
  const MixedTotal rows[] = {{{10, 0, 0}, 20}, {{10, 10, 0}, 19}, {{10, 10, 10}, 60}};
  const auto parts = parts_of(rows);
  ASSERT_TRUE(parts);
  // Rows as means of one occurrence: 2 = a; 0.95 = a/2; 2 = a/3 + c/3. Least squares of a and c alone.
  EXPECT_DOUBLE_EQ((*parts)[1], 0);
  EXPECT_NEAR((*parts)[0], (2 + 0.95 / 2) / 1.25, 1e-9);
  EXPECT_NEAR((*parts)[2], 6 - (*parts)[0], 1e-9);
}

TEST(Parts, ThatComeInTheSameProportionCannotBeTold) {
  const MixedTotal rows[] = {{{10, 10}, 50}, {{20, 20}, 100}, {{400, 400}, 2000}};
  EXPECT_FALSE(parts_of(rows));
  const MixedTotal few[] = {{{10, 20}, 50}};
  EXPECT_FALSE(parts_of(few));
  const MixedTotal never[] = {{{10, 0}, 50}, {{20, 0}, 100}};
  EXPECT_FALSE(parts_of(never));
  EXPECT_FALSE(parts_of({}));
}

TEST(Parts, LeaveOutRowsInWhichNothingOccurred) {
  const MixedTotal rows[] = {{{0, 0}, 7}, {{10, 0}, 20}, {{10, 10}, 50}};
  const auto parts = parts_of(rows);
  ASSERT_TRUE(parts);
  EXPECT_THAT(*parts, ElementsAre(DoubleNear(2, 1e-9), DoubleNear(3, 1e-9)));
}

// More rows than parts: the errors even out.
TEST(Parts, UseAllRows) {
  std::vector<MixedTotal> rows;
  for (int i = 1; i <= 40; ++i) {
    const double error = i % 2 == 0 ? 1.02 : 0.98;
    const double a = 10.0 * (1 + i % 3);
    const double b = 10.0 * (1 + i % 5);
    rows.push_back({{a, b}, error * (2 * a + 30 * b)});
  }
  const auto parts = parts_of(rows);
  ASSERT_TRUE(parts);
  EXPECT_NEAR((*parts)[0], 2, 0.5);
  EXPECT_NEAR((*parts)[1], 30, 0.5);
}

}  // namespace
}  // namespace loadstone::stats

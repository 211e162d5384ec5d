#include "stats/change_points.h"

#include <gtest/gtest.h>

#include "base/random.h"

namespace loadstone::stats {
namespace {

struct Reference {
  std::vector<double> values;
  std::vector<std::size_t> changes;
  std::size_t best;
  double statistic;
};
// Made by scipy_reference.py.
const Reference kReference[] = {
#include "stats/testdata/change_points_reference.inc"
};

TEST(ChangePoints, AgreeWithTheDefinitionOfTheEnergyStatistic) {
  for (const auto& r : kReference) {
    const auto split = best_split(r.values);
    EXPECT_EQ(split.at, r.best);
    EXPECT_NEAR(split.statistic, r.statistic, 1e-9);
    const auto found = change_points(r.values);
    ASSERT_EQ(found.size(), r.changes.size());
    for (std::size_t i = 0; i < found.size(); ++i) EXPECT_EQ(found[i].at, r.changes[i]);
  }
}

TEST(ChangePoints, PlacesAreThoseOfTheWholeSeries) {
  Random random(1);
  std::vector<double> values;
  for (int i = 0; i < 300; ++i) values.push_back(random.normal() + (i >= 250 ? 10 : 0));
  const auto found = change_points(values);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].at, 250U);
  EXPECT_NEAR(found[0].after - found[0].before, 10, 1);
}

TEST(ChangePoints, ShortSeriesHaveNone) {
  EXPECT_TRUE(change_points({}).empty());
  EXPECT_TRUE(change_points(std::vector<double>{1, 2, 3}).empty());
  EXPECT_TRUE(change_points(std::vector<double>(40, 5.0)).empty());
}

}  // namespace
}  // namespace loadstone::stats

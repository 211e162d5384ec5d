#include "stats/occasions.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "base/random.h"

namespace loadstone::stats {
namespace {

struct Reference {
  std::vector<double> earlier;
  double value, level, mean, deviation, p_above, low, high;
};
// Made by scipy_reference.py.
const Reference kReference[] = {
#include "stats/testdata/occasions_reference.inc"
};

TEST(Occasions, PredictionAgreesWithScipy) {
  for (const auto& r : kReference) {
    const auto p = predict(r.earlier, r.value, r.level);
    EXPECT_NEAR(p.mean, r.mean, 1e-12);
    EXPECT_NEAR(p.deviation, r.deviation, 1e-12);
    EXPECT_NEAR(p.p_above, r.p_above, 1e-9);
    EXPECT_NEAR(p.p_above + p.p_below, 1, 1e-12);
    EXPECT_NEAR(p.difference_range.low, r.low, 1e-9);
    EXPECT_NEAR(p.difference_range.high, r.high, 1e-9);
  }
}

TEST(Occasions, EqualValuesStillHaveTheirCountingError) {
  const std::vector<double> earlier(6, 0.0);
  EXPECT_EQ(predict(earlier, 0.001, 0.01).p_above, 0);
  EXPECT_GT(predict(earlier, 0.001, 0.01, 0.01).p_above, 0.4);
  EXPECT_EQ(predict(earlier, 0, 0.01).p_above, 1);
}

// A value from the same distribution raises an alarm as often as it may, however much occasions differ.
TEST(Occasions, FalseAlarmsAreAsRareAsPromised) {
  Random random(4);
  constexpr int kRuns = 20000;
  int alarms = 0;
  for (int r = 0; r < kRuns; ++r) {
    std::vector<double> earlier;
    for (int k = 0; k < 5; ++k) earlier.push_back(0.1 * random.normal());
    alarms += predict(earlier, 0.1 * random.normal(), 0.01).p_above <= 0.01 ? 1 : 0;
  }
  EXPECT_NEAR(static_cast<double>(alarms) / kRuns, 0.01, 0.0021);
}

TEST(Fisher, AgreesWithScipy) {
  struct Counts {
    std::uint64_t a, of_a, b, of_b;
    double p;
  };
  const Counts counts[] = {
#include "stats/testdata/fisher_reference.inc"
  };
  for (const auto& c : counts) EXPECT_NEAR(fisher_more_in_b(c.a, c.of_a, c.b, c.of_b), c.p, 1e-9) << c.a << " " << c.b;
  EXPECT_EQ(fisher_more_in_b(0, 0, 0, 0), 1);
}

}  // namespace
}  // namespace loadstone::stats

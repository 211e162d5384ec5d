#include "stats/estimate.h"

#include <gtest/gtest.h>

#include <cmath>
#include <string_view>

#include "base/random.h"

namespace loadstone::stats {
namespace {

struct Reference {
  std::string_view kind;
  double a, b, expected;
};
// Made by estimate_reference.py with mpmath at 50 digits.
constexpr Reference kReference[] = {
#include "stats/testdata/estimate_reference.inc"
};

constexpr Cluster kTable[] = {{100, 5}, {120, 12}, {80, 0}, {100, 3}};

double computed(const Reference& r) {
  if (r.kind == "normal") return normal_quantile(r.a);
  if (r.kind == "student") return student_quantile(r.a, r.b);
  if (r.kind == "share_low") return share_interval(r.a, r.b).low;
  if (r.kind == "share_high") return share_interval(r.a, r.b).high;
  if (r.kind == "poisson") return poisson_upper(r.a);
  if (r.kind == "effective32") return effective_size(r.a, r.b, 32);
  if (r.kind == "tell") return size_to_tell(r.a, r.b);
  if (r.kind == "ratio") return ratio(kTable);
  if (r.kind == "ratio_variance") return ratio_variance(kTable);
  if (r.kind == "design_effect") return design_effect(kTable);
  if (r.kind == "ratio_low") return ratio_interval(kTable).low;
  if (r.kind == "ratio_high") return ratio_interval(kTable).high;
  return std::nan("");
}

TEST(Estimate, AgreesWithIndependentReferenceValues) {
  for (const auto& r : kReference)
    EXPECT_NEAR(computed(r), r.expected, 1e-9 * std::max(1.0, std::fabs(r.expected)))
        << r.kind << " " << r.a << " " << r.b;
}

TEST(Estimate, SizesPrintedByThePlanner) {
  EXPECT_EQ(size_without_any(0.05, 0.95), 59);
  EXPECT_EQ(size_without_any(0.01, 0.95), 299);
  EXPECT_EQ(size_without_any(0.001, 0.95), 2995);
  EXPECT_TRUE(std::isinf(size_to_tell(0.05, 0.05)));
}

TEST(Estimate, NothingKnownIsTheWholeRange) {
  EXPECT_EQ(share_interval(0, 0).low, 0);
  EXPECT_EQ(share_interval(0, 0).high, 1);
  EXPECT_EQ(effective_size(1, 1, 32), 0);
  EXPECT_EQ(effective_size(100, 1, 1), 0);
  EXPECT_EQ(ratio({}), 0);
  constexpr Cluster kNone[] = {{10, 0}, {10, 0}};
  constexpr Cluster kAll[] = {{10, 10}, {12, 12}};
  EXPECT_EQ(design_effect(kNone), 1);
  EXPECT_EQ(design_effect(kAll), 1);
}

TEST(Estimate, SpreadFindsTheGroupsEventsComeIn) {
  Random random(7);
  Spread grouped, one_by_one;
  double true_groups = 0;
  for (int i = 0; i < 20000; ++i) {
    double groups = 0;
    for (double t = random.exponential(); t < 2; t += random.exponential()) ++groups;
    grouped.add(groups * 30);
    one_by_one.add(groups);
    true_groups += groups;
  }
  EXPECT_NEAR(grouped.dispersion(), 30, 1.5);
  EXPECT_NEAR(grouped.groups() / true_groups, 1, 0.05);
  EXPECT_NEAR(one_by_one.groups() / true_groups, 1, 0.05);

  Spread stalls;  // two stalls, one of them over three stretches
  for (const double events : {0.0, 0.0, 90.0, 100.0, 20.0, 0.0, 0.0, 0.0, 0.0, 0.0, 60.0, 0.0}) stalls.add(events);
  EXPECT_EQ(stalls.groups(), 2);
  EXPECT_EQ(Spread().groups(), 0);
  EXPECT_EQ(Spread().dispersion(), 1);
}

// A value outside the predicted range must be about as rare as promised, also for series that wander.
TEST(Estimate, TheNextValueIsPredictedAsOftenAsPromised) {
  for (const double rho : {0.0, 0.5, 0.8}) {
    Random random(11);
    int above = 0;
    constexpr int kSeries = 4000;
    for (int s = 0; s < kSeries; ++s) {
      std::vector<double> values;
      double v = random.normal();
      for (int i = 0; i < 32; ++i) {
        v = rho * v + std::sqrt(1 - rho * rho) * random.normal();
        values.push_back(v);
      }
      // An independent later value of the same process.
      if (random.normal() > next_value(values, 0.975).high) ++above;
    }
    EXPECT_NEAR(static_cast<double>(above) / kSeries, 0.025, 0.013) << rho;
  }
}

}  // namespace
}  // namespace loadstone::stats

#include "schedule/arrivals.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

namespace loadstone::schedule {
namespace {

std::vector<Arrivals::Arrival> all(Arrivals arrivals) {
  std::vector<Arrivals::Arrival> found;
  while (const auto a = arrivals.next()) found.push_back(*a);
  return found;
}

TEST(Arrivals, AUniformRateIsExactInNumberAndTime) {
  const auto found = all(Arrivals(RateProfile({{1000, 1000, 10}}), Shape::kUniform, 1, {}));
  ASSERT_EQ(found.size(), 10'000U);
  EXPECT_EQ(found[0].due, Nanoseconds(0));
  EXPECT_EQ(found[4711].due, Nanoseconds(4'711'000'000));
  // No rounded interval is ever added up: an hour at an odd rate ends where it should.
  const auto odd = all(Arrivals(RateProfile({{7.0 / 3, 7.0 / 3, 3600}}), Shape::kUniform, 1, {}));
  EXPECT_EQ(odd.size(), 8400U);
  EXPECT_NEAR(to_seconds(odd.back().due), 8399 * 3.0 / 7, 1e-6);
}

TEST(Arrivals, PoissonGapsAreExponentialWithTheRightMean) {
  const auto found = all(Arrivals(RateProfile({{5000, 5000, 20}}), Shape::kPoisson, 42, {}));
  EXPECT_NEAR(static_cast<double>(found.size()), 100'000, 4 * std::sqrt(100'000.0));
  // The share of gaps above the mean is 1/e; their coefficient of variation is 1.
  std::size_t above = 0;
  double sum = 0, squares = 0;
  for (std::size_t i = 1; i < found.size(); ++i) {
    const double gap = to_seconds(found[i].due - found[i - 1].due);
    ASSERT_GE(gap, 0);
    above += gap > 1.0 / 5000 ? 1 : 0;
    sum += gap;
    squares += gap * gap;
  }
  const double n = static_cast<double>(found.size() - 1);
  EXPECT_NEAR(static_cast<double>(above) / n, std::exp(-1), 0.01);
  EXPECT_NEAR(std::sqrt(squares / n - sum / n * sum / n) / (sum / n), 1, 0.02);
}

TEST(Arrivals, TheStripesOfAllShardsAreTheGlobalSequence) {
  const RateProfile profile({{100, 2000, 2}, {2000, 2000, 1}});
  for (const Shape shape : {Shape::kPoisson, Shape::kUniform}) {
    const auto whole = all(Arrivals(profile, shape, 9, {}));
    std::vector<Arrivals::Arrival> merged;
    for (std::uint64_t w = 0; w < 3; ++w)
      for (const auto& a : all(Arrivals(profile, shape, 9, {w, 3}))) merged.push_back(a);
    std::sort(merged.begin(), merged.end(), [](const auto& a, const auto& b) { return a.index < b.index; });
    ASSERT_EQ(merged.size(), whole.size());
    for (std::size_t i = 0; i < whole.size(); ++i) {
      EXPECT_EQ(merged[i].index, i);
      EXPECT_EQ(merged[i].due, whole[i].due);
    }
  }
}

TEST(Arrivals, ARampReachesItsIntegralAtEachPoint) {
  const RateProfile ramp({{0, 1000, 10}, {1000, 0, 10}});
  EXPECT_DOUBLE_EQ(ramp.total(), 10'000);
  EXPECT_NEAR(ramp.inverse(5000), 10, 1e-9);
  EXPECT_NEAR(ramp.inverse(1250), 5, 1e-9);  // 1000/10 * t^2 / 2
  EXPECT_NEAR(ramp.inverse(8750), 15, 1e-9);
  EXPECT_NEAR(ramp.inverse(0), 0, 1e-12);
  const auto found = all(Arrivals(ramp, Shape::kUniform, 1, {}));
  EXPECT_EQ(found.size(), 10'000U);
  EXPECT_TRUE(std::is_sorted(found.begin(), found.end(), [](const auto& a, const auto& b) { return a.due < b.due; }));
}

TEST(Arrivals, ALimitCountsOverAllStripes) {
  std::size_t n = 0;
  for (std::uint64_t w = 0; w < 3; ++w)
    n += all(Arrivals(RateProfile({{1000, 1000, 60}}), Shape::kPoisson, 5, {w, 3}, 1000)).size();
  EXPECT_EQ(n, 1000U);
}

TEST(Arrivals, TheSameSeedIsTheSameRunAndAnotherIsNot) {
  const RateProfile profile({{1000, 1000, 1}});
  EXPECT_EQ(all(Arrivals(profile, Shape::kPoisson, 1, {})).back().due,
            all(Arrivals(profile, Shape::kPoisson, 1, {})).back().due);
  EXPECT_NE(all(Arrivals(profile, Shape::kPoisson, 1, {})).back().due,
            all(Arrivals(profile, Shape::kPoisson, 2, {})).back().due);
}

}  // namespace
}  // namespace loadstone::schedule

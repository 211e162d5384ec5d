#include "metric/metric.h"

#include <gtest/gtest.h>

#include <set>

namespace loadstone::metric {
namespace {

TEST(Metric, EveryRowIsReadBackWithItsUnit) {
  std::set<std::string_view> seen;
  for (const auto& row : table()) {
    EXPECT_TRUE(seen.insert(row.name).second) << row.name;
    const std::string name = std::string(row.name) + (row.is_distribution ? ".p99_9" : "");
    const auto metric = parse_metric(name);
    ASSERT_TRUE(metric) << name << ": " << metric.error().message;
    EXPECT_EQ(metric->unit, row.unit);
    EXPECT_EQ(metric->family, row.name);
    if (row.is_distribution) {
      EXPECT_DOUBLE_EQ(metric->quantile, 0.999);
    }
  }
}

TEST(Metric, StepsStatusesAndFreeQuantiles) {
  const auto step = parse_metric("step.GET /a.b.latency.p97_5");
  // The step's own name may hold dots; the metric is what is left at the end.
  ASSERT_FALSE(parse_metric("step.x.lag.p95"));
  ASSERT_TRUE(step) << step.error().message;
  EXPECT_EQ(step->step, "GET /a.b");
  EXPECT_DOUBLE_EQ(step->quantile, 0.975);
  EXPECT_EQ(parse_metric("status.503")->unit, Unit::kCount);
  EXPECT_FALSE(parse_metric("status.5xx"));
  EXPECT_FALSE(parse_metric("latency.p100"));
  EXPECT_FALSE(parse_metric("latency.p0"));
}

TEST(Metric, AMisspeltNameGetsASuggestion) {
  const auto wrong = parse_metric("latancy.p95");
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().message, "there is no metric 'latancy.p95'; did you mean 'latency.p95'?");
  EXPECT_NE(parse_metric("latency").error().message.find("needs a statistic"), std::string::npos);
}

TEST(Target, IsReadInBaseUnits) {
  const auto t = parse_target("latency.p95<50ms");
  ASSERT_TRUE(t) << t.error().message;
  EXPECT_EQ(t->expression, "latency.p95 < 50ms");
  EXPECT_DOUBLE_EQ(t->limit, 0.05);
  EXPECT_TRUE(is_exceedance(*t));
  EXPECT_DOUBLE_EQ(parse_target("error_rate <= 1%")->limit, 0.01);
  EXPECT_DOUBLE_EQ(parse_target("rate > 2k/s")->limit, 2000);
  EXPECT_EQ(parse_target("status.500 == 0")->comparison, Comparison::kEqual);
  EXPECT_FALSE(is_exceedance(*parse_target("latency.p50 > 0s")));
  EXPECT_FALSE(is_exceedance(*parse_target("latency.max < 1s")));
}

TEST(Target, MistakesPointAtTheOffendingPart) {
  const auto unit = parse_target("latency.p95 < 50x");
  ASSERT_FALSE(unit);
  EXPECT_EQ(unit.error().offset, 14U);
  EXPECT_EQ(unit.error().length, 3U);
  const auto name = parse_target("  latncy.p95 < 50ms");
  ASSERT_FALSE(name);
  EXPECT_EQ(name.error().offset, 2U);
  for (const char* bad :
       {"", "latency.p95", "< 5ms", "latency.p95 <", "latency.p95 < ", "latency.p95 = 5ms", "rate > 5ms"})
    EXPECT_FALSE(parse_target(bad)) << bad;
}

}  // namespace
}  // namespace loadstone::metric

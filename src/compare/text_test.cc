#include "compare/text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

namespace loadstone::compare {
namespace {

using testing::HasSubstr;
using testing::Not;

Comparison regressed() {
  MetricChange p50;
  p50.metric = "latency.p50";
  p50.gates = true;
  p50.margin = 0.05;
  p50.verdict = Verdict::kRegressed;
  p50.a = 0.002;
  p50.b = 0.0024;
  p50.effect = 0.2;
  p50.interval = {0.15, 0.25};
  p50.p = 0.0001;
  p50.p_raised = 0.0005;
  p50.smallest = 0.06;
  p50.count = 30;
  p50.delta = 0.61;
  MetricChange errors;
  errors.metric = "error_rate";
  errors.gates = true;
  errors.margin = 0.005;
  errors.a = errors.b = 0;
  errors.interval.high = 0.001;
  errors.reason = "too few requests to tell such a difference";
  ScenarioChange s;
  s.name = "stats";
  s.design = Design::kDuetSwap;
  s.verdict = Verdict::kRegressed;
  s.level = 0.00303;
  s.metrics = {p50, errors};
  s.shift = {{0.5, 0.18, {0.1, 0.26}}, {0.99, 0.02, {-0.2, 0.24}}};
  s.notes = {"5 pairs were on record"};
  Comparison c;
  c.a = "old";
  c.b = "new";
  c.seed = 7;
  c.verdict = Verdict::kRegressed;
  c.scenarios = {s};
  return c;
}

TEST(Text, SaysWhatChangedHowMuchAndHowSure) {
  std::ostringstream out;
  write_text(regressed(), {}, out);
  const auto text = out.str();
  for (const char* part : {"REGRESSED  B new against A old", "side by side", "2.00 ms", "2.40 ms", "+20.0 %",
                           "+15.0 % to +25.0 %", "6.0 %", "0.0005", "error_rate: too few requests", "p50 +19.7 % !",
                           "p99 +2.0 %", "(Cliff's delta): latency.p50 +0.61 (large)", "5 pairs were on record"})
    EXPECT_THAT(text, HasSubstr(part));
  EXPECT_THAT(text, Not(HasSubstr("p99 +2.0 % !")));
  std::ostringstream ascii;
  write_text(regressed(), {.color = false, .unicode = false, .width = 80}, ascii);
  for (const char c : ascii.str()) ASSERT_LT(static_cast<unsigned char>(c), 0x80);
}

TEST(Text, MarkdownHasTheSameTable) {
  auto c = regressed();
  c.b = "new|er";
  std::ostringstream out;
  write_markdown(c, out);
  for (const char* part : {"# REGRESSED: new\\|er against old", "| ✗ latency.p50 | 2.00 ms | 2.40 ms | +20.0 % |",
                           "| --- | ---: | ---: |", "p50 +19.7 % !", "- error\\_rate: too few requests"})
    EXPECT_THAT(out.str(), HasSubstr(part));
}

TEST(Text, TheSummaryNamesWhatDecided) {
  EXPECT_EQ(summary_line(regressed()), "REGRESSED; stats: latency.p50 +20.0 %");
  auto good = regressed();
  good.verdict = good.scenarios[0].verdict = Verdict::kNotRegressed;
  EXPECT_EQ(summary_line(good), "NOT REGRESSED");
}

TEST(Text, TheDocumentLeavesOutWhatIsNotFinite) {
  const auto json = write_json(regressed());
  for (const char* part : {R"("schema":"loadstone-comparison/1")", R"("verdict":"regressed")",
                           R"("design":"duet_swap")", R"("effect":0.2)", R"("seed":7)", R"("quantile":0.99)"})
    EXPECT_THAT(json, HasSubstr(part));
  EXPECT_THAT(json, Not(HasSubstr("null")));
  EXPECT_THAT(json, Not(HasSubstr("inf")));
}

}  // namespace
}  // namespace loadstone::compare

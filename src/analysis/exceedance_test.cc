// What the rule is worth: its error rates on processes whose truth is known. The replications are few here, so that the
// test is quick; with LOADSTONE_REPLICATIONS=2000 it prints the table of the decision record.
#include "analysis/exceedance.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <functional>

#include "analysis/processes_for_test.h"
#include "base/random.h"

namespace loadstone::analysis {
namespace {

using result::Verdict;

// The evidence a run of these times gives against a limit, by the same cuts as for real ones: 32 batches of equal time,
// spread over 40 blocks (or `blocks`).
ExceedanceEvidence evidence_of(const std::vector<double>& times, double limit, double allowed, double smallest_group,
                               std::size_t blocks) {
  ExceedanceEvidence e;
  e.allowed = allowed;
  e.smallest_group = smallest_group;
  e.log_limit = std::log(limit);
  std::vector<double> sorted = times;
  std::sort(sorted.begin(), sorted.end());
  const auto at = [](const std::vector<double>& v, double q) {
    return v[static_cast<std::size_t>(std::max(0.0, std::ceil(q * static_cast<double>(v.size())) - 1))];
  };
  const double quantile = at(sorted, 1 - allowed), median = at(sorted, 0.5);
  const std::size_t n = times.size();
  for (std::size_t k = 0; k < kBatches; ++k) {
    std::vector<double> batch(times.begin() + static_cast<long>(n * k / kBatches),
                              times.begin() + static_cast<long>(n * (k + 1) / kBatches));
    const auto above = [&](double x) {
      return stats::Cluster{
          static_cast<double>(batch.size()),
          static_cast<double>(std::count_if(batch.begin(), batch.end(), [&](double t) { return t > x; }))};
    };
    e.limit.push_back(above(limit));
    e.quantile.push_back(above(quantile));
    e.median.push_back(above(median));
    std::sort(batch.begin(), batch.end());
    e.log_quantiles.push_back(std::log(at(batch, 1 - allowed)));
  }
  for (std::size_t b = 0; b < blocks; ++b)
    e.spread.add(static_cast<double>(std::count_if(times.begin() + static_cast<long>(n * b / blocks),
                                                   times.begin() + static_cast<long>(n * (b + 1) / blocks),
                                                   [&](double t) { return t > limit; })));
  return e;
}

struct Rates {
  double pass = 0, fail = 0;
};

Rates rates(const Process& process, std::size_t n, double allowed, double true_share, std::size_t blocks,
            int replications) {
  Rates found;
  Random random(2024);
  const double limit = process.threshold(true_share);
  for (int r = 0; r < replications; ++r) {
    const auto d = decide(evidence_of(process.draw(random, n), limit, allowed, process.smallest_group, blocks));
    found.pass += d.verdict == Verdict::kPass ? 100.0 / replications : 0;
    found.fail += d.verdict == Verdict::kFail ? 100.0 / replications : 0;
  }
  return found;
}

int replications() {
  const char* wanted = std::getenv("LOADSTONE_REPLICATIONS");
  return wanted == nullptr ? 10 : std::max(1, std::atoi(wanted));
}

// At the boundary, where the true share is exactly what is allowed, either verdict is wrong.
TEST(Exceedance, IsSeldomWrongAtTheBoundary) {
  const int reps = replications();
  for (const double allowed : {0.05, 0.01})
    for (const auto& process : processes(allowed)) {
      const auto found = rates(process, 20000, allowed, allowed, 40, reps);
      std::printf("boundary  p%-3g n=20000 %-14s wrong pass %5.1f %%  wrong fail %5.1f %%\n", 100 * (1 - allowed),
                  process.name, found.pass, found.fail);
      // Nominal 2.5 %, at most 5 %, and what so few replications may show by chance (three standard errors). The stated
      // limit of the method: half of the runs have none of the stalls that make the p99 slow, and cannot know.
      const double chance = 300 * std::sqrt(0.05 * 0.95 / reps);
      const bool unknowable = std::string_view(process.name) == "stalls of 300" && allowed < 0.05;
      if (!unknowable) {
        EXPECT_LE(found.pass, 5 + chance) << process.name << " " << allowed;
      }
      EXPECT_LE(found.fail, 5 + chance) << process.name << " " << allowed;
    }
}

TEST(Exceedance, DecidesWhenTheTruthIsFarFromTheLimit) {
  const int reps = std::max(10, replications() / 4);
  for (const double allowed : {0.05, 0.01})
    for (const auto& process : processes(allowed)) {
      if (std::string_view(process.name).starts_with("stalls")) continue;
      const double far_pass = process.threshold(allowed) * 10;
      int passes = 0, fails = 0;
      Random random(99);
      for (int r = 0; r < reps; ++r) {
        const auto times = process.draw(random, 20000);
        passes += decide(evidence_of(times, far_pass, allowed, 10, 40)).verdict == Verdict::kPass ? 1 : 0;
        fails +=
            decide(evidence_of(times, process.threshold(0.999), allowed, 10, 40)).verdict == Verdict::kFail ? 1 : 0;
      }
      std::printf("power     p%-3g n=20000 %-14s pass at 10x %5.1f %%  fail when nearly all are above %5.1f %%\n",
                  100 * (1 - allowed), process.name, 100.0 * passes / reps, 100.0 * fails / reps);
      // What wanders most cannot be known in so short a time; anything else must be decided.
      if (std::string_view(process.name) == "AR(1) 0.999") continue;
      EXPECT_GE(passes, 0.9 * reps) << process.name << " " << allowed;
      EXPECT_GE(fails, 0.9 * reps) << process.name << " " << allowed;
    }
}

TEST(Exceedance, NeverPassesOnTooFewSamples) {
  Random random(5);
  // 200 requests, all quick: p99 cannot be known; p95 can.
  const auto few = autoregressive(random, 200, 0);
  EXPECT_EQ(decide(evidence_of(few, 1e6, 0.01, 1, 40)).verdict, Verdict::kInconclusive);
  EXPECT_EQ(decide(evidence_of(few, 1e6, 0.05, 1, 40)).verdict, Verdict::kPass);
  // With ten users one stall makes ten slow: 200 do not show that stalls are rarer than that.
  const auto d = decide(evidence_of(few, 1e6, 0.05, 10, 40));
  EXPECT_EQ(d.verdict, Verdict::kInconclusive);
  EXPECT_EQ(d.obstacle, ExceedanceDecision::Obstacle::kStalls);
  EXPECT_GT(d.more, 3.5);
  EXPECT_LT(d.more, 5);
}

TEST(Exceedance, FewBatchesDecideNothing) {
  ExceedanceEvidence e;
  for (int k = 0; k < 9; ++k) {
    e.limit.push_back({1000, 0});
    e.quantile.push_back({1000, 50});
    e.median.push_back({1000, 500});
  }
  const auto d = decide(e);
  EXPECT_EQ(d.verdict, Verdict::kInconclusive);
  EXPECT_EQ(d.obstacle, ExceedanceDecision::Obstacle::kFewBatches);
  EXPECT_TRUE(std::isinf(decide({}).more));
}

TEST(Exceedance, EventsPassOnlyWhenNoneOfEnoughIsAbove) {
  EXPECT_EQ(decide_events(0.05, 58, 0).verdict, Verdict::kInconclusive);
  EXPECT_EQ(decide_events(0.05, 59, 0).verdict, Verdict::kPass);
  EXPECT_EQ(decide_events(0.05, 59, 1).verdict, Verdict::kInconclusive);
  EXPECT_EQ(decide_events(0.05, 100, 30).verdict, Verdict::kFail);
  EXPECT_EQ(decide_events(0.05, 3, 3).verdict, Verdict::kInconclusive);
  EXPECT_EQ(decide_events(0.05, 0, 0).verdict, Verdict::kInconclusive);
}

}  // namespace
}  // namespace loadstone::analysis

#include "capacity/search.h"

#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "base/random.h"

namespace loadstone::capacity {
namespace {

using result::Verdict;

// A server that completes up to `capacity`; what comes beyond waits.
Step step_at(double rate, double capacity, Random& random) {
  Step s;
  s.rate = rate;
  s.arrivals = rate * (1 + 0.01 * random.normal());
  s.completed = std::min(s.arrivals, capacity);
  double backlog = 0;
  for (int second = 0; second < 10; ++second) {
    backlog = std::max(0.0, backlog + s.arrivals - capacity + std::sqrt(rate) * random.normal());
    if (second >= 2) s.backlog.push_back(backlog);
  }
  return s;
}

Step watched(Step s, double cores_used, double cores_left) {
  s.cores_used = cores_used;
  s.cores_left = cores_left;
  return s;
}

// Half a millisecond of processor time each, so that two cores allow 4000 a second.
TEST(CpuCapacity, IsWhatTheCoresAllow) {
  Random random(1);
  std::vector<Step> steps;
  EXPECT_FALSE(cpu_capacity(steps));
  steps.push_back(step_at(1000, 1e9, random));
  EXPECT_FALSE(cpu_capacity(steps));  // nobody watched
  for (const double rate : {2000.0, 3000.0, 3900.0}) {
    auto s = step_at(rate, 3800, random);
    const double used = s.completed * 0.0005;
    steps.push_back(watched(std::move(s), used, 2));
  }
  ASSERT_TRUE(cpu_capacity(steps));
  EXPECT_NEAR(*cpu_capacity(steps), 4000, 1);
  // The generator's own share is not the service's.
  steps.back().cores_left = 1.5;
  EXPECT_NEAR(*cpu_capacity(steps), 3000, 1);
}

TEST(CpuCapacity, TellsWhetherTheCoresAreTheLimit) {
  Finding f;
  f.by_cpu = 4000;
  EXPECT_EQ(cpu_in_words(f), "");
  f.knee = 3000;
  EXPECT_EQ(cpu_in_words(f), "its processors would allow 4.00k/s, of which it reached 75 %");
  f.capacity = 3600;
  EXPECT_NE(cpu_in_words(f).find("90 %: they are what limits it"), std::string::npos);
  f.knee = f.capacity = 400;
  EXPECT_NE(cpu_in_words(f).find("10 %: something else limits it"), std::string::npos);
  f.by_cpu.reset();
  EXPECT_EQ(cpu_in_words(f), "");
}

Finding search(double capacity, double most, std::vector<double>* rates = nullptr) {
  Random random(5);
  Search search(0.05 * capacity, most);
  while (const auto rate = search.next()) {
    if (rates != nullptr) rates->push_back(*rate);
    search.add(step_at(*rate, capacity, random));
  }
  return conclude(search.steps());
}

TEST(Search, FindsTheCapacityAndTheHighestRateThatHolds) {
  std::vector<double> rates;
  const auto found = search(1000, 1e9, &rates);
  ASSERT_TRUE(found.sustainable && found.capacity && found.knee);
  EXPECT_NEAR(*found.capacity, 1000, 1);
  EXPECT_LE(*found.sustainable, 1000 / 0.97);
  EXPECT_GT(*found.sustainable, 950);
  EXPECT_EQ(found.knee, found.sustainable);
  EXPECT_NE(found.why.find("piled up"), std::string::npos);
  EXPECT_EQ(rates.front(), 50);
  EXPECT_NEAR(rates[1] / rates[0], 1.25, 1e-12);
  EXPECT_LE(rates.size(), 22U);
}

TEST(Search, EndsAtTheHighestRateThatMayBeTried) {
  const auto found = search(1000, 500);
  EXPECT_FALSE(found.capacity);
  EXPECT_GT(*found.sustainable, 390);
  EXPECT_LE(*found.sustainable, 500);
  EXPECT_EQ(found.why, "nothing that was tried was too much");
}

TEST(Search, ATargetCanEndItBelowTheKnee) {
  Random random(6);
  Search search(50, 1e9);
  while (const auto rate = search.next()) {
    auto s = step_at(*rate, 1000, random);
    if (*rate > 600) s.verdict = Verdict::kFail, s.reason = "p95 too long";
    search.add(s);
  }
  const auto found = conclude(search.steps());
  EXPECT_LE(*found.sustainable, 600);
  EXPECT_GT(*found.sustainable, 560);
  EXPECT_GT(*found.knee, *found.sustainable);
  EXPECT_NE(found.why.find("p95 too long"), std::string::npos);
}

TEST(Search, AGeneratorThatIsTheLimitEndsIt) {
  Random random(7);
  Search search(50, 1e9);
  int steps = 0;
  while (const auto rate = search.next()) {
    auto s = step_at(*rate, 1e6, random);
    if (++steps == 6) s.verdict = Verdict::kInvalid, s.reason = "busy";
    search.add(s);
  }
  EXPECT_EQ(steps, 6);
  const auto found = conclude(search.steps());
  EXPECT_TRUE(found.generator_was_limit);
  EXPECT_TRUE(found.sustainable);
  EXPECT_NE(found.why.find("could not be measured: busy"), std::string::npos);
}

TEST(Search, NothingThatHoldsIsSaid) {
  Search search(50, 1e9);
  while (const auto rate = search.next()) {
    Step s;
    s.rate = *rate;
    s.verdict = Verdict::kFail;
    s.reason = "all failed";
    search.add(s);
  }
  EXPECT_EQ(search.steps().size(), 2U);
  const auto found = conclude(search.steps());
  EXPECT_FALSE(found.sustainable);
  EXPECT_NE(found.why.find("all failed"), std::string::npos);
  EXPECT_FALSE(conclude({}).sustainable);
}

TEST(Search, ClientsAreWhole) {
  Search search(10, 1000, true);
  std::vector<double> tried;
  while (const auto clients = search.next()) {
    tried.push_back(*clients);
    Step s;
    s.rate = *clients;
    if (*clients > 61) s.verdict = Verdict::kFail, s.reason = "deliveries went missing";
    search.add(s);
  }
  for (const double n : tried) EXPECT_EQ(n, std::round(n));
  EXPECT_EQ(std::set<double>(tried.begin(), tried.end()).size(), tried.size());
  const auto found = conclude(search.steps(), Unit::kCount);
  EXPECT_GE(*found.sustainable, 58);
  EXPECT_LE(*found.sustainable, 61);
  EXPECT_NE(found.why.find("clients: deliveries went missing"), std::string::npos) << found.why;
}

TEST(Search, StepsThatDecideNothingAreNoMiss) {
  Step s;
  s.rate = s.arrivals = s.completed = 100;
  s.verdict = Verdict::kInconclusive;
  s.reason = "run it longer";
  EXPECT_TRUE(conclude({s, s}).undecided);
  EXPECT_FALSE(conclude({s, s}).sustainable);
  s.verdict = Verdict::kFail;
  EXPECT_FALSE(conclude({s}).undecided);
}

TEST(Search, WhatWasNotKeptUpWithIsNotSustained) {
  Step s;
  s.rate = s.arrivals = 100;
  s.completed = 60;  // the backlog was not seen
  EXPECT_FALSE(is_overloaded(s));
  EXPECT_FALSE(conclude({s}).sustainable);
  s.completed = 99.8;
  EXPECT_TRUE(conclude({s}).sustainable);
  s.rate = s.arrivals = 0.5;  // two of five are on their way
  s.completed = 0.3;
  EXPECT_TRUE(conclude({s}).sustainable);
}

TEST(Overload, NeedsBothALossAndAGrowingBacklog) {
  Step s;
  s.arrivals = 1000;
  s.completed = 900;
  s.backlog = {10, 12, 9, 11, 10, 12, 8, 10};  // lost, but nothing piles up: refused requests
  EXPECT_FALSE(is_overloaded(s));
  s.backlog = {100, 200, 300, 400, 500, 600, 700, 800};
  EXPECT_TRUE(is_overloaded(s));
  s.completed = 980;
  EXPECT_FALSE(is_overloaded(s));
  s.completed = 900;
  s.backlog.resize(4);
  EXPECT_FALSE(is_overloaded(s));
}

TEST(Scaling, SaysWhatLimitsItOrWhyThatCannotBeTold) {
  std::vector<stats::ThroughputAt> turning, contended;
  for (const double n : {1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64}) {
    turning.push_back({n, 1000 * n / (1 + 0.05 * (n - 1) + 0.002 * n * (n - 1))});
    contended.push_back({n, 1000 * n / (1 + 0.1 * (n - 1))});
  }
  EXPECT_NE(scaling_of(turning, 1)->text.find("at 22 at once"), std::string::npos) << scaling_of(turning, 1)->text;
  EXPECT_NE(scaling_of(contended, 1)->text.find("contention 10.0 %"), std::string::npos);
  EXPECT_NE(scaling_of(contended, 1)->text.find("coherency not identifiable"), std::string::npos);
  contended.resize(6);
  EXPECT_NE(scaling_of(contended, 1)->text.find("not identifiable: 6 steps"), std::string::npos);
  contended.resize(3);
  EXPECT_FALSE(scaling_of(contended, 1));
}

}  // namespace
}  // namespace loadstone::capacity

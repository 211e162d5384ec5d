#include "analysis/memory_course.h"

#include <gtest/gtest.h>

#include <cmath>

#include "analysis/service_target.h"
#include "base/random.h"

namespace loadstone::analysis {
namespace {

constexpr double kBase = 20e6;

result::Block block(int second, std::uint64_t connections, double memory) {
  result::Block b;
  b.start = second * 1s;
  b.length = 1s;
  b.connections = connections;
  b.counters["completed"] = 1000;
  b.service.seconds = 1;
  b.service.memory = memory;
  b.service.kernel = 1e6 + 4000.0 * static_cast<double>(connections);
  if (second == 0) {
    b.service.baseline = kBase;
    b.service.kernel_baseline = 1e6;
  }
  return b;
}

// Steps of 500 connections, each held for `held` blocks after one on the way.
template <class Course>
void climb(Course& course, int steps, double bytes, int held, double jump = 0) {
  int second = 0;
  for (int step = 1; step <= steps; ++step) {
    const auto n = static_cast<std::uint64_t>(500 * step);
    // On the way: the connections are there, their memory is not yet.
    course.add(block(second++, n - 250, kBase + bytes * static_cast<double>(n - 500)));
    for (int i = 0; i < held; ++i)
      course.add(block(second++, n, kBase + bytes * static_cast<double>(n) + (step > 6 ? jump : 0)));
  }
}

TEST(MemoryCourse, TheSlopeIsWhatAConnectionCosts) {
  MemoryCourse course;
  climb(course, 6, 4112, 4);
  const auto cost = course.connection_cost();
  ASSERT_TRUE(cost);
  EXPECT_NEAR(cost->bytes, 4112, 0.01);
  EXPECT_NEAR(cost->kernel_bytes, 4000, 0.01);
  EXPECT_EQ(cost->levels, 7U);  // only those that were held, and none
  EXPECT_NEAR(cost->interval.low, 4112, 1);
  EXPECT_NEAR(cost->interval.high, 4112, 1);
}

TEST(MemoryCourse, AnAllocatorsJumpIsNoConnections) {
  MemoryCourse course;
  climb(course, 8, 1000, 4, 2e6);
  const auto cost = course.connection_cost();
  ASSERT_TRUE(cost);
  // 2 MB over 4000 connections would be 500 bytes more by division.
  EXPECT_LT(cost->bytes, 1400);
  EXPECT_GE(cost->bytes, 1000);
  EXPECT_LE(cost->interval.low, 1001);
}

TEST(MemoryCourse, TheWayDownDoesNotCount) {
  MemoryCourse course;
  climb(course, 6, 4112, 4);
  const double top = kBase + 4112.0 * 3000;
  for (int i = 0; i < 20; ++i) course.add(block(100 + i, static_cast<std::uint64_t>(3000 - 100 * i), top));
  EXPECT_NEAR(course.connection_cost()->bytes, 4112, 0.01);
}

metric::Target target(const char* text) { return *metric::parse_target(text); }

TEST(ServiceTarget, OneConnectionCostsLessThan) {
  ServiceUse service;
  climb(service, 6, 4112, 4);
  const auto met = judge_service_target(target("service.memory.per_connection < 5000B"), service);
  ASSERT_TRUE(met);
  EXPECT_EQ(met->verdict, result::Verdict::kPass);
  EXPECT_TRUE(met->low && met->high);
  EXPECT_EQ(judge_service_target(target("service.memory.per_connection < 4000B"), service)->verdict,
            result::Verdict::kFail);
  EXPECT_FALSE(judge_service_target(target("service.memory.peak < 5000B"), service));
}

TEST(ServiceTarget, TwoNumbersPassButNeverFail) {
  ServiceUse service;
  for (int i = 0; i < 5; ++i) service.add(block(i, 100, kBase + 300'000));
  const auto met = judge_service_target(target("service.memory.per_connection < 1MB"), service);
  EXPECT_EQ(met->verdict, result::Verdict::kPass);
  EXPECT_EQ(met->value, 3000);
  EXPECT_FALSE(met->high);
  const auto missed = judge_service_target(target("service.memory.per_connection < 1000B"), service);
  EXPECT_EQ(missed->verdict, result::Verdict::kInconclusive);
  EXPECT_NE(missed->reason.find("in steps"), std::string::npos);
  EXPECT_EQ(judge_service_target(target("service.memory.per_connection < 1MB"), ServiceUse())->verdict,
            result::Verdict::kInconclusive);
}

ServiceUse soak(int minutes, double leak) {
  ServiceUse service;
  Random random(1);
  for (int second = 0; second < minutes * 60; ++second)
    service.add(block(second, 10, kBase + leak * second + 1e5 * random.normal()));
  return service;
}

TEST(ServiceTarget, ALeakIsJudgedByLongSoaksOnly) {
  const auto t = target("service.memory.leak_rate < 5kB/s");
  const auto leaking = judge_service_target(t, soak(25, 20e3));
  EXPECT_EQ(leaking->verdict, result::Verdict::kFail);
  EXPECT_NEAR(*leaking->value, 20e3, 1e3);
  EXPECT_EQ(judge_service_target(t, soak(25, 0))->verdict, result::Verdict::kPass);
  const auto brief = judge_service_target(t, soak(10, 20e3));
  EXPECT_EQ(brief->verdict, result::Verdict::kInconclusive);
  EXPECT_NE(brief->reason.find("20m"), std::string::npos) << brief->reason;
  EXPECT_EQ(judge_service_target(t, soak(1, 20e3))->verdict, result::Verdict::kInconclusive);
}

TEST(ServiceUse, SaysThatMemoryLeaks) {
  const auto rule = [](const ServiceUse& use) {
    const auto found = use.findings();
    return found.empty() ? "" : found.front().rule;
  };
  EXPECT_EQ(rule(soak(25, 20e3)), "memory_leak");
  EXPECT_EQ(rule(soak(25, 0)), "memory_stable");
  EXPECT_EQ(rule(soak(10, 20e3)), "");
}

TEST(MemoryCourse, MemoryOfAMonthIsBounded) {
  MemoryCourse course;
  for (int second = 0; second < 3 * 24 * 3600; second += 10) {
    auto b = block(second, 10, kBase);
    b.length = 10s;
    course.add(b);
  }
  const auto leak = course.leak();
  ASSERT_TRUE(leak);
  EXPECT_EQ(leak->trend, stats::MemoryTrend::kStable);
}

}  // namespace
}  // namespace loadstone::analysis

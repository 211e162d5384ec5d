#include "analysis/service.h"

#include <gtest/gtest.h>

namespace loadstone::analysis {
namespace {

result::Block block(int second, double cpu, double memory) {
  result::Block b;
  b.start = second * 1s;
  b.length = 1s;
  b.measured = second >= 0;
  b.service.seconds = 1;
  b.service.cpu_seconds = cpu;
  b.service.memory = memory;
  b.service.resident = memory;
  b.service.peak = memory + 1;
  b.service.threads = 4;
  b.service.descriptors = 10 + second;
  b.service.context_switches = 100;
  b.service.probe_cpu_seconds = 0.002;
  return b;
}

TEST(ServiceUse, SumsOfTheMeasuredTimeAndTheBaselineBeforeIt) {
  ServiceUse use;
  auto warmup = block(-1, 2.0, 900);
  warmup.service.baseline = 300;
  use.add(warmup);
  use.add(block(0, 0.5, 1000));
  use.add(block(1, 1.5, 800));
  std::map<std::string, double> m;
  use.put(m, 1000);
  EXPECT_DOUBLE_EQ(m.at("service.cpu.mean"), 1.0);
  EXPECT_DOUBLE_EQ(m.at("service.cpu.peak"), 1.5);  // not the warm-up's
  EXPECT_DOUBLE_EQ(m.at("service.cpu.per_request"), 0.002);
  EXPECT_DOUBLE_EQ(m.at("service.memory.baseline"), 300);
  EXPECT_DOUBLE_EQ(m.at("service.memory.peak"), 1001);
  EXPECT_DOUBLE_EQ(m.at("service.memory.growth"), 500);
  EXPECT_DOUBLE_EQ(m.at("service.threads.peak"), 4);
  EXPECT_DOUBLE_EQ(m.at("service.fds.peak"), 11);
  EXPECT_DOUBLE_EQ(m.at("service.context_switches"), 200);
  EXPECT_DOUBLE_EQ(m.at("service.probe.cpu"), 0.002);
}

TEST(ServiceUse, NothingIsClaimedWhenNobodyWatched) {
  ServiceUse use;
  auto unseen = block(0, 1, 1);
  unseen.service = {};
  use.add(unseen);
  std::map<std::string, double> m;
  use.put(m, 1000);
  EXPECT_TRUE(m.empty());
  EXPECT_FALSE(use.was_watched());
}

TEST(ServiceUse, AnInstantIsNoPeak) {
  // Two blocks handed over at once: the second covers a millisecond, in which clocks say anything.
  ServiceUse use;
  use.add(block(0, 0.5, 1000));
  auto instant = block(1, 0.01, 1000);
  instant.service.seconds = 0.001;
  use.add(instant);
  std::map<std::string, double> m;
  use.put(m, 0);
  EXPECT_LT(m.at("service.cpu.peak"), 0.6);
  EXPECT_FALSE(m.contains("service.cpu.per_request"));
}

}  // namespace
}  // namespace loadstone::analysis

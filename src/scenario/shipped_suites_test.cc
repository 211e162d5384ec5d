#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "scenario/load.h"

namespace loadstone::scenario {
namespace {

TEST(ShippedSuites, AllAreWithoutMistakes) {
  std::size_t count = 0;
  for (const auto& entry : std::filesystem::directory_iterator("suites")) {
    if (entry.path().extension() != ".yaml") continue;
    EXPECT_EQ(load_suite(entry.path().string(), {}).problems, "");
    ++count;
  }
  EXPECT_GE(count, 1U);
}

TEST(ShippedSuites, CodeGraphHasTheScenariosThatUsersKnowByName) {
  const auto loaded = load_suite("suites/code-graph.yaml", {});
  ASSERT_TRUE(loaded.suite) << loaded.problems;
  for (const char* name : {"stats_endpoint",
                           "search_endpoint",
                           "traverse_endpoint",
                           "health_endpoint",
                           "scaling_light",
                           "scaling_medium",
                           "scaling_heavy",
                           "scaling_stress",
                           "percentiles_p50",
                           "percentiles_p95",
                           "percentiles_p99",
                           "all_endpoints",
                           "browse",
                           "ws_10_connections",
                           "ws_50_connections",
                           "ws_100_connections",
                           "ws_memory_100_clients",
                           "broadcast_10_clients",
                           "broadcast_50_clients",
                           "broadcast_latency_20_clients",
                           "broadcast_5000_messages",
                           "broadcast_saved_file",
                           "recovery_10_clients_5_cycles",
                           "recovery_50_clients_3_cycles",
                           "metrics_report"}) {
    const auto& all = loaded.suite->scenarios;
    const auto found = std::find_if(all.begin(), all.end(), [&](const Scenario& s) { return s.name == name; });
    ASSERT_NE(found, all.end()) << name;
    EXPECT_FALSE(found->targets.empty()) << name;
  }
}

// 1000 of 1000 and 2500 of 2500 are what the targets promise; the loads must amount to that.
TEST(ShippedSuites, BroadcastsOfCodeGraphExpectAsManyDeliveriesAsTheirTargetsSay) {
  const auto loaded = load_suite("suites/code-graph.yaml", {});
  ASSERT_TRUE(loaded.suite) << loaded.problems;
  std::size_t counted = 0;
  for (const Scenario& s : loaded.suite->scenarios)
    for (const auto& target : s.targets) {
      if (target.metric.name != "broadcast.delivered") continue;
      const auto& load = std::get<AudienceLoad>(s.kind);
      ASSERT_EQ(load.publish.size(), 1U) << s.name;
      EXPECT_EQ(target.limit, static_cast<double>(*load.publish[0].count) * load.stages[0].clients) << s.name;
      ++counted;
    }
  EXPECT_GE(counted, 3U);
}

}  // namespace
}  // namespace loadstone::scenario

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
  for (const char* name :
       {"stats_endpoint", "search_endpoint", "traverse_endpoint", "health_endpoint", "scaling_light", "scaling_medium",
        "scaling_heavy", "scaling_stress", "percentiles_p50", "percentiles_p95", "percentiles_p99", "all_endpoints"}) {
    const auto& all = loaded.suite->scenarios;
    const auto found = std::find_if(all.begin(), all.end(), [&](const Scenario& s) { return s.name == name; });
    ASSERT_NE(found, all.end()) << name;
    EXPECT_FALSE(found->targets.empty()) << name;
  }
}

}  // namespace
}  // namespace loadstone::scenario

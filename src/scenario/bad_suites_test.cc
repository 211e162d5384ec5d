// Every suite in testdata/bad is wrong, and the whole message is in the .txt beside it. After a deliberate change of
// messages: LOADSTONE_UPDATE_GOLDEN=1 scenario_test --gtest_filter='*BadSuites*', then read the difference.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "scenario/load.h"

namespace loadstone::scenario {
namespace {

namespace fs = std::filesystem;

const fs::path kFolder = "src/scenario/testdata/bad";

std::vector<std::string> names() {
  std::vector<std::string> found;
  for (const auto& entry : fs::directory_iterator(kFolder))
    if (entry.path().extension() == ".yaml") found.push_back(entry.path().stem().string());
  std::sort(found.begin(), found.end());
  return found;
}

std::string content(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

TEST(BadSuites, EachIsRefusedWithExactlyTheMessageBesideIt) {
  const bool update = std::getenv("LOADSTONE_UPDATE_GOLDEN") != nullptr;
  ASSERT_GE(names().size(), 80U);
  for (const std::string& name : names()) {
    SCOPED_TRACE(name);
    const fs::path golden = kFolder / (name + ".txt");
    const Loaded loaded = load_suite((kFolder / (name + ".yaml")).string(), {});
    EXPECT_FALSE(loaded.suite);
    ASSERT_FALSE(loaded.problems.empty());
    if (update) std::ofstream(golden, std::ios::binary) << loaded.problems;
    EXPECT_EQ(loaded.problems, content(golden));
  }
}

}  // namespace
}  // namespace loadstone::scenario

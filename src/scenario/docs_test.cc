// Every example of docs/suite-format.md is a suite without mistakes. Blocks marked ```yaml are whole suites, ```yaml
// http the inside of `http:`, and ```yaml websocket that of `websocket:`.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "scenario/load.h"

namespace loadstone::scenario {
namespace {

TEST(Docs, EveryExampleIsWithoutMistakes) {
  const std::string folder = ::testing::TempDir() + "docs_examples";
  std::filesystem::create_directories(folder);
  std::ofstream(folder + "/search.json") << "{}";  // which an example sends
  std::ifstream in("docs/suite-format.md");
  ASSERT_TRUE(in);
  int whole = 0;
  int inside_http = 0;
  int inside_websocket = 0;
  std::size_t number = 0;
  for (std::string line; std::getline(in, line);) {
    ++number;
    const bool is_http = line == "```yaml http";
    const bool is_websocket = line == "```yaml websocket";
    if (line != "```yaml" && !is_http && !is_websocket) continue;
    const std::size_t begins = number;
    std::ostringstream text;
    const bool is_inside = is_http || is_websocket;
    if (is_inside)
      text << "target: http://127.0.0.1:8000\nscenarios:\n  - name: example\n    " << (is_http ? "http" : "websocket")
           << ":\n";
    while (std::getline(in, line) && line != "```") {
      ++number;
      text << (is_inside ? "      " : "") << line << '\n';
    }
    ++number;
    const Loaded loaded = load_suite_text(folder + "/suite.yaml", text.str(), {});
    EXPECT_EQ(loaded.problems, "") << "the example on line " << begins;
    ++(is_http ? inside_http : is_websocket ? inside_websocket : whole);
  }
  EXPECT_GE(whole, 5);
  EXPECT_GE(inside_http, 10);
  EXPECT_GE(inside_websocket, 10);
}

}  // namespace
}  // namespace loadstone::scenario

// Every example of docs/suite-format.md and docs/journeys.md is a suite without mistakes. Blocks marked ```yaml are
// whole suites, ```yaml http the inside of `http:`, and ```yaml websocket that of `websocket:`.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "scenario/load.h"

namespace loadstone::scenario {
namespace {

struct Counts {
  int whole = 0;
  int inside_http = 0;
  int inside_websocket = 0;
};

void check_examples(const std::string& page, Counts& counts) {
  const std::string folder = ::testing::TempDir() + "docs_examples";
  std::filesystem::create_directories(folder);
  // What the examples send.
  std::ofstream(folder + "/search.json") << "{}";
  std::ofstream people(folder + "/people.csv");
  people << "name,password\n";
  for (int i = 0; i < 5; ++i) people << "user" << i << ",secret" << i << '\n';
  people.close();
  std::ofstream(folder + "/orders.jsonl") << "{\"item\": 5}\n";
  std::ifstream in(page);
  ASSERT_TRUE(in);
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
    EXPECT_EQ(loaded.problems, "") << page << ": the example on line " << begins;
    ++(is_http ? counts.inside_http : is_websocket ? counts.inside_websocket : counts.whole);
  }
}

TEST(Docs, EveryExampleIsWithoutMistakes) {
  Counts counts;
  check_examples("docs/suite-format.md", counts);
  EXPECT_GE(counts.whole, 5);
  EXPECT_GE(counts.inside_http, 10);
  EXPECT_GE(counts.inside_websocket, 10);
}

TEST(Docs, EveryExampleOfJourneysIsWithoutMistakes) {
  Counts counts;
  check_examples("docs/journeys.md", counts);
  EXPECT_GE(counts.whole, 1);
  EXPECT_GE(counts.inside_http, 2);
}

}  // namespace
}  // namespace loadstone::scenario

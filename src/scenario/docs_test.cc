// Every example of docs/suite-format.md and docs/journeys.md is a suite without mistakes. Blocks marked ```yaml are
// whole suites, ```yaml http the inside of `http:`; likewise websocket and event_stream.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <string>

#include "scenario/load.h"

namespace loadstone::scenario {
namespace {

// How many examples a page has, by what they are the inside of; "" are whole.
std::map<std::string, int> check_examples(const std::string& page) {
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
  EXPECT_TRUE(in);
  std::map<std::string, int> examples;
  std::size_t number = 0;
  for (std::string line; std::getline(in, line);) {
    ++number;
    if (line != "```yaml" && !line.starts_with("```yaml ")) continue;
    const std::string inside = line.size() > 8 ? line.substr(8) : "";
    const std::size_t begins = number;
    std::ostringstream text;
    if (!inside.empty())
      text << "target: http://127.0.0.1:8000\nscenarios:\n  - name: example\n    " << inside << ":\n";
    while (std::getline(in, line) && line != "```") {
      ++number;
      text << (inside.empty() ? "" : "      ") << line << '\n';
    }
    ++number;
    const Loaded loaded = load_suite_text(folder + "/suite.yaml", text.str(), {});
    EXPECT_EQ(loaded.problems, "") << page << ": the example on line " << begins;
    ++examples[inside];
  }
  return examples;
}

TEST(Docs, EveryExampleIsWithoutMistakes) {
  auto examples = check_examples("docs/suite-format.md");
  EXPECT_GE(examples[""], 5);
  EXPECT_GE(examples["http"], 10);
  EXPECT_GE(examples["websocket"], 10);
  EXPECT_GE(examples["event_stream"], 2);
}

TEST(Docs, EveryExampleOfJourneysIsWithoutMistakes) {
  auto examples = check_examples("docs/journeys.md");
  EXPECT_GE(examples[""], 1);
  EXPECT_GE(examples["http"], 2);
}

}  // namespace
}  // namespace loadstone::scenario

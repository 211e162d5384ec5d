// Every sample of testdata/ gives exactly the outline beside it. OUTLINE_UPDATE=1 writes the outlines anew, to be read
// before they are committed.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>

#include "code_graph/parse/languages/languages.h"
#include "code_graph/parse/outline_text.h"
#include "code_graph/parse/parser.h"

namespace code_graph::parse {
namespace {

// Tests run in the root of the project.
const std::filesystem::path kTestdata = "code_graph/parse/testdata";

std::string contents(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::vector<std::filesystem::path> samples() {
  std::vector<std::filesystem::path> found;
  for (const auto& entry : std::filesystem::directory_iterator(kTestdata)) {
    if (entry.path().extension() != ".outline") found.push_back(entry.path());
  }
  std::ranges::sort(found);
  return found;
}

class Sample : public testing::TestWithParam<std::filesystem::path> {};

TEST_P(Sample, HasTheOutlineBesideIt) {
  const std::string name = GetParam().filename();
  Parser parser;
  const Outline outline = parser.read(name, graph::language_of_path(name), contents(GetParam()));
  const std::filesystem::path beside = GetParam().string() + ".outline";
  if (std::getenv("OUTLINE_UPDATE") != nullptr) std::ofstream(beside) << describe(outline);
  EXPECT_EQ(describe(outline), contents(beside));
}

// Truncated, with bytes changed, with pieces repeated: whatever it is, it ends and the outline holds together.
TEST_P(Sample, SurvivesDamage) {
  const std::string name = GetParam().filename();
  const Language language = graph::language_of_path(name);
  const std::string whole = contents(GetParam());
  std::mt19937 random(42);
  Parser parser;
  for (int round = 0; round < 60; ++round) {
    std::string text = whole;
    const std::size_t at = random() % (text.size() + 1);
    switch (round % 4) {
      case 0:
        text.resize(at);
        break;
      case 1:
        for (int i = 0; i < 20; ++i) text[random() % text.size()] = static_cast<char>(random());
        break;
      case 2:
        text.insert(at, text.substr(random() % text.size(), 200));
        break;
      case 3:
        text.erase(at, random() % 100);
        break;
    }
    const Outline outline = parser.read(name, language, text);
    (void)describe(outline);
    for (const Definition& d : outline.definitions) {
      EXPECT_LE(d.line, d.end_line);
      EXPECT_TRUE(d.parent == kNone || d.parent < outline.definitions.size());
    }
    for (const Site& s : outline.sites) EXPECT_LE(s.target.first + s.target.length, outline.names.size());
  }
}

INSTANTIATE_TEST_SUITE_P(Languages, Sample, testing::ValuesIn(samples()), [](const auto& sample) {
  std::string name = sample.param.filename();
  for (char& c : name) {
    if (!std::isalnum(static_cast<unsigned char>(c))) c = '_';
  }
  return name;
});

TEST(Rules, NameOnlyKindsAndFieldsThatTheGrammarHas) {
  for (const LanguageEntry& entry : language_table()) {
    EXPECT_EQ(unknown_kinds(*entry.rules), std::vector<std::string>{}) << graph::name_of(entry.rules->language);
  }
}

TEST(Rules, EveryLanguageOfTheTableHasASample) {
  for (const LanguageEntry& entry : language_table()) {
    const auto all = samples();
    EXPECT_TRUE(std::ranges::any_of(all, [&](const auto& s) {
      return graph::language_of_path(s.string()) == entry.rules->language && s.string().ends_with(entry.extension);
    })) << graph::name_of(entry.rules->language);
  }
}

}  // namespace
}  // namespace code_graph::parse

// Every format, rendered from one checked-in journal, is compared with its golden file. UPDATE_GOLDEN=1 rewrites them;
// look at the difference before you commit it.
#include "report/report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "analysis/judge.h"
#include "base/format.h"
#include "report/layout.h"
#include "report/words.h"
#include "result/document.h"

namespace loadstone::report {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

const fs::path kTestdata = "src/report/testdata";  // ctest runs in the project's folder
const fs::path kJournal = kTestdata / "journal.ndjson";

const result::RunResult& recorded() {
  static const result::RunResult run = [] {
    auto judged = analysis::judge(kJournal);
    EXPECT_TRUE(judged) << judged.error().message;
    return std::move(*judged);
  }();
  return run;
}

std::string rendered(std::string_view name, const Style& style = {}) {
  const Format* format = find_format(name);
  EXPECT_NE(format, nullptr) << name;
  std::ostringstream out;
  const auto status = format->render({recorded(), kJournal, "results/shop"}, style, out);
  EXPECT_TRUE(status) << status.error().message;
  return out.str();
}

std::string text_of(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

void compare_with_golden(const std::string& text, const fs::path& file) {
  if (std::getenv("UPDATE_GOLDEN") != nullptr) {
    std::ofstream(file, std::ios::binary) << text;
    return;
  }
  EXPECT_EQ(text, text_of(file)) << "differs from " << file << "; UPDATE_GOLDEN=1 rewrites it";
}

class Golden : public testing::TestWithParam<const Format*> {};

TEST_P(Golden, IsAsItWas) {
  compare_with_golden(rendered(GetParam()->name), kTestdata / format("golden.{}", GetParam()->name));
}

std::vector<const Format*> every_format() {
  std::vector<const Format*> found;
  for (const auto& f : formats())
    if (f.name != "html") found.push_back(&f);  // html_test.cc
  return found;
}

INSTANTIATE_TEST_SUITE_P(Formats, Golden, testing::ValuesIn(every_format()),
                         [](const auto& format) { return std::string(format.param->name); });

TEST(Text, NarrowInAsciiAndWithColor) {
  compare_with_golden(rendered("text", {.color = false, .unicode = false, .width = 60}),
                      kTestdata / "golden.text-ascii");
  const std::string colored = rendered("text", {.color = true});
  EXPECT_THAT(colored, HasSubstr("\x1b[31m"));
  EXPECT_THAT(rendered("text"), Not(HasSubstr("\x1b")));
  for (const char c : rendered("text", {.unicode = false})) ASSERT_LT(static_cast<unsigned char>(c), 0x80);
}

TEST(Text, WrappedLinesKeepToTheWidth) {
  std::istringstream lines(rendered("text", {.width = 72}));
  for (std::string line; std::getline(lines, line);)
    if (line.starts_with("      ")) {
      EXPECT_LE(display_width(line), 72U) << line;
    }
}

TEST(Text, TheVerdictIsFirstAndTheCountLast) {
  const std::string text = rendered("text");
  EXPECT_TRUE(text.starts_with("INVALID  shop, before release")) << text.substr(0, 80);
  EXPECT_TRUE(
      text.ends_with("5 scenarios: 1 passed, 1 failed, 2 inconclusive, 1 invalid; results are in results/shop\n"));
}

// A report from the saved document is the same as one from the journal: nothing is computed while rendering.
TEST(Formats, RenderTheSameFromTheSavedDocument) {
  const auto saved = result::read_document(result::write_document(recorded()));
  ASSERT_TRUE(saved) << saved.error().message;
  for (const auto& format : formats()) {
    std::ostringstream out;
    ASSERT_TRUE(format.render({*saved, kJournal, "results/shop"}, {}, out));
    EXPECT_EQ(out.str(), rendered(format.name)) << format.name;
  }
}

TEST(Formats, ANameThatIsNotThereIsNull) { EXPECT_EQ(find_format("pdf"), nullptr); }

TEST(Formats, FilesOfARunAreWritten) {
  std::string pattern = (fs::temp_directory_path() / "loadstone-XXXXXX").string();
  const fs::path folder = mkdtemp(pattern.data());
  ASSERT_TRUE(write_files({recorded(), kJournal, ""}, folder));
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(folder)) names.push_back(entry.path().filename());
  EXPECT_THAT(names,
              testing::UnorderedElementsAre("result.json", "report.html", "summary.md", "junit.xml", "metrics.prom",
                                            "series.csv", "stats_endpoint.hlog", "search___browse.hlog",
                                            "short_one.hlog", "busy_generator.hlog", "never_run.hlog"));
  EXPECT_FALSE(write_files({recorded(), kJournal, ""}, folder / "missing"));
  fs::remove_all(folder);
}

TEST(Formats, AnHlogNeedsTheJournal) {
  std::ostringstream out;
  EXPECT_FALSE(find_format("hlog")->render({recorded(), "", ""}, {}, out));
  EXPECT_FALSE(find_format("hlog")->render({recorded(), "/nonexistent", ""}, {}, out));
}

// What a service sent must not become markup, nor move the cursor.
TEST(Formats, HostileTextIsEscaped) {
  result::RunResult run;
  run.run.suite = "a<b>&\"c\x1b[2J";
  run.scenarios.emplace_back();
  run.scenarios[0].name = "x|y<script>\n\x1b[2J";
  run.scenarios[0].verdict = result::Verdict::kFail;
  run.scenarios[0].notes = {"*bold* \x1b[31m"};
  analysis::sum_up(run);
  for (const auto& format : formats()) {
    if (format.name == "hlog") continue;
    std::ostringstream out;
    ASSERT_TRUE(format.render({run, "", ""}, {}, out));
    EXPECT_THAT(out.str(), Not(HasSubstr("\x1b"))) << format.name;
    if (format.name == "junit" || format.name == "markdown") {
      EXPECT_THAT(out.str(), testing::AnyOf(Not(HasSubstr("<script>")), HasSubstr("\\<script\\>"))) << format.name;
    }
  }
}

// A comment of a pull request has an end: what does not fit is said to be left out.
TEST(Markdown, FitsIntoAComment) {
  result::RunResult run = result::read_document(result::write_document(recorded())).value();
  for (int i = 0; i < 300; ++i) {
    result::ScenarioResult s;
    s.name = format("scenario {}", i);
    s.notes = {std::string(500, 'x')};
    run.scenarios.push_back(std::move(s));
  }
  std::ostringstream out;
  ASSERT_TRUE(find_format("markdown")->render({run, "", ""}, {}, out));
  EXPECT_LT(out.str().size(), 65536U);
  EXPECT_THAT(out.str(), HasSubstr("## ✗ search & browse"));
  EXPECT_THAT(out.str(), testing::EndsWith("scenarios are left out for length.\n"));
}

TEST(Layout, WrapsPadsAndCounts) {
  EXPECT_EQ(display_width("µs ✓"), 4U);
  EXPECT_EQ(pad_left("µs", 4), "  µs");
  EXPECT_EQ(to_ascii("1 µs ✗ ∞ é"), "1 us x inf ?");
  EXPECT_THAT(wrap("one two three four", 9), ElementsAre("one two", "three", "four"));
  EXPECT_THAT(wrap("unbreakable-word a", 5), ElementsAre("unbreakable-word", "a"));
  EXPECT_THAT(table({{"name"}, {"empty"}, {"n", true}}, {{"a", "", "10"}, {"bcdef", "", "5"}}),
              ElementsAre("name    n", "a      10", "bcdef   5"));
}

TEST(Words, ATimeIsShownInUtc) {
  EXPECT_EQ(show_time(1700000000.5), "2023-11-14 22:13:20 UTC");
  EXPECT_EQ(show_time(0), "-");
}

}  // namespace
}  // namespace loadstone::report

// The frame of a run that goes on: from the journal of the golden files, stopped anywhere.
#include "cli/progress.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "base/format.h"
#include "cli/progress_frame.h"
#include "report/layout.h"
#include "result/journal.h"

namespace loadstone::cli {
namespace {

using analysis::SoFar;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

// Plays the journal up to its n-th block.
SoFar played(int blocks) {
  auto reader = result::JournalReader::open("src/report/testdata/journal.ndjson");
  EXPECT_TRUE(reader);
  SoFar so_far(reader->run());
  std::optional<std::size_t> running;
  while (blocks > 0) {
    auto entry = reader->next();
    if (!entry) break;
    if (const auto* block = std::get_if<result::Block>(&*entry)) {
      if (running != block->scenario) so_far.begin(block->scenario);
      running = block->scenario;
      so_far.add(*block);
      --blocks;
    } else {
      so_far.end(std::get<result::ScenarioEnd>(*entry));
    }
  }
  return so_far;
}

result::ScenarioEnd end_of(std::size_t scenario) {
  result::ScenarioEnd end;
  end.scenario = scenario;
  return end;
}

std::string whole(const std::vector<std::string>& lines) {
  std::string text;
  for (const auto& line : lines) text += line + "\n";
  return text;
}

TEST(ProgressFrame, ShowsEveryScenarioAndTheRunningOneInFull) {
  // 25 blocks of the first scenario, 5 of the warm-up of the second, 12 measured.
  const auto lines = progress_frame(played(42), {.width = 80, .height = 24});
  EXPECT_EQ(lines.size(), 12U) << whole(lines);
  EXPECT_EQ(lines[0], "shop, before release  1 of 5 done  about 9 s left");
  EXPECT_EQ(lines[1], "· stats_endpoint   820/s  p50 1.95 ms  p95 3.25 ms  p99 4.06 ms");
  EXPECT_THAT(lines[2], StartsWith("▸ search & browse  ███████████████████░"));
  EXPECT_THAT(lines[2], HasSubstr(" 1 of 2 s"));
  EXPECT_EQ(lines[3], "    requests    240, 10 failed");
  EXPECT_THAT(lines[4], StartsWith("    latency     p50 8.45 ms   p95 14.8 ms"));
  EXPECT_EQ(lines[5], "    throughput  █████████████████  200/s");
  EXPECT_EQ(lines[6], "    p95         ▆▆▆▇▆▆▆█▆▆▇▇▇▇▇▆▇  13.9 ms");
  EXPECT_EQ(lines[7], "    open        10 connections, 1 in flight");
  EXPECT_THAT(lines[8], StartsWith("    generator   31 % busy, lag p99 3.5"));
  EXPECT_EQ(lines[9], "  short_one        2.50 s");
}

TEST(ProgressFrame, KeepsToTheWidthAndTheHeight) {
  for (const int blocks : {0, 1, 28, 42, 90}) {
    const auto so_far = played(blocks);
    for (const int width : {20, 40, 80, 200})
      for (const int height : {3, 6, 12, 24}) {
        const auto lines = progress_frame(so_far, {.width = width, .height = height});
        EXPECT_LE(static_cast<int>(lines.size()), std::max(height - 1, 9)) << whole(lines);
        for (const auto& line : lines) EXPECT_LE(static_cast<int>(report::display_width(line)), width) << line;
      }
  }
}

TEST(ProgressFrame, ShowsTheNeighboursOfTheRunningOneWhenThereAreMany) {
  result::Run run;
  for (int i = 0; i < 100; ++i) {
    run.scenarios.emplace_back().name = format("scenario {}", i);
    run.scenarios.back().planned_seconds = 5;
  }
  SoFar so_far(run);
  so_far.begin(50);
  const auto lines = progress_frame(so_far, {.width = 80, .height = 10});
  EXPECT_EQ(lines.size(), 9U) << whole(lines);
  EXPECT_THAT(whole(lines), HasSubstr("▸ scenario 50"));
  EXPECT_THAT(whole(lines), HasSubstr("scenario 49"));
  EXPECT_THAT(whole(lines), HasSubstr("scenario 51"));
  EXPECT_EQ(lines.back(), "  … 93 more");
}

TEST(ProgressFrame, ShowsTheServiceWhenItIsWatched) {
  // The values come from the series, whoever put them there; here a block without any leaves the line out.
  EXPECT_THAT(whole(progress_frame(played(10), {})), Not(HasSubstr("service")));
}

TEST(ProgressFrame, InPlainLettersWhereTheLocaleHasNoOthers) {
  const auto text = whole(progress_frame(played(42), {.unicode = false}));
  for (const char c : text) ASSERT_LT(static_cast<unsigned char>(c), 0x80) << text;
  EXPECT_THAT(text, HasSubstr("> search & browse"));
  EXPECT_THAT(text, HasSubstr("######"));
  EXPECT_THAT(text, HasSubstr("p95         +++*+++#++*****+*"));
}

TEST(ProgressFrame, ANameCannotMoveTheCursor) {
  result::Run run;
  run.suite = "a\x1b[2Jb";
  run.scenarios.emplace_back().name = "x\n\x1b[1Ay\r";
  SoFar so_far(run);
  so_far.begin(0);
  EXPECT_THAT(whole(progress_frame(so_far, {})), Not(HasSubstr("\x1b")));
  EXPECT_THAT(progress_line(so_far, 0), Not(HasSubstr("\n")));
}

TEST(ProgressFrame, AVerdictIsAMark) {
  auto so_far = played(1000);
  result::RunResult judged;
  judged.scenarios.resize(5);
  judged.scenarios[0].verdict = result::Verdict::kPass;
  judged.scenarios[1].verdict = result::Verdict::kFail;
  so_far.judged(std::move(judged));
  const auto lines = progress_frame(so_far, {.color = true});
  EXPECT_THAT(lines[1], StartsWith("\x1b[32m✓\x1b[0m"));
  EXPECT_THAT(lines[2], StartsWith("\x1b[31m✗\x1b[0m"));
}

TEST(Progress, DrawsOverItselfAndLeavesNothing) {
  std::ostringstream out, err;
  Console console{out, err};
  console.err_is_terminal = true;
  auto so_far = played(30);
  Progress progress(console, so_far);
  progress.begin(1);
  const auto first = err.str();
  EXPECT_THAT(first, HasSubstr("search & browse"));
  EXPECT_EQ(std::count(first.begin(), first.end(), '\n'), 9);
  err.str("");
  progress.end(end_of(1));
  EXPECT_THAT(err.str(), StartsWith("\x1b[?7l\r\x1b[9A"));
  err.str("");
  progress.finish();
  EXPECT_EQ(err.str(), "\r\x1b[9A\x1b[J");
  err.str("");
  progress.finish();
  EXPECT_EQ(err.str(), "");
}

TEST(Progress, IsPlainLinesWhereNothingCanBeDrawn) {
  for (const bool dumb : {false, true}) {
    std::ostringstream out, err;
    Console console{out, err};
    console.err_is_terminal = dumb;
    console.environment = [](std::string_view name) {
      return name == "TERM" ? std::optional<std::string>("dumb") : std::nullopt;
    };
    auto so_far = played(25);
    Progress progress(console, so_far);
    progress.begin(0);
    progress.tick();
    EXPECT_EQ(err.str(), "");  // ten seconds have not passed
    progress.end(end_of(0));
    progress.finish();
    EXPECT_EQ(err.str(),
              "[1/5] stats_endpoint  2 of 2 s  2,050 requests  820/s  p50 1.95 ms  p95 3.25 ms  p99 4.06 ms\n");
  }
}

}  // namespace
}  // namespace loadstone::cli

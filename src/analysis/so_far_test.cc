// What is shown during a run is what the result will say: the journal of the golden files, played block by block.
#include "analysis/so_far.h"

#include <gtest/gtest.h>

#include "analysis/judge.h"
#include "result/document.h"
#include "result/journal.h"

namespace loadstone::analysis {
namespace {

constexpr const char* kJournal = "src/report/testdata/journal.ndjson";

SoFar played() {
  auto reader = result::JournalReader::open(kJournal);
  EXPECT_TRUE(reader);
  SoFar so_far(reader->run());
  std::optional<std::size_t> running;
  while (auto entry = reader->next()) {
    if (const auto* block = std::get_if<result::Block>(&*entry)) {
      if (running != block->scenario) so_far.begin(block->scenario);
      running = block->scenario;
      so_far.add(*block);
    } else {
      so_far.end(std::get<result::ScenarioEnd>(*entry));
    }
  }
  return so_far;
}

TEST(SoFar, SaysAtTheEndWhatTheResultSays) {
  auto judged = judge(kJournal);
  ASSERT_TRUE(judged);
  const auto so_far = played();
  for (std::size_t i = 0; i < judged->scenarios.size(); ++i) {
    const auto& s = judged->scenarios[i];
    if (s.measured_seconds == 0) continue;
    EXPECT_EQ(so_far.stage(i), Stage::kOver);
    EXPECT_EQ(so_far.seconds(i), s.measured_seconds);
    for (const char* metric : {"requests", "rate", "error_rate", "latency.p50", "latency.p99", "status.200"})
      EXPECT_EQ(so_far.metrics(i).at(metric), s.metrics.at(metric)) << s.name << ' ' << metric;
    EXPECT_EQ(so_far.points(i).size(), s.series.size());
    EXPECT_EQ(so_far.points(i).back().values, s.series.back().values);
    EXPECT_FALSE(so_far.verdict(i));
  }
}

TEST(SoFar, TakesTheVerdictsOfWhatIsOver) {
  auto so_far = played();
  auto judged = judge(kJournal);
  ASSERT_TRUE(judged);
  so_far.judged(std::move(*judged));
  EXPECT_EQ(so_far.verdict(0), result::Verdict::kPass);
  EXPECT_EQ(so_far.verdict(1), result::Verdict::kFail);
  EXPECT_EQ(so_far.stage(4), Stage::kWaiting);  // it was never begun
  EXPECT_FALSE(so_far.verdict(4));
  EXPECT_EQ(so_far.result().scenarios[1].targets[0].verdict, result::Verdict::kFail);
}

TEST(SoFar, IsAResultAtAnyTime) {
  auto reader = result::JournalReader::open(kJournal);
  ASSERT_TRUE(reader);
  SoFar so_far(reader->run());
  EXPECT_TRUE(result::read_document(result::write_document(so_far.result())));
  so_far.begin(0);
  EXPECT_TRUE(so_far.metrics(0).empty());
  for (int i = 0; i < 5; ++i) so_far.add(std::get<result::Block>(*reader->next()));
  const auto half = so_far.result();
  EXPECT_EQ(half.scenarios[0].series.size(), 5U);
  EXPECT_GT(half.scenarios[0].metrics.at("requests"), 0);
  EXPECT_EQ(half.scenarios[0].histograms.at("latency").count(), half.scenarios[0].metrics.at("requests"));
  EXPECT_EQ(half.scenarios[0].targets.size(), reader->run().scenarios[0].targets.size());
  EXPECT_TRUE(result::read_document(result::write_document(half)));
}

TEST(SoFar, CanDoWithoutTheHistogramsOfWhatIsOver) {
  auto judged = judge(kJournal);
  ASSERT_TRUE(judged);
  auto so_far = played();
  EXPECT_FALSE(so_far.result().scenarios[0].histograms.empty());
  so_far.drop_histograms();
  so_far.judged(std::move(*judged));
  EXPECT_TRUE(so_far.result().scenarios[0].histograms.empty());
  EXPECT_GT(so_far.metrics(0).at("latency.p95"), 0);
}

TEST(SoFar, KeepsABoundedNumberOfPoints) {
  result::Run run;
  run.scenarios.emplace_back().name = "long";
  SoFar so_far(run);
  so_far.begin(0);
  for (int i = 0; i < 700; ++i) {
    result::Block block;
    block.start = i * Nanoseconds(1s);
    block.length = 1s;
    block.counters["completed"] = 5;
    so_far.add(block);
  }
  ASSERT_EQ(so_far.points(0).size(), SoFar::kMostPoints);
  EXPECT_EQ(so_far.points(0).back().start, 699);
  EXPECT_EQ(so_far.points(0).back().values.at("rate"), 5);
}

}  // namespace
}  // namespace loadstone::analysis

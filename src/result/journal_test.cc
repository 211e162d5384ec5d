#include "result/journal.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>
#include <cstdlib>
#include <fstream>
#include <sstream>

namespace loadstone::result {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class Folder {
 public:
  Folder() {
    std::string pattern = (fs::temp_directory_path() / "loadstone-XXXXXX").string();
    path = mkdtemp(pattern.data());
  }
  ~Folder() { fs::remove_all(path); }
  fs::path path;
};

Run one_run() {
  Run run;
  run.suite = "shop";
  run.seed = UINT64_MAX;
  run.environment = {{"cpu", "with \xff a bad byte"}};
  PlannedScenario s;
  s.name = "stats";
  s.kind = "http";
  s.closed_loop = true;
  s.steps = {"GET /"};
  s.targets = {*metric::parse_target("latency.p95 < 50ms"), *metric::parse_target("rate > 10/s")};
  run.scenarios = {s};
  return run;
}

Block one_block(int second) {
  Block b;
  b.start = second * 1s;
  b.length = 1s;
  b.measured = second >= 0;
  b.counters = {{"requests", 100}, {"failures", 0}, {"step.GET /.requests", 100}};
  b.histograms["latency"].record_many(3ms, 99);
  b.histograms["latency"].record(1234567ns);
  b.histograms["lag"];
  b.exceedances = {{100, 3, 2}, {}};
  b.in_flight = 7;
  b.waiting = 8;
  b.connections = 10;
  b.generator.busiest_shard = 0.25;
  b.generator.no_ports = 2;
  return b;
}

std::string text_of(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

// A whole journal of three seconds, as text.
std::string whole_journal() {
  const Folder folder;
  auto writer = JournalWriter::create(folder.path, one_run());
  EXPECT_TRUE(writer);
  const std::vector<Block> blocks = [] {
    std::vector<Block> made;
    for (int i = -1; i < 2; ++i) made.push_back(one_block(i));
    return made;
  }();
  EXPECT_TRUE(writer->append(blocks));
  EXPECT_TRUE(writer->append(ScenarioEnd{0, 2.0, false, "", {"two of them"}, {}}));
  EXPECT_TRUE(writer->finish(false));
  EXPECT_TRUE(writer->sync());
  return text_of(folder.path / kJournalFile);
}

struct Found {
  std::vector<Block> blocks;
  std::vector<ScenarioEnd> ends;
  bool complete = false;
  std::vector<std::string> losses;
};

Found read_all(const std::string& text) {
  auto reader = JournalReader::read(std::make_unique<std::istringstream>(text), "j");
  EXPECT_TRUE(reader) << reader.error().message;
  Found found;
  while (auto entry = reader->next()) {
    if (auto* block = std::get_if<Block>(&*entry)) found.blocks.push_back(std::move(*block));
    if (auto* end = std::get_if<ScenarioEnd>(&*entry)) found.ends.push_back(*end);
  }
  found.complete = reader->complete();
  found.losses = reader->losses();
  return found;
}

TEST(Journal, WhatIsWrittenIsRead) {
  auto reader = JournalReader::read(std::make_unique<std::istringstream>(whole_journal()), "j");
  ASSERT_TRUE(reader) << reader.error().message;
  EXPECT_EQ(reader->run().seed, UINT64_MAX);
  EXPECT_EQ(reader->run().scenarios[0].targets[0].expression, "latency.p95 < 50ms");
  EXPECT_TRUE(reader->run().scenarios[0].closed_loop);
  EXPECT_THAT(reader->run().environment.at("cpu"), HasSubstr("a bad byte"));
  const Found found = read_all(whole_journal());
  ASSERT_EQ(found.blocks.size(), 3U);
  EXPECT_FALSE(found.blocks[0].measured);
  const Block& b = found.blocks[1];
  EXPECT_EQ(b.start, 0s);
  EXPECT_EQ(b.length, 1s);
  // A counter of zero and an empty histogram are left out.
  EXPECT_THAT(b.counters, ElementsAre(std::pair<const std::string, std::uint64_t>("requests", 100),
                                      std::pair<const std::string, std::uint64_t>("step.GET /.requests", 100)));
  EXPECT_EQ(b.histograms.size(), 1U);
  const auto& latency = b.histograms.at("latency");
  EXPECT_EQ(latency.count(), 100U);
  EXPECT_EQ(latency.exact().min_ns, 1234567);
  EXPECT_EQ(latency.exact().sum_ns, one_block(0).histograms.at("latency").exact().sum_ns);
  EXPECT_EQ(b.exceedances.at(0).above_without_lag, 2U);
  EXPECT_EQ(b.in_flight, 7U);
  EXPECT_EQ(b.waiting, 8U);
  EXPECT_EQ(b.generator.busiest_shard, 0.25);
  EXPECT_EQ(b.generator.no_ports, 2U);
  ASSERT_EQ(found.ends.size(), 1U);
  EXPECT_THAT(found.ends[0].notes, ElementsAre("two of them"));
  EXPECT_TRUE(found.complete);
  EXPECT_THAT(found.losses, IsEmpty());
}

TEST(Journal, OnlyWantedHistogramsAreDecoded) {
  auto reader = JournalReader::read(std::make_unique<std::istringstream>(whole_journal()), "j");
  auto entry = reader->next([](std::string_view family) { return family != "latency"; });
  EXPECT_THAT(std::get<Block>(*entry).histograms, IsEmpty());
}

// Cut anywhere after its first line, a journal is still read: every whole line before the cut, and told that it is
// partial.
TEST(Journal, CutAnywhereItIsPartialNeverLost) {
  const std::string whole = whole_journal();
  for (std::size_t cut = whole.find('\n') + 1; cut < whole.size(); ++cut) {
    const Found found = read_all(whole.substr(0, cut));
    const auto lines =
        static_cast<std::size_t>(std::count(whole.begin(), whole.begin() + static_cast<long>(cut), '\n'));
    EXPECT_EQ(found.blocks.size() + found.ends.size(), std::min<std::size_t>(lines - 1, 4)) << cut;
    EXPECT_FALSE(found.complete);
    EXPECT_FALSE(found.losses.empty());
  }
}

TEST(Journal, LinesThatAreNotOursAreLeftOutAndTold) {
  std::string text = whole_journal();
  const auto second = text.find('\n') + 1;
  text.insert(
      second,
      "garbage\n{\"block\":{\"scenario\":9,\"start_ns\":0,\"length_ns\":1}}\n{}\n[]\n"
      "{\"block\":{\"scenario\":0,\"start_ns\":0,\"length_ns\":1,\"counters\":{\"requests\":-1}}}\n"
      "{\"block\":{\"scenario\":0,\"start_ns\":0,\"length_ns\":1,\"exceedances\":[[1,2,0]]}}\n"
      "{\"block\":{\"scenario\":0,\"start_ns\":0,\"length_ns\":1,\"histograms\":{\"latency\":{\"v2\":\"AAAA\"}}}}\n");
  const Found found = read_all(text);
  EXPECT_EQ(found.blocks.size(), 3U);
  ASSERT_EQ(found.losses.size(), 1U);
  EXPECT_THAT(found.losses[0],
              HasSubstr("7 lines of j could not be understood and are left out (first: line 2: not JSON)"));
}

TEST(Journal, AFileThatIsNoJournalIsRefusedWithTheReason) {
  const auto why = [](const std::string& text) {
    const auto reader = JournalReader::read(std::make_unique<std::istringstream>(text), "j");
    return reader ? std::string("accepted") : reader.error().message;
  };
  EXPECT_THAT(why(""), HasSubstr("first line"));
  EXPECT_THAT(why("{}\n"), HasSubstr("its schema is ''"));
  EXPECT_THAT(why("{\"schema\":\"loadstone-journal/2\",\"run\":{}}\n"), HasSubstr("this loadstone reads"));
  EXPECT_THAT(why("{\"schema\":\"loadstone-journal/1\",\"run\":{}}\n"), HasSubstr("run.scenarios is missing"));
  EXPECT_THAT(
      why("{\"schema\":\"loadstone-journal/1\",\"run\":{\"scenarios\":[{\"name\":\"a\",\"targets\":[\"x < 1\"]}]}}\n"),
      HasSubstr("there is no metric 'x'"));
  EXPECT_FALSE(JournalReader::open("/nonexistent/journal.ndjson"));
}

// A disk that is full: the append fails, the file keeps its whole lines, and the same blocks can be appended later.
TEST(Journal, AFullDiskIsAnErrorAndLeavesWholeLines) {
  const Folder folder;
  auto writer = JournalWriter::create(folder.path, one_run());
  ASSERT_TRUE(writer);
  std::vector<Block> blocks;
  blocks.push_back(one_block(0));
  ASSERT_TRUE(writer->append(blocks));
  const std::string before = text_of(writer->file());

  rlimit was{};
  getrlimit(RLIMIT_FSIZE, &was);
  const auto action = std::signal(SIGXFSZ, SIG_IGN);
  // Room for a part of the next line only: the kernel writes that part, then refuses.
  const rlimit small{before.size() + 40, was.rlim_max};
  setrlimit(RLIMIT_FSIZE, &small);
  const auto status = writer->append(blocks);
  setrlimit(RLIMIT_FSIZE, &was);
  std::signal(SIGXFSZ, action);

  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, ErrorCode::kLimit);
  EXPECT_EQ(text_of(writer->file()), before);
  ASSERT_TRUE(writer->append(blocks));
  ASSERT_TRUE(writer->finish(true));
  const Found found = read_all(text_of(writer->file()));
  EXPECT_EQ(found.blocks.size(), 2U);
  EXPECT_TRUE(found.complete);
}

TEST(Block, AddingShardsAddsCountsAndKeepsTheBusiest) {
  Block a = one_block(0);
  Block b = one_block(0);
  b.generator.busiest_shard = 0.5;
  b.counters["status.200"] = 5;
  a.add(b);
  EXPECT_EQ(a.counters.at("requests"), 200U);
  EXPECT_EQ(a.counters.at("status.200"), 5U);
  EXPECT_EQ(a.histograms.at("latency").count(), 200U);
  EXPECT_EQ(a.exceedances[0].above, 6U);
  EXPECT_EQ(a.in_flight, 14U);
  EXPECT_EQ(a.generator.busiest_shard, 0.5);
  EXPECT_EQ(a.generator.no_ports, 4U);
}

}  // namespace
}  // namespace loadstone::result

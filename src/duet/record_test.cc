#include "duet/record.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>

namespace loadstone::duet {
namespace {

namespace fs = std::filesystem;

struct Folder {
  Folder() {
    std::string pattern = (fs::temp_directory_path() / "loadstone-XXXXXX").string();
    path = mkdtemp(pattern.data());
  }
  ~Folder() { fs::remove_all(path); }
  fs::path path;
};

MeasuredPair pair_number(int i) {
  MeasuredPair p;
  p.pair.log_ratio = {{"latency.p50", 0.1 / 3 * i}, {"rate", -1e-17}};
  p.pair.a = {{"latency.p50", 0.001}, {"rate", 99.9}};
  p.pair.b = {{"latency.p50", 0.0011}, {"rate", 100}};
  p.pair.a_errors = {1, 200};
  p.pair.b_errors = {0, 201};
  p.times = {{{0.001, 150}, {0.0020000000000000005, 50}}, {{0.5, 201}}};
  return p;
}

TEST(Record, ALineKeepsEveryBit) {
  const auto p = pair_number(7);
  const auto back = from_line(to_line(p));
  ASSERT_TRUE(back) << back.error().message;
  EXPECT_EQ(back->pair.log_ratio, p.pair.log_ratio);
  EXPECT_EQ(back->pair.a, p.pair.a);
  EXPECT_EQ(back->pair.b, p.pair.b);
  EXPECT_EQ(back->pair.a_errors.events, 1U);
  EXPECT_EQ(back->pair.b_errors.size, 201U);
  ASSERT_EQ(back->times.a.size(), 2U);
  EXPECT_EQ(back->times.a[1].upper, p.times.a[1].upper);
  EXPECT_EQ(back->times.b[0].count, 201U);
  EXPECT_FALSE(from_line("latency.p50=1:x:3"));
  EXPECT_FALSE(from_line("latency.p50=nan:1:3"));
  EXPECT_FALSE(from_line("times.a=1:2,3"));
}

TEST(Record, GoesOnWhereItStopped) {
  const Folder folder;
  {
    auto record = Record::open(folder.path, "old and new", false);
    ASSERT_TRUE(record);
    EXPECT_EQ(record->found(), 0U);
    for (int i = 0; i < 3; ++i) ASSERT_TRUE(record->append(pair_number(i)));
  }
  std::ofstream(folder.path / kPairsFile, std::ios::app) << "latency.p50=0.1:0.";  // torn
  auto record = Record::open(folder.path, "old and new", false);
  ASSERT_TRUE(record) << record.error().message;
  ASSERT_EQ(record->found(), 3U);
  EXPECT_EQ(record->pairs()[2].pair.log_ratio, pair_number(2).pair.log_ratio);
  ASSERT_TRUE(record->append(pair_number(3)));
  record = Record::open(folder.path, "old and new", false);
  ASSERT_TRUE(record) << record.error().message;
  EXPECT_EQ(record->found(), 4U);
}

TEST(Record, OfAnotherComparisonIsRefused) {
  const Folder folder;
  {
    auto record = Record::open(folder.path, "old and new", false);
    ASSERT_TRUE(record && record->append(pair_number(0)));
  }
  EXPECT_FALSE(Record::open(folder.path, "old and newer", false));
  const auto fresh = Record::open(folder.path, "old and newer", true);
  ASSERT_TRUE(fresh);
  EXPECT_EQ(fresh->found(), 0U);
}

TEST(Record, WithoutAFolderNothingIsKept) {
  auto record = Record::open({}, "x", false);
  ASSERT_TRUE(record && record->append(pair_number(0)));
  EXPECT_EQ(record->pairs().size(), 1U);
}

}  // namespace
}  // namespace loadstone::duet

#include "ledger/wall_time.h"

#include <gtest/gtest.h>

namespace loadstone::ledger {
namespace {

constexpr std::int64_t kThen = 1'700'000'000'250'000'000;  // 2023-11-14T22:13:20.25Z

std::int64_t read(std::string_view text) {
  const auto time = parse_wall_time(text);
  return time ? time->count() : -1;
}

TEST(WallTime, TellsTheUnitOfANumberByItsSize) {
  EXPECT_EQ(read("1700000000"), 1'700'000'000'000'000'000);
  EXPECT_EQ(read("1700000000250"), kThen);
  EXPECT_EQ(read("1700000000250000"), kThen);
  EXPECT_EQ(read("1700000000250000000"), kThen);
  EXPECT_EQ(read("0"), 0);
  EXPECT_EQ(read("9999999999"), -1);  // in seconds beyond 2262
  EXPECT_EQ(read("9000000000"), 9'000'000'000'000'000'000);
  EXPECT_EQ(read("100000000000"), 100'000'000'000'000'000);  // the first in milliseconds: 1973
}

TEST(WallTime, TakesFractionsOfAnyUnit) {
  EXPECT_EQ(read("1700000000.25"), kThen);
  EXPECT_EQ(read("1700000000.250000001"), kThen + 1);
  EXPECT_EQ(read("1700000000.2500000019999"), kThen + 1);
  EXPECT_EQ(read("1700000000250.5"), kThen + 500'000);
  EXPECT_EQ(read("1700000000250000.125"), kThen + 125);
  EXPECT_EQ(read("1700000000250000000.9"), kThen);
  EXPECT_NEAR(static_cast<double>(read("1.70000000025e9")), static_cast<double>(kThen), 256);
  EXPECT_EQ(read("1.7e9"), 1'700'000'000'000'000'000);
}

TEST(WallTime, ReadsRfc3339) {
  for (const char* text :
       {"2023-11-14T22:13:20.25Z", "2023-11-14t22:13:20.250z", "2023-11-14 22:13:20.25+00:00",
        "2023-11-15T00:13:20.250000+02:00", "2023-11-14T16:43:20.2500000000000-05:30", "2023-11-14T22:13:20,25Z"})
    EXPECT_EQ(read(text), kThen) << text;
  EXPECT_EQ(read("1970-01-01T00:00:00Z"), 0);
  EXPECT_EQ(read("2024-02-29T12:00:00Z"), 1'709'208'000'000'000'000);
  EXPECT_EQ(read("2016-12-31T23:59:60Z"), 1'483'228'800'000'000'000);  // a leap second is the next one
  EXPECT_EQ(read("2262-04-11T23:47:16Z"), 9'223'372'036'000'000'000);
}

TEST(WallTime, RefusesWhatIsNeither) {
  for (const char* text : {"",
                           "-1",
                           "-0",
                           "+1",
                           "abc",
                           "12x",
                           "1.",
                           "1.x",
                           ".5",
                           "1.5.5",
                           "1e",
                           "1e99",
                           "3e13",
                           "9.3e18",
                           "99999999999999999999",
                           "2023-11-14",
                           "2023-11-14T22:13:20",
                           "2023-11-14T22:13Z",
                           "2023-13-14T22:13:20Z",
                           "2023-02-29T22:13:20Z",
                           "2023-11-14T24:13:20Z",
                           "2023-11-14T22:60:20Z",
                           "2023-11-14T22:13:61Z",
                           "2023-11-14T22:13:20.Z",
                           "2023-11-14T22:13:20Zx",
                           "2023-11-14T22:13:20+0200",
                           "2023-11-14T22:13:20+24:00",
                           "1969-12-31T23:59:59Z",
                           "2263-01-01T00:00:00Z",
                           "2023-1-14T22:13:20Z",
                           "20231114T221320Z",
                           "inf",
                           "nan"})
    EXPECT_FALSE(parse_wall_time(text).has_value()) << text;
}

}  // namespace
}  // namespace loadstone::ledger

#include "base/units.h"

#include <gtest/gtest.h>

#include <array>

namespace loadstone {
namespace {

TEST(Units, DurationsAreReadInEveryUnitAndInSequence) {
  EXPECT_EQ(parse_duration("250ms"), Nanoseconds(250ms));
  EXPECT_EQ(parse_duration(" 5s "), Nanoseconds(5s));
  EXPECT_EQ(parse_duration("1m30s"), Nanoseconds(90s));
  EXPECT_EQ(parse_duration("1.5h"), Nanoseconds(90min));
  EXPECT_EQ(parse_duration("40us"), Nanoseconds(40us));
  EXPECT_EQ(parse_duration("40µs"), Nanoseconds(40us));
  EXPECT_EQ(parse_duration("0"), Nanoseconds(0));
}

TEST(Units, DurationsWithoutUnitOrWithNonsenseAreRefused) {
  for (const char* bad : {"", "5", "ms", "-5s", "5x", "5s!", "nan s", "inf s", "1e300s", "5 s 3"})
    EXPECT_FALSE(parse_duration(bad)) << bad;
  EXPECT_NE(parse_duration("5").error().message.find("unit is missing"), std::string::npos);
}

TEST(Units, RatesCountsBytesAndShares) {
  EXPECT_DOUBLE_EQ(*parse_rate("10k/s"), 10000);
  EXPECT_DOUBLE_EQ(*parse_rate("600/m"), 10);
  EXPECT_DOUBLE_EQ(*parse_rate("500"), 500);
  EXPECT_FALSE(parse_rate("500/x"));
  EXPECT_DOUBLE_EQ(*parse_count("2.5k"), 2500);
  EXPECT_FALSE(parse_count("2.5ms"));
  EXPECT_DOUBLE_EQ(*parse_bytes("1.5GiB"), 1.5 * 1024 * 1024 * 1024);
  EXPECT_DOUBLE_EQ(*parse_bytes("10MB"), 1e7);
  EXPECT_DOUBLE_EQ(*parse_ratio("95%"), 0.95);
  EXPECT_DOUBLE_EQ(*parse_ratio("0.95"), 0.95);
}

TEST(Units, QuantitiesAreShownWithThreeFigures) {
  EXPECT_EQ(show_quantity(0.00125, Unit::kSeconds), "1.25 ms");
  EXPECT_EQ(show_quantity(0.0009996, Unit::kSeconds), "1.00 ms");
  EXPECT_EQ(show_quantity(90, Unit::kSeconds), "1m30s");
  EXPECT_EQ(show_quantity(10246.8, Unit::kPerSecond), "10.2k/s");
  EXPECT_EQ(show_quantity(0.9998, Unit::kRatio), "99.98 %");
  EXPECT_EQ(show_quantity(1, Unit::kRatio), "100 %");
  EXPECT_EQ(show_quantity(0, Unit::kRatio), "0 %");
  EXPECT_EQ(show_quantity(0.999999, Unit::kRatio), "99.999900 %");
  EXPECT_EQ(show_quantity(41.34e6, Unit::kBytes), "41.3 MB");
  EXPECT_EQ(show_quantity(1234567, Unit::kCount), "1,234,567");
  EXPECT_EQ(show_duration(5s), "5 s");
  EXPECT_EQ(show_duration(200ms), "200 ms");
}

TEST(Units, ANearWordIsSuggestedAndAFarOneIsNot) {
  constexpr std::array<std::string_view, 3> kWords = {"concurrency", "duration", "rate"};
  EXPECT_EQ(nearest_word("concurency", kWords), "concurrency");
  EXPECT_EQ(nearest_word("dura", kWords), "");
  EXPECT_EQ(nearest_word("raet", kWords), "rate");
  EXPECT_EQ(nearest_word("zebra", kWords), "");
  EXPECT_EQ(edit_distance("ab", "ba"), 1U);
}

}  // namespace
}  // namespace loadstone

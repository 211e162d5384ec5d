#include "base/log.h"

#include <gtest/gtest.h>

namespace loadstone {
namespace {

TEST(LogLine, QuotesTextAndWritesNumbersPlain) {
  LogLine line(LogLevel::kWarning, "a \"b\"\nc");
  line.field("port", 80).field("path", "x=y").field("part", 0.5);
  const std::string& text = line.text();
  EXPECT_TRUE(text.starts_with("ts=2")) << text;
  EXPECT_NE(text.find(R"(Z level=warning msg="a \"b\"\nc" port=80 path="x=y" part=0.5)"), std::string::npos) << text;
  EXPECT_EQ(text.find('\n'), std::string::npos);
}

}  // namespace
}  // namespace loadstone

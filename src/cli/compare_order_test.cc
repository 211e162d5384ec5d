#include "cli/compare_order.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "cli/limit_order.h"

namespace loadstone::cli {
namespace {

using testing::Contains;
using testing::HasSubstr;

struct Screen {
  std::ostringstream out, err;
  Console console{out, err};
};

std::vector<std::string> mistakes_of(std::vector<std::string> words) {
  Screen screen;
  const auto order = parse_compare(screen.console, words);
  return order ? std::vector<std::string>{} : order.error().mistakes;
}

TEST(CompareOrder, SavedResultsWithMargins) {
  Screen screen;
  const std::vector<std::string> words{"old",  "new", "--margin", "latency.p95=15%", "--on-inconclusive",
                                       "pass", "-o",  "out"};
  const auto order = parse_compare(screen.console, words);
  ASSERT_TRUE(order) << order.error().mistakes.front();
  EXPECT_EQ(order->a, "old");
  EXPECT_EQ(order->b, "new");
  EXPECT_FALSE(order->is_live);
  EXPECT_EQ(order->margins.at("latency.p95"), 0.15);
  EXPECT_EQ(order->on_inconclusive, OnInconclusive::kPass);
  EXPECT_EQ(order->out, "out");
}

TEST(CompareOrder, ThePageGoesWhereItIsAskedFor) {
  const auto page_of = [](std::vector<std::string> words) {
    Screen screen;
    const auto order = parse_compare(screen.console, words);
    return order ? order->page : order.error().mistakes.front();
  };
  EXPECT_EQ(page_of({"a", "b"}), "");
  EXPECT_EQ(page_of({"--html", "a", "b"}), "comparison.html");
  EXPECT_EQ(page_of({"a", "b", "--html", "-o", "out"}), "");
  EXPECT_EQ(page_of({"a", "b", "--html=both.html", "-o", "out"}), "both.html");
}

TEST(CompareOrder, FurtherResultsAreOnlyDrawn) {
  Screen screen;
  const std::vector<std::string> words{"a", "b", "c", "d", "--html"};
  const auto order = parse_compare(screen.console, words);
  ASSERT_TRUE(order) << order.error().mistakes.front();
  EXPECT_EQ(order->b, "b");
  EXPECT_THAT(order->beside, testing::ElementsAre("c", "d"));
  EXPECT_THAT(mistakes_of({"a", "b", "c"}), Contains(HasSubstr("add --html")));
  EXPECT_THAT(mistakes_of({"1", "2", "3", "4", "5", "6", "7", "--html"}),
              Contains(HasSubstr("at most 6 results, not 7")));
  EXPECT_THAT(mistakes_of({"http://a", "http://b", "http://c", "--live", "--html"}),
              Contains(HasSubstr("two things to compare")));
}

TEST(CompareOrder, TwoBuildsLive) {
  Screen screen;
  const std::vector<std::string> words{"--live",
                                       "old --port {port}",
                                       "http://127.0.0.1:81/",
                                       "-r",
                                       "300",
                                       "--request",
                                       "POST /x",
                                       "--max-pairs",
                                       "30",
                                       "-b",
                                       "{}",
                                       "-H",
                                       "A: b",
                                       "--ready",
                                       "/health",
                                       "--design",
                                       "turns",
                                       "--trial",
                                       "500ms"};
  const auto order = parse_compare(screen.console, words);
  ASSERT_TRUE(order) << order.error().mistakes.front();
  EXPECT_TRUE(order->is_live);
  EXPECT_EQ(order->build_a.service.command.back(), "{port}");
  EXPECT_EQ(order->build_a.service.ready_target, "/health");
  EXPECT_EQ(order->build_b.url->port, 81);
  EXPECT_EQ(order->design, compare::Design::kInterleaved);
  EXPECT_EQ(order->most_pairs, 30U);
  EXPECT_EQ(order->trial_length, 500ms);
  ASSERT_EQ(order->loads.size(), 1U);
  const auto& http = std::get<scenario::HttpLoad>(order->loads[0].kind);
  EXPECT_EQ(http.requests[0].method, "POST");
  EXPECT_EQ(http.requests[0].body, "{}");
  EXPECT_EQ(http.requests[0].headers[0].name, "A");
  EXPECT_EQ(std::get<scenario::OpenLoad>(http.load).stages[0].from, 300);
}

TEST(CompareOrder, MistakesAreNamed) {
  EXPECT_THAT(mistakes_of({"one"}), Contains(HasSubstr("two things to compare")));
  EXPECT_THAT(mistakes_of({"a", "b", "--margin", "latency.p96=5%"}), Contains(HasSubstr("latency.p95")));
  EXPECT_THAT(mistakes_of({"a", "b", "--margin", "latency.p95=0"}), Contains(HasSubstr("between 0 and 100 %")));
  EXPECT_THAT(mistakes_of({"a", "b", "-r", "5"}), Contains(HasSubstr("--live")));
  EXPECT_THAT(mistakes_of({"a", "b", "--live"}), Contains(HasSubstr("{port}")));
  EXPECT_THAT(mistakes_of({"http://a", "http://b", "--live", "--max-pairs", "500"}),
              Contains(HasSubstr("from 8 to 120")));
  EXPECT_THAT(mistakes_of({"http://a", "http://b", "--live", "--suite", "x", "--request", "/"}),
              Contains(HasSubstr("exclude each other")));
  EXPECT_THAT(mistakes_of({"http://a", "http://b", "--live", "--design", "trio"}),
              Contains(HasSubstr("auto, duet or turns")));
}

std::vector<std::string> limit_mistakes_of(std::vector<std::string> words) {
  Screen screen;
  const auto order = parse_limit(screen.console, words);
  return order ? std::vector<std::string>{} : order.error().mistakes;
}

TEST(LimitOrder, TheSearchDecidesTheLoad) {
  Screen screen;
  const std::vector<std::string> words{"http://127.0.0.1:1/x",
                                       "--slo",
                                       "latency.p95 < 50ms",
                                       "--slo",
                                       "requests > 5",
                                       "--step",
                                       "2s",
                                       "--settle",
                                       "0",
                                       "--max-rate",
                                       "1k",
                                       "--users",
                                       "16"};
  const auto order = parse_limit(screen.console, words);
  ASSERT_TRUE(order) << order.error().mistakes.front();
  // Counts of a run say nothing about a rate; errors are always watched.
  ASSERT_EQ(order->load.targets.size(), 2U);
  EXPECT_EQ(order->load.targets[0].metric.name, "latency.p95");
  EXPECT_EQ(order->load.targets[1].expression, "error_rate < 1%");
  EXPECT_EQ(order->step, 2s);
  EXPECT_EQ(order->settle, 0s);
  EXPECT_EQ(order->most_rate, 1000);
  EXPECT_EQ(order->most_users, 16);
  EXPECT_THAT(limit_mistakes_of({"http://a/", "--rate", "5"}), Contains(HasSubstr("the search decides")));
  EXPECT_THAT(limit_mistakes_of({"http://a/", "--format", "junit"}), Contains(HasSubstr("text or json")));
  EXPECT_FALSE(limit_mistakes_of({}).empty());
}

}  // namespace
}  // namespace loadstone::cli

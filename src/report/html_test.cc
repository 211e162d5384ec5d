// The page and the results in it. What the page makes of them is for tests/browser to see.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "analysis/judge.h"
#include "report/page.h"
#include "report/report.h"
#include "result/document.h"

namespace loadstone::report {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::Not;

std::string page_of(const Source& source) {
  std::ostringstream out;
  EXPECT_TRUE(find_format("html")->render(source, {}, out));
  return out.str();
}

std::string page_with(const Page& content) {
  std::ostringstream out;
  write_page(content, out);
  return out.str();
}

// What a browser takes for the content of the element: everything up to the first "</script".
std::string results_of(const std::string& page) {
  const std::string begin = "<script id=\"results\" type=\"application/json\">";
  const auto at = page.find(begin);
  EXPECT_NE(at, std::string::npos);
  return page.substr(at + begin.size(), page.find("</script", at) - at - begin.size());
}

result::RunResult golden() {
  auto run = result::read_document_file("src/report/testdata/golden.json");
  EXPECT_TRUE(run) << run.error().message;
  return std::move(*run);
}

TEST(Html, HoldsTheWholeDocument) {
  const auto run = golden();
  const auto page = page_of({run, "", ""});
  EXPECT_TRUE(page.starts_with("<!doctype html>"));
  EXPECT_THAT(page, Not(HasSubstr(kResultsMark)));
  std::ifstream file("src/report/testdata/golden.json");
  EXPECT_EQ(json::parse(results_of(page))["results"][0]["result"], json::parse(file));
}

TEST(Html, FetchesNothing) {
  const std::string all(page());
  EXPECT_EQ(all.find(kResultsMark), all.rfind(kResultsMark));
  for (const char* outside :
       {"src=\"http", "src='http", "<link rel=\"stylesheet", "@import", "url(http", "<script src"})
    EXPECT_THAT(all, Not(HasSubstr(outside)));
}

// Whatever a suite or a service calls itself, it neither ends the element nor breaks the JSON.
TEST(Html, HostileTextStaysInsideItsElement) {
  const std::string hostile = "</script><script>alert(1)</script><!--<script \" \\ \x01 \xff \xe2\x80\xae";
  auto run = golden();
  run.run.suite = hostile;
  run.scenarios[0].name = hostile;
  run.scenarios[0].notes = {hostile, "ends in a backslash \\", "<"};
  run.scenarios[0].metrics["status.<b>"] = 1;
  const auto results = results_of(page_with({{{hostile, hostile, &run}}, "", ""}));
  EXPECT_THAT(results, Not(HasSubstr("<")));
  const auto read = json::parse(results)["results"][0];
  const std::string shown = "</script><script>alert(1)</script><!--<script \" \\ \x01 \xef\xbf\xbd \xe2\x80\xae";
  EXPECT_EQ(read["label"], shown);
  EXPECT_EQ(read["place"], shown);
  EXPECT_EQ(read["result"]["scenarios"][0]["name"], shown);
  EXPECT_EQ(read["result"]["scenarios"][0]["notes"][1], "ends in a backslash \\");
  EXPECT_EQ(read["result"]["scenarios"][0]["metrics"]["status.<b>"], 1);
}

TEST(Html, TakesSeveralResultsAndWhatWasFoundOfThem) {
  const auto before = golden();
  auto after = golden();
  after.run.seed = 43;
  const auto read = json::parse(results_of(page_with(
      {{{"A", "before", &before}, {"B", "", &after}}, "{\"verdict\": \"a < b\"}", "{\"why\": \"a </script>\"}"})));
  ASSERT_EQ(read["results"].size(), 2U);
  EXPECT_EQ(read["results"][0]["label"], "A");
  EXPECT_EQ(read["results"][0]["place"], "before");
  EXPECT_EQ(read["results"][1]["label"], "B");
  EXPECT_FALSE(read["results"][1].contains("place"));
  EXPECT_EQ(read["results"][1]["result"]["run"]["seed"], 43);
  EXPECT_EQ(read["comparison"]["verdict"], "a < b");
  EXPECT_EQ(read["limit"]["why"], "a </script>");
}

TEST(Html, AFindingNeedsNoResult) {
  const auto read = json::parse(results_of(page_with({{}, "{\"verdict\": \"improved\"}", ""})));
  EXPECT_TRUE(read["results"].empty());
  EXPECT_EQ(read["comparison"]["verdict"], "improved");
  EXPECT_FALSE(read.contains("limit"));
}

}  // namespace
}  // namespace loadstone::report

#include "journey/table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

namespace loadstone::journey {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TableRead csv(std::string_view text) { return read_csv(*config::make_source("users.csv", text)); }
TableRead lines(std::string_view text) { return read_json_lines(*config::make_source("users.jsonl", text)); }

std::vector<std::string> row(const Table& table, std::size_t r) {
  std::vector<std::string> cells;
  for (std::size_t c = 0; c < table.columns().size(); ++c) cells.emplace_back(table.cell(r, c));
  return cells;
}

TEST(Csv, ReadsRowsUnderTheNamesOfTheFirstLine) {
  const auto read = csv("name,age\nAda,36\n\nAlan,41");
  ASSERT_TRUE(read.table) << read.problems;
  EXPECT_THAT(read.table->columns(), ElementsAre("name", "age"));
  ASSERT_EQ(read.table->rows(), 2U);
  EXPECT_THAT(row(*read.table, 0), ElementsAre("Ada", "36"));
  EXPECT_THAT(row(*read.table, 1), ElementsAre("Alan", "41"));
}

TEST(Csv, QuotedFieldsHoldCommasQuotesAndLineBreaks) {
  const auto read = csv("\"a\",b,c\r\n\"x, y\",\"say \"\"hi\"\"\",\"two\r\nlines\"\r\n\"\",,\"\"\"\"\r\n");
  ASSERT_TRUE(read.table) << read.problems;
  EXPECT_THAT(read.table->columns(), ElementsAre("a", "b", "c"));
  ASSERT_EQ(read.table->rows(), 2U);
  EXPECT_THAT(row(*read.table, 0), ElementsAre("x, y", "say \"hi\"", "two\nlines"));
  EXPECT_THAT(row(*read.table, 1), ElementsAre("", "", "\""));
}

TEST(Csv, ALongRowOfQuotedFieldsKeepsThemApart) {
  std::string text = "a";
  for (int i = 0; i < 200; ++i) text += ",c" + std::to_string(i);
  text += "\n\"first\"";
  for (int i = 0; i < 200; ++i) text += ",\"" + std::string(static_cast<std::size_t>(i), 'x') + "\"";
  const auto read = csv(text);
  ASSERT_TRUE(read.table) << read.problems;
  EXPECT_EQ(read.table->cell(0, 0), "first");
  for (std::size_t i = 0; i < 200; ++i) EXPECT_EQ(read.table->cell(0, i + 1), std::string(i, 'x'));
}

TEST(Csv, MistakesHaveTheirPlaceUnderACaret) {
  EXPECT_EQ(csv("name,age\nAda\n").problems,
            "users.csv:2:1: error: 1 field where the first line names 2\n"
            "    2 | Ada\n"
            "      | ^~~\n");
  EXPECT_EQ(csv("name\nA\"da\n").problems,
            "users.csv:2:2: error: a quote within a field; a field that holds one stands in quotes, and it is doubled\n"
            "    2 | A\"da\n"
            "      |  ^\n");
  EXPECT_THAT(csv("name\n\"Ada").problems, HasSubstr("users.csv:2:1: error: the quote is never closed"));
  EXPECT_THAT(csv("name\n\"Ada\"x\n").problems, HasSubstr("users.csv:2:6: error: expected a comma"));
  EXPECT_THAT(csv("a,a\n1,2").problems, HasSubstr("users.csv:1:3: error: two columns are named 'a'"));
  EXPECT_THAT(csv("a b\n1").problems, HasSubstr("users.csv:1:1: error: the first line names the columns"));
  EXPECT_THAT(csv("").problems, HasSubstr("an empty file"));
  EXPECT_THAT(csv("a,b\n").problems, HasSubstr("no rows"));
  const auto both = csv("a,b\n1\n1,2\n1,2,3\n");
  EXPECT_THAT(both.problems, HasSubstr("users.csv:2:1"));
  EXPECT_THAT(both.problems, HasSubstr("users.csv:4:1: error: 3 fields"));
}

TEST(JsonLines, ReadsMembersByName) {
  const auto read = lines(
      "{\"name\": \"A\\u0064a\", \"age\": 36, \"tags\": [1, \"x\"]}\n\n"
      "{\"tags\": {}, \"age\": null, \"name\": true}\n");
  ASSERT_TRUE(read.table) << read.problems;
  EXPECT_THAT(read.table->columns(), ElementsAre("name", "age", "tags"));
  ASSERT_EQ(read.table->rows(), 2U);
  EXPECT_THAT(row(*read.table, 0), ElementsAre("Ada", "36", "[1,\"x\"]"));
  EXPECT_THAT(row(*read.table, 1), ElementsAre("true", "", "{}"));
}

TEST(JsonLines, MistakesHaveTheirPlaceUnderACaret) {
  EXPECT_THAT(lines("{\"a\": 1}\n{\"a\": }\n").problems, HasSubstr("users.jsonl:2:7: error: "));
  EXPECT_THAT(lines("{\"a\": 1}\n{\"b\": 1}\n").problems, HasSubstr("users.jsonl:2:1: error: 'a' is missing"));
  EXPECT_THAT(lines("{\"a\": 1}\n{\"a\": 1, \"b\": 1}\n").problems,
              HasSubstr("users.jsonl:2:10: error: 'b' is not in"));
  EXPECT_THAT(lines("[1]\n").problems,
              HasSubstr("users.jsonl:1:1: error: expected an object in every line, not a list"));
  EXPECT_THAT(lines("\n").problems, HasSubstr("an empty file"));
}

TEST(Table, IsReadByTheEndingOfItsName) {
  const std::string path = ::testing::TempDir() + "table_test.csv";
  std::ofstream(path) << "a\n1\n2\n";
  const auto read = read_table(path);
  ASSERT_TRUE(read.table) << read.problems;
  EXPECT_EQ(read.table->rows(), 2U);
  EXPECT_THAT(read_table("users.xlsx").problems, HasSubstr("ends in .csv, .jsonl or .ndjson"));
  EXPECT_THAT(read_table("nowhere/users.csv").problems, HasSubstr("nowhere/users.csv"));
}

}  // namespace
}  // namespace loadstone::journey

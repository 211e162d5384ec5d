#include "result/ledger_json.h"

#include <gtest/gtest.h>

namespace loadstone::result {
namespace {

Ledger one_ledger() {
  Ledger ledger;
  ledger.all_clients = 2;
  ledger.clients = {{1, 10, 8, 2, 1, 3, 0, 0, 4, 5, 0.25}, {0, 10, 10, 0, 0, 0, 0, 0, 0, 0, 0.125}};
  ledger.messages = {{7, 3, 1, 1, 5.0}};
  ledger.anomalies = {{"missing", 1, 7, true, 0}, {"reordered", 1, 3, true, 2}, {"corrupt", 0, 0, false, 0}};
  ledger.further_anomalies = 9;
  ledger.grid = {1, 16, 2, 1, {10, 10}, {8, 10}, {0.25, 0.125}};
  return ledger;
}

TEST(LedgerJson, ReadsWhatItWrites) {
  const Json json = to_json(one_ledger());
  EXPECT_EQ(json["messages"][0]["missing"], 1);
  EXPECT_FALSE(json["anomalies"][2].contains("message"));
  const auto back = ledger_from(json, "ledger");
  ASSERT_TRUE(back) << back.error().message;
  EXPECT_EQ(to_json(*back), json);
}

TEST(LedgerJson, RefusesWhatCannotBe) {
  const auto problem = [](const char* pointer, const Json& value) {
    Json json = to_json(one_ledger());
    json[Json::json_pointer(pointer)] = value;
    const auto read = ledger_from(json, "ledger");
    return read ? std::string() : read.error().message;
  };
  EXPECT_EQ(problem("/clients/0/missing", -1), "ledger.clients.missing: expected a whole number, not negative");
  EXPECT_EQ(problem("/clients", 3), "ledger.clients: expected a list");
  EXPECT_EQ(problem("/messages/0/delivered", 4), "ledger.messages.delivered: expected no more than expected");
  EXPECT_EQ(problem("/grid/rows", 100000), "ledger.grid.rows: expected a smaller grid");
  EXPECT_EQ(problem("/grid/expected", Json::array({1})),
            "ledger.grid.expected: expected as many numbers as the grid has cells");
}

}  // namespace
}  // namespace loadstone::result

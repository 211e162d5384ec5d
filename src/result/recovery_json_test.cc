#include "result/recovery_json.h"

#include <gtest/gtest.h>

namespace loadstone::result {
namespace {

Recovery one_recovery() {
  Recovery recovery;
  recovery.cycles = {{0.125, 2, 2, 1, 5, 0.25, 0.5, 0.75, 0.75}, {2, 2, 1, 0, 0, 0.25, 0.25, 0, 0}};
  recovery.returns = {
      {0, 1, 0.125, 0.375, 0.875}, {1, 1, 0.125, 0.625, std::nullopt}, {1, 2, 2, std::nullopt, std::nullopt}};
  recovery.further_returns = 1;
  return recovery;
}

TEST(RecoveryJson, ReadsWhatItWrites) {
  const Json json = to_json(one_recovery());
  EXPECT_EQ(json["cycles"][0]["lost"], 5);
  EXPECT_EQ(json["returns"][0]["heard"], 0.875);
  EXPECT_FALSE(json["returns"][2].contains("open"));
  const auto back = recovery_from(json, "recovery");
  ASSERT_TRUE(back) << back.error().message;
  EXPECT_EQ(to_json(*back), json);
}

TEST(RecoveryJson, RefusesWhatCannotBe) {
  const auto problem = [](const char* pointer, const Json& value) {
    Json json = to_json(one_recovery());
    json[Json::json_pointer(pointer)] = value;
    const auto read = recovery_from(json, "recovery");
    return read ? std::string() : read.error().message;
  };
  EXPECT_EQ(problem("/cycles/0/recovered", 3), "recovery.cycles.recovered: expected no more than were dropped");
  EXPECT_EQ(problem("/cycles/0/heard", 3), "recovery.cycles.heard: expected no more than recovered");
  EXPECT_EQ(problem("/returns", 3), "recovery.returns: expected a list of at most 1000");
  EXPECT_EQ(problem("/cycles", Json(501, Json::object())), "recovery.cycles: expected a list of at most 500");
  EXPECT_NE(problem("/returns/0/open", "soon"), "");
}

}  // namespace
}  // namespace loadstone::result

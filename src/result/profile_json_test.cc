#include "result/profile_json.h"

#include <gtest/gtest.h>

namespace loadstone::result {
namespace {

StackProfile one_profile() { return {"perf events", {"worker", "serve", "parse"}, {{{0, 1}, 0.25}, {{0, 1, 2}, 0.5}}}; }

TEST(ProfileJson, ReadsWhatItWrites) {
  const Json json = to_json(one_profile());
  EXPECT_EQ(json["profiles"][0]["endValue"], 0.75);
  EXPECT_EQ(json["shared"]["frames"][2]["name"], "parse");
  const auto back = profile_from(json, "profile");
  ASSERT_TRUE(back) << back.error().message;
  EXPECT_EQ(to_json(*back), json);
}

TEST(ProfileJson, RefusesWhatCannotBe) {
  const auto is_refused = [](const char* pointer, const Json& value) {
    Json json = to_json(one_profile());
    json[Json::json_pointer(pointer)] = value;
    return !profile_from(json, "profile");
  };
  EXPECT_TRUE(is_refused("/profiles/0/samples/0/0", 3)) << "a frame that is not there";
  EXPECT_TRUE(is_refused("/profiles/0/weights/0", -1));
  EXPECT_TRUE(is_refused("/profiles/0/weights", Json::array({1})));
  EXPECT_TRUE(is_refused("/profiles", Json::array()));
  EXPECT_TRUE(is_refused("/shared", 1));
  EXPECT_TRUE(is_refused("/shared/frames/0", Json::object()));
  EXPECT_TRUE(is_refused("/profiles/0/samples/0", Json(kMostProfileFrames + 1, 0U)));
  EXPECT_FALSE(is_refused("/profiles/0/samples/0", Json(kMostProfileFrames - 3, 0U)));
}

}  // namespace
}  // namespace loadstone::result

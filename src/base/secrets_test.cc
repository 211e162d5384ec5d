#include "base/secrets.h"

#include <gtest/gtest.h>

namespace loadstone {
namespace {

TEST(Secrets, AreKnownByTheirNames) {
  for (const char* name : {"Authorization", "API_TOKEN", "X-Api-Key", "DB_PASSWORD", "session_id", "COOKIE", "jwt"})
    EXPECT_TRUE(is_secret_name(name)) << name;
  for (const char* name : {"TARGET", "USERS", "Accept", "author", "tokyo", "PORT"})
    EXPECT_FALSE(is_secret_name(name)) << name;
}

TEST(Secrets, AreHiddenInEveryFormTheyTravelIn) {
  Secrets secrets;
  secrets.add("a b\"c/d", "${TOKEN}");
  EXPECT_EQ(secrets.hide("x a b\"c/d y"), "x ${TOKEN} y");
  EXPECT_EQ(secrets.hide("/p?t=a%20b%22c%2Fd&u"), "/p?t=${TOKEN}&u");
  EXPECT_EQ(secrets.hide(R"({"t": "a b\"c/d"})"), R"({"t": "${TOKEN}"})");
  EXPECT_EQ(secrets.hide("a b"), "a b");
}

TEST(Secrets, AreHiddenEveryTime) {
  Secrets secrets;
  secrets.add("hunter2", "${A}");
  EXPECT_EQ(secrets.hide("hunter2hunter2 hunter"), "${A}${A} hunter");
}

TEST(Secrets, OfTwoThatBeginAlikeTheLongerIsHiddenWhole) {
  Secrets secrets;
  secrets.add("pass", "${SHORT}");
  secrets.add("password", "${LONG}");
  EXPECT_EQ(secrets.hide("password pass"), "${LONG} ${SHORT}");
}

TEST(Secrets, AreNotShorterThanAWord) {
  Secrets secrets;
  secrets.add("abc", "${A}");
  EXPECT_TRUE(secrets.empty());
  EXPECT_EQ(secrets.hide("abc"), "abc");
}

}  // namespace
}  // namespace loadstone

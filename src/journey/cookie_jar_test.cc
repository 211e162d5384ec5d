#include "journey/cookie_jar.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/format.h"

namespace loadstone::journey {
namespace {

constexpr Instant kNow{std::chrono::seconds(100)};
constexpr double kWall = 1'700'000'000;

struct Jar {
  CookieJar jar;
  CookieHost host{"shop.example", true};
  void take(const std::string& cookie, std::string_view target = "/", Instant now = kNow) {
    const std::string lines = "Content-Type: text/plain\r\nset-cookie: " + cookie + "\r\n";
    jar.take({200, lines, ""}, target, host, now, kWall);
  }
  std::string at(std::string_view target, Instant now = kNow) const { return jar.for_target(target, now); }
};

TEST(CookieJar, GivesBackWhatItWasGiven) {
  Jar j;
  j.take("a=1");
  j.take(" b = two words ; HttpOnly");
  j.take("c=");
  EXPECT_EQ(j.at("/any/where?x"), "a=1; b=two words; c=");
  j.take("a=3");
  EXPECT_EQ(j.at("/"), "a=3; b=two words; c=");
}

TEST(CookieJar, TakesSeveralOfOneAnswer) {
  CookieJar jar;
  jar.take({200, "Set-Cookie: a=1\r\nSet-Cookie: b=2\r\n", ""}, "/", {"x", false}, kNow, kWall);
  EXPECT_EQ(jar.for_target("/", kNow), "a=1; b=2");
}

TEST(CookieJar, KeepsToPaths) {
  Jar j;
  j.take("a=1; Path=/shop");
  j.take("b=2", "/shop/cart/add?x=1");
  EXPECT_EQ(j.at("/"), "");
  EXPECT_EQ(j.at("/shop"), "a=1");
  EXPECT_EQ(j.at("/shopping"), "");
  EXPECT_EQ(j.at("/shop/cart?y"), "b=2; a=1");  // the longer path first
}

TEST(CookieJar, ForgetsWhatHasExpired) {
  Jar j;
  j.take("a=1; Max-Age=10");
  j.take("b=2; Expires=Tue, 14 Nov 2023 22:13:40 GMT");  // 20 s later
  j.take("c=3; Max-Age=30; Expires=Thu, 01 Jan 1970 00:00:00 GMT");
  EXPECT_EQ(j.at("/", kNow + 9s), "a=1; b=2; c=3");
  EXPECT_EQ(j.at("/", kNow + 11s), "b=2; c=3");
  EXPECT_EQ(j.at("/", kNow + 21s), "c=3");
  j.take("c=; Max-Age=0");
  EXPECT_EQ(j.at("/"), "a=1; b=2");
  j.take("a=gone; Expires=Thu, 01 Jan 1970 00:00:00 GMT");
  EXPECT_EQ(j.at("/"), "b=2");
  j.take("b=kept; Expires=nonsense");
  EXPECT_EQ(j.at("/", kNow + 1000s), "b=kept");
}

TEST(CookieJar, RefusesWhatIsForOthers) {
  Jar j;
  j.take("a=1; Domain=other.example");
  j.take("b=2; Domain=.shop.example");
  j.take("c=3; Domain=EXAMPLE");
  j.take("d=4; Domain=hop.example");
  EXPECT_EQ(j.at("/"), "b=2; c=3");
}

TEST(CookieJar, KeepsSecureCookiesOfSecureHostsAndOfThisMachine) {
  for (const auto& [name, is_secure, kept] :
       std::vector<std::tuple<std::string, bool, bool>>{{"shop.example", true, true},
                                                        {"shop.example", false, false},
                                                        {"127.0.0.1", false, true},
                                                        {"localhost", false, true}}) {
    Jar j;
    j.host = {name, is_secure};
    j.take("a=1; Secure");
    EXPECT_EQ(j.at("/"), kept ? "a=1" : "") << name;
  }
}

TEST(CookieJar, LeavesOutWhatIsNoCookie) {
  Jar j;
  for (const char* cookie : {"", "=x", "novalue", " = y"}) j.take(cookie);
  j.take("big=" + std::string(5000, 'x'));
  EXPECT_TRUE(j.jar.empty());
}

TEST(CookieJar, HasABound) {
  Jar j;
  for (std::size_t i = 0; i < CookieJar::kMost + 5; ++i) j.take(format("c{}=1", i));
  const std::string all = j.at("/");
  EXPECT_EQ(all.substr(0, 4), "c5=1");
  EXPECT_EQ(static_cast<std::size_t>(std::count(all.begin(), all.end(), '=')), CookieJar::kMost);
}

TEST(CookieDate, IsReadInEveryForm) {
  for (const char* text :
       {"Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"})
    EXPECT_EQ(parse_cookie_date(text), 784'111'777) << text;
  for (const char* text : {"", "tomorrow", "06 Nov 1994", "31 Feb 1994 08:49:37", "06 Nov 1994 25:00:00"})
    EXPECT_TRUE(std::isinf(parse_cookie_date(text))) << text;
}

}  // namespace
}  // namespace loadstone::journey

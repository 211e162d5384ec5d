#include "base/url.h"

#include <gtest/gtest.h>

namespace loadstone {
namespace {

TEST(Url, PartsAreFoundAndDefaultsFilledIn) {
  const auto url = parse_url("http://127.0.0.1:8000/a/b?q=1#top");
  ASSERT_TRUE(url) << url.error().message;
  EXPECT_EQ(url->host, "127.0.0.1");
  EXPECT_EQ(url->port, 8000);
  EXPECT_EQ(url->target, "/a/b?q=1");
  EXPECT_EQ(url->authority(), "127.0.0.1:8000");
  EXPECT_EQ(parse_url("https://example.com")->port, 443);
  EXPECT_EQ(parse_url("https://example.com")->authority(), "example.com");
  EXPECT_EQ(parse_url("http://host?x=1")->target, "/?x=1");
  EXPECT_EQ(parse_url("localhost:8000/health")->target, "/health");
}

TEST(Url, AnIpv6HostLosesItsBracketsAndGetsThemBackInTheAuthority) {
  const auto url = parse_url("ws://[::1]:9/ws");
  ASSERT_TRUE(url) << url.error().message;
  EXPECT_EQ(url->host, "::1");
  EXPECT_EQ(url->authority(), "[::1]:9");
}

TEST(Url, WhatCannotBeLoadedIsRefused) {
  for (const char* bad : {"", "ftp://host/", "http://", "http://user:pw@host/", "http://host:99999/", "http://host:0/",
                          "http://ho st/", "http://ho%20st/", "http://host%0d%0aX:%20y/", "http://[fe80::1%25eth0]/"})
    EXPECT_FALSE(parse_url(bad)) << bad;
}

TEST(Url, ARequestTargetHasNoBlanksAndNoFragment) {
  EXPECT_TRUE(is_request_target("/a?b=%20"));
  for (const char* bad : {"", "a", "/a b", "/a#b", "/a\r\nX: y", "/ä"}) EXPECT_FALSE(is_request_target(bad)) << bad;
}

TEST(PercentEncoded, LeavesTheUnreservedAlone) {
  EXPECT_EQ(percent_encoded("aZ09-._~"), "aZ09-._~");
  EXPECT_EQ(percent_encoded("a b/c?d=é&%+"), "a%20b%2Fc%3Fd%3D%C3%A9%26%25%2B");
  EXPECT_EQ(percent_encoded(std::string_view("\0", 1)), "%00");
  EXPECT_EQ(percent_encoded(""), "");
}

}  // namespace
}  // namespace loadstone

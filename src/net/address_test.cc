#include "net/address.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "net/peer_for_test.h"

namespace loadstone::net {
namespace {

TEST(ParseAddress, ReadsBothFamilies) {
  EXPECT_EQ(parse_address("127.0.0.1", 8000)->text(), "127.0.0.1:8000");
  EXPECT_EQ(parse_address("127.0.0.1", 8000)->family(), AF_INET);
  EXPECT_EQ(parse_address("::1", 80)->text(), "[::1]:80");
  EXPECT_EQ(parse_address("2001:db8:0:0::1", 65535)->text(), "[2001:db8::1]:65535");
  EXPECT_EQ(parse_address("::1", 80)->family(), AF_INET6);
}

TEST(ParseAddress, RefusesWhatIsNoNumericAddress) {
  for (const char* text : {"", "localhost", "127.0.0", "127.0.0.256", "1.2.3.4.5", "[::1]", "::g", " 127.0.0.1",
                           "127.0.0.1:80", "0x7f.0.0.1"}) {
    const auto address = parse_address(text, 80);
    ASSERT_FALSE(address.has_value()) << text;
    EXPECT_EQ(address.error().code, ErrorCode::kInvalid);
    EXPECT_THAT(address.error().message, ::testing::HasSubstr(std::string("'") + text + "'"));
  }
}

TEST(UnixAddress, HasThePathThatFits) {
  EXPECT_EQ(unix_address("/run/service.sock")->text(), "unix:/run/service.sock");
  const std::string longest(107, 'p');
  EXPECT_EQ(unix_address(longest)->text(), "unix:" + longest);
  EXPECT_FALSE(unix_address(longest + "p").has_value());
  EXPECT_FALSE(unix_address("").has_value());
}

TEST(Resolve, TakesANumericAddressAsItIs) {
  const auto found = resolve("::1", 99);
  ASSERT_TRUE(found.has_value());
  ASSERT_EQ(found->addresses.size(), 1U);
  EXPECT_EQ(found->addresses[0].text(), "[::1]:99");
  EXPECT_EQ(found->took, Nanoseconds(0));
}

TEST(Resolve, FindsLocalhost) {
  const auto found = resolve("localhost", 8080);
  ASSERT_TRUE(found.has_value()) << found.error().message;
  std::vector<std::string> texts;
  for (const Address& address : found->addresses) texts.push_back(address.text());
  EXPECT_THAT(texts, ::testing::Each(::testing::AnyOf("127.0.0.1:8080", "[::1]:8080")));
  EXPECT_THAT(texts, ::testing::Contains("127.0.0.1:8080"));
}

TEST(Resolve, NamesTheHostItCannotFind) {
  const auto found = resolve("no such host", 80);  // a blank is in no name, so nobody is asked
  ASSERT_FALSE(found.has_value());
  EXPECT_THAT(found.error().message, ::testing::HasSubstr("cannot resolve 'no such host'"));
}

TEST(TryConnect, SaysWhetherSomebodyListens) {
  Listener listener;
  EXPECT_TRUE(try_connect(listener.address(), kPatience).has_value());
  const Address nobody = listener.address();
  listener.accept();
  listener.close();
  const auto refused = try_connect(nobody, kPatience);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, ErrorCode::kUnavailable);
  EXPECT_EQ(refused.error().message, nobody.text() + ": Connection refused");
}

}  // namespace
}  // namespace loadstone::net

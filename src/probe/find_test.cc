#include "probe/find.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "probe/child_for_test.h"
#include "probe/process_tree.h"

namespace loadstone::probe {
namespace {

TEST(Find, TheProcessBehindAPort) {
  const Child child([] {
    std::uint16_t port = 0;
    listen_anywhere(8, port);
    return port;
  });
  const auto found = find_listener(static_cast<std::uint16_t>(child.said()));
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_EQ(*found, child.pid());
}

TEST(Find, TheFirstOfProcessesThatShareASocket) {
  const Child child([] {
    std::uint16_t port = 0;
    listen_anywhere(8, port);
    for (int i = 0; i < 3; ++i) {
      if (::fork() == 0) {
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        for (;;) ::pause();
      }
    }
    return port;
  });
  EXPECT_EQ(descendants(child.pid()).size(), 3U);
  const auto found = find_listener(static_cast<std::uint16_t>(child.said()));
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_EQ(*found, child.pid());
}

TEST(Find, NobodyListens) {
  std::uint16_t port = 0;
  ::close(listen_anywhere(1, port));
  const auto found = find_listener(port);
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code, ErrorCode::kNotFound);
  EXPECT_THAT(found.error().message, ::testing::HasSubstr("nobody listens"));
}

TEST(Find, ByNameUnlessItRunsTwice) {
  const auto named = [] {
    ::prctl(PR_SET_NAME, "loadstone-named");
    return 0;
  };
  const Child child(named);
  const auto found = find_command("loadstone-named");
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_EQ(*found, child.pid());
  const Child twin(named);
  const auto both = find_command("loadstone-named");
  ASSERT_FALSE(both);
  EXPECT_THAT(both.error().message, ::testing::HasSubstr("runs 2 times"));
  EXPECT_EQ(find_command("loadstone-nobody").error().code, ErrorCode::kNotFound);
}

TEST(Find, WhichHostsAreThisOne) {
  EXPECT_TRUE(is_this_host("127.0.0.1"));
  EXPECT_TRUE(is_this_host("127.9.9.9"));
  EXPECT_TRUE(is_this_host("::1"));
  EXPECT_TRUE(is_this_host("localhost"));
  EXPECT_FALSE(is_this_host("192.0.2.1"));  // reserved for documentation: nobody has it
}

}  // namespace
}  // namespace loadstone::probe

#include "engine/dialogue.h"

#include <gtest/gtest.h>

namespace loadstone::engine {
namespace {

TEST(Inbox, KeepsTheOldestMessagesInOrder) {
  Inbox inbox;
  for (std::size_t i = 0; i <= Inbox::kMostMessages; ++i) {
    EXPECT_FALSE(inbox.has_lost()) << i;
    inbox.put(std::to_string(i));
  }
  EXPECT_TRUE(inbox.has_lost());
  EXPECT_EQ(inbox.take(), "0");
  inbox.put("there is room, but something is missing before this");
  for (std::size_t i = 1; i < Inbox::kMostMessages; ++i) EXPECT_EQ(inbox.take(), std::to_string(i));
  EXPECT_TRUE(inbox.empty());
  EXPECT_TRUE(inbox.has_lost());
  inbox.clear();
  EXPECT_FALSE(inbox.has_lost());
  inbox.put("again");
  EXPECT_EQ(inbox.take(), "again");
}

TEST(Inbox, IsBoundedInBytes) {
  Inbox inbox;
  const std::string half(Inbox::kMostBytes / 2, 'x');
  inbox.put(half);
  inbox.put(half);
  EXPECT_FALSE(inbox.has_lost());
  EXPECT_EQ(inbox.take(), half);
  inbox.put(half);  // what was taken makes room
  EXPECT_FALSE(inbox.has_lost());
  inbox.put("x");
  EXPECT_TRUE(inbox.has_lost());
}

}  // namespace
}  // namespace loadstone::engine

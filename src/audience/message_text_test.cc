#include "audience/message_text.h"

#include <gtest/gtest.h>

namespace loadstone::audience {
namespace {

TEST(MessageText, FillsEveryPlaceholder) {
  MessageText text("{{message.id}}: a {{message.header}}{{message.id}} b");
  EXPECT_TRUE(text.has_id());
  EXPECT_TRUE(text.has_header());
  EXPECT_EQ(text.fill(17, "<h>"), "17: a <h>17 b");
  EXPECT_EQ(text.fill(18, ""), "18: a 18 b");
}

TEST(MessageText, LeavesOtherTextAsItIs) {
  MessageText text("{{message.ID}} {message.id} {{request.id}}");
  EXPECT_FALSE(text.has_id());
  EXPECT_EQ(text.fill(1, "h"), "{{message.ID}} {message.id} {{request.id}}");
  EXPECT_EQ(MessageText("").fill(1, "h"), "");
  EXPECT_EQ(MessageText().fill(1, "h"), "");
}

}  // namespace
}  // namespace loadstone::audience

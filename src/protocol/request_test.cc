#include "protocol/request.h"

#include <gtest/gtest.h>

namespace loadstone::protocol {
namespace {

TEST(Request, PlaceholdersBecomeHolesAndAreFilled) {
  PreparedRequest request;
  append_template(request, "a={{request.id}}&b={{message.header}}{{message.id}}", {});
  EXPECT_EQ(request.bytes, "a=&b=");
  ASSERT_EQ(request.holes.size(), 3U);
  EXPECT_TRUE(request.has_header);
  request.body_at = request.bytes.size();
  std::string filled;
  fill(request, {42, "head"}, filled);
  EXPECT_EQ(filled, "a=42&b=head42");
  // Two holes at the very end: whether they are before it depends on what is asked.
  EXPECT_EQ(filled_before(request, {42, "head"}, 2, false), 0U);
  EXPECT_EQ(filled_before(request, {42, "head"}, 2, true), 2U);
  EXPECT_EQ(filled_before(request, {42, "head"}, 5, false), 2U);
  EXPECT_EQ(filled_before(request, {42, "head"}, 5, true), 8U);
}

TEST(Request, TheLengthOfABodyIsThatOfTheFilledOne) {
  PreparedRequest request;
  append_template(request, "{{request.id}} ", {});
  request.holes.push_back({request.bytes.size(), PreparedRequest::Hole::Kind::kBodyLength});
  request.bytes += "\n";
  request.body_at = request.bytes.size();
  append_template(request, "{{request.id}}{{request.id}}!", {});
  std::string filled;
  fill(request, 12345, filled);
  EXPECT_EQ(filled, "12345 11\n1234512345!");
}

TEST(Request, FieldsAreFoundHoweverTheyAreSpelt) {
  RequestParts parts{
      .method = "POST", .target = "/", .authority = "h", .headers = {{"CONTENT-Length", "0"}}, .body = {}};
  EXPECT_TRUE(has_field(parts, "content-length"));
  EXPECT_FALSE(has_field(parts, "content"));
  EXPECT_FALSE(lacks_length(parts));
  parts.headers.clear();
  EXPECT_TRUE(lacks_length(parts));
  parts.method = "GET";
  EXPECT_FALSE(lacks_length(parts));
  parts.body = "x";
  EXPECT_TRUE(lacks_length(parts));
  EXPECT_TRUE(has_placeholder("a{{message.id}}", {}));
  EXPECT_FALSE(has_placeholder("a{{message}}", {}));
}

}  // namespace
}  // namespace loadstone::protocol

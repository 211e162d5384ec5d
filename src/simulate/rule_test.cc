#include "simulate/rule.h"

#include <gmock/gmock.h>

namespace loadstone::simulate {
namespace {

using std::chrono::milliseconds;
using ::testing::HasSubstr;

TEST(Rule, ReadsEveryKey) {
  const auto r = parse_rule(
      "/api/graph/*  latency=exp:5ms busy=2ms stall=200ms/2s error=1%:503,0.5% reset=0.1% close=2% half=3% silent=4% "
      "body=10KiB "
      "body_rate=1kB/s body_end=chunked deflate=no_context at_once=8 queue=100");
  ASSERT_TRUE(r) << r.error().message;
  EXPECT_EQ(r->paths, "/api/graph/*");
  EXPECT_EQ(r->latency.text(), "exp:5ms");
  EXPECT_EQ(r->busy.text(), "const:2ms");
  EXPECT_EQ(r->stall.length, milliseconds(200));
  EXPECT_EQ(r->stall.every, milliseconds(2000));
  ASSERT_EQ(r->errors.size(), 2U);
  EXPECT_DOUBLE_EQ(r->errors[0].share, 0.01);
  EXPECT_EQ(r->errors[0].status, 503);
  EXPECT_DOUBLE_EQ(r->errors[1].share, 0.005);
  EXPECT_EQ(r->errors[1].status, 500);
  EXPECT_DOUBLE_EQ(r->reset, 0.001);
  EXPECT_DOUBLE_EQ(r->close, 0.02);
  EXPECT_DOUBLE_EQ(r->half, 0.03);
  EXPECT_DOUBLE_EQ(r->silent, 0.04);
  EXPECT_EQ(r->body_bytes, 10240U);
  EXPECT_EQ(r->body_rate, 1000);
  EXPECT_EQ(r->body_end, BodyEnd::kChunked);
  EXPECT_EQ(r->deflate, Deflate::kNoContext);
  EXPECT_EQ(r->at_once, 8U);
  EXPECT_EQ(r->queue, 100U);
}

TEST(Rule, OfAPathAloneChangesNothing) {
  const auto r = parse_rule(" * ");
  ASSERT_TRUE(r);
  EXPECT_TRUE(r->latency.is_zero());
  EXPECT_TRUE(r->busy.is_zero());
  EXPECT_FALSE(r->stall.is_set());
  EXPECT_EQ(r->at_once, 0U);
}

struct Mistake {
  const char* text;
  const char* message;
};

TEST(Rule, SaysWhatIsWrong) {
  const Mistake all[] = {
      {"", "'' is not a rule: expected a path first"},
      {"latency=exp:5ms", "'latency=exp:5ms' is not a rule: expected a path first"},
      {"/x slow", "'slow' in the rule for /x: expected key=value"},
      {"/x latncy=1ms", "'latncy' is not a key of the rule for /x (did you mean latency?); there are at_once, body"},
      {"/x latency=exp", "'latency=exp' in the rule for /x: 'exp' is not a latency"},
      {"/x reset=1% reset=2%", "'reset' is given twice in the rule for /x"},
      {"/x reset=101%", "'reset=101%' in the rule for /x: a share is at most 100%"},
      {"/x error=1%:99", "'error=1%:99' in the rule for /x: '99' is not a status from 200 to 599"},
      {"/x error=50%,40% reset=20%", "add up to 110.00 %, more than 100%"},
      {"/x body=2GiB", "at most 1GiB"},
      {"/x body_end=maybe", "expected length, chunked or close"},
      {"/x deflate=on", "expected yes, no or no_context"},
      {"/x stall=200ms", "'200ms' is not a stall: expected its length, and the service before each, such as 200ms/2s"},
      {"/x at_once=1.5", "expected a whole number"},
      {"/x queue=100001", "at most 100,000"},
  };
  for (const auto& mistake : all) {
    const auto r = parse_rule(mistake.text);
    ASSERT_FALSE(r) << mistake.text;
    EXPECT_THAT(r.error().message, HasSubstr(mistake.message));
  }
}

TEST(Glob, MatchesTheWholeText) {
  for (const auto& [glob, text] : {std::pair{"*", ""},
                                   {"*", "/a"},
                                   {"/a", "/a"},
                                   {"/a/*", "/a/"},
                                   {"/a/*", "/a/b/c"},
                                   {"/?/x", "/a/x"},
                                   {"*/b/*c", "/a/b/b/xc"},
                                   {"/a*b*c", "/abbc"}})
    EXPECT_TRUE(glob_matches(glob, text)) << glob << " " << text;
  for (const auto& [glob, text] : {std::pair{"", "/a"}, {"/a", "/ab"}, {"/a/*", "/a"}, {"/?", "/"}, {"/a*c", "/abcd"}})
    EXPECT_FALSE(glob_matches(glob, text)) << glob << " " << text;
}

}  // namespace
}  // namespace loadstone::simulate

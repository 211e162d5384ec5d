#include "simulate/stream_faults.h"

#include <gmock/gmock.h>

namespace loadstone::simulate {
namespace {

using std::chrono::milliseconds;
using ::testing::HasSubstr;

TEST(StreamFaults, AreReadKeyByKey) {
  const auto f = parse_stream_faults(
      "drop=7 duplicate=5 swap=11 corrupt=13 corrupt_at=90% disconnect=100 close=1% close_code=4001 reset=0.5% "
      "clients=2 delay=1ms stall=200ms/2s fragments=3 silent=10 pong=no refuse=4 refuse_with=reset away=6 "
      "subscribe=ask own=20/s id=/data/n");
  ASSERT_TRUE(f) << f.error().message;
  EXPECT_EQ(f->drop, 7U);
  EXPECT_EQ(f->duplicate, 5U);
  EXPECT_EQ(f->swap, 11U);
  EXPECT_EQ(f->corrupt, 13U);
  EXPECT_DOUBLE_EQ(f->corrupt_at, 0.9);
  EXPECT_EQ(f->disconnect, 100U);
  EXPECT_DOUBLE_EQ(f->close, 0.01);
  EXPECT_EQ(f->close_code, 4001);
  EXPECT_DOUBLE_EQ(f->reset, 0.005);
  EXPECT_EQ(f->clients, 2U);
  EXPECT_EQ(f->delay, milliseconds(1));
  EXPECT_EQ(f->stall.length, milliseconds(200));
  EXPECT_EQ(f->fragments, 3U);
  EXPECT_EQ(f->silent, 10U);
  EXPECT_FALSE(f->pong);
  EXPECT_EQ(f->refuse, 4U);
  EXPECT_TRUE(f->refuse_by_reset);
  EXPECT_EQ(f->away, 6U);
  EXPECT_TRUE(f->ask);
  EXPECT_DOUBLE_EQ(f->own_rate, 20);
  EXPECT_EQ(f->id, "/data/n");
}

TEST(StreamFaults, AreNoneUnlessGiven) {
  const auto f = parse_stream_faults("");
  ASSERT_TRUE(f);
  for (const auto n : {f->drop, f->duplicate, f->swap, f->corrupt, f->disconnect, f->silent, f->refuse, f->away})
    EXPECT_EQ(n, 0U);
  EXPECT_EQ(f->clients, 1U);
  EXPECT_EQ(f->fragments, 1U);
  EXPECT_FALSE(f->stall.is_set());
  EXPECT_TRUE(f->pong);
  EXPECT_FALSE(f->ask);
}

struct Mistake {
  const char* text;
  const char* message;
};

TEST(StreamFaults, SayWhatIsWrong) {
  const Mistake all[] = {
      {"drop", "'drop' in the stream faults: expected key=value"},
      {"drop=x", "'drop=x' in the stream faults"},
      {"drp=1", "'drp' is not a key of the stream faults (did you mean drop?)"},
      {"clients=0", "expected at least 1"},
      {"delay=1", "'delay=1'"},
      {"pong=maybe", "expected yes or no"},
      {"subscribe=yes", "expected open or ask"},
      {"refuse_with=404", "expected 503 or reset"},
      {"fragments=0", "expected 1 to 1000"},
      {"close_code=1005", "expected 1000 to 1003"},
      {"close=60% reset=50%", "add up to more than 100%"},
      {"own=1M/s", "at most 100k/s"},
      {"id=n", "expected a JSON pointer"},
      {"stall=1s", "'1s' is not a stall"},
  };
  for (const auto& mistake : all) {
    const auto f = parse_stream_faults(mistake.text);
    ASSERT_FALSE(f) << mistake.text;
    EXPECT_THAT(f.error().message, HasSubstr(mistake.message));
  }
}

}  // namespace
}  // namespace loadstone::simulate

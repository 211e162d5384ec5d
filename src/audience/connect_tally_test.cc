#include "audience/connect_tally.h"

#include <gtest/gtest.h>

namespace loadstone::audience {
namespace {

constexpr net::Handshake kFull{.tcp_open = Instant(3ms)};
constexpr net::Handshake kResumed{.tcp_open = Instant(3ms), .is_resumed = true};

TEST(ConnectTally, CutsTheTimeToConnectInTwo) {
  ConnectTally tally;
  tally.connected(Instant(1ms), &kFull, Instant(8ms));
  tally.connected(Instant(1ms), &kResumed, Instant(4ms));
  tally.connected(Instant(1ms), &kResumed, Instant(4ms));
  result::Block block;
  tally.add_to(block);
  EXPECT_EQ(block.counters["connect.tls.full"], 1U);
  EXPECT_EQ(block.counters["connect.tls.resumed"], 2U);
  EXPECT_EQ(block.histograms["connect.tcp"].max(), 0.002);
  EXPECT_EQ(block.histograms["connect.tcp"].count(), 3U);
  EXPECT_EQ(block.histograms["connect.tls"].max(), 0.005);
  EXPECT_EQ(block.histograms["connect.tls"].count(), 3U);
}

TEST(ConnectTally, WithoutTlsAllOfItIsTcp) {
  ConnectTally tally;
  tally.connected(Instant(1ms), nullptr, Instant(8ms));
  result::Block block;
  tally.add_to(block);
  EXPECT_TRUE(block.counters.empty());
  ASSERT_EQ(block.histograms.size(), 1U);
  EXPECT_EQ(block.histograms["connect.tcp"].max(), 0.007);
}

TEST(ConnectTally, AddsNothingWhereNothingConnected) {
  result::Block block;
  ConnectTally().add_to(block);
  EXPECT_TRUE(block.counters.empty());
  EXPECT_TRUE(block.histograms.empty());
}

TEST(ConnectTally, MovesAsAWhole) {
  ConnectTally warmup, measured;
  warmup.connected(Instant(1ms), &kFull, Instant(8ms));
  measured.connected(Instant(1ms), &kResumed, Instant(8ms));
  warmup.move_to(measured);
  EXPECT_EQ(warmup.full + warmup.resumed, 0U);
  EXPECT_TRUE(warmup.tcp.empty());
  EXPECT_EQ(measured.full + measured.resumed, 2U);
  EXPECT_EQ(measured.tls.count(), 2U);
}

}  // namespace
}  // namespace loadstone::audience

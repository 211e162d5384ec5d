#include "audience/tls_tally.h"

#include <gtest/gtest.h>

namespace loadstone::audience {
namespace {

constexpr net::Handshake kFull{.tcp_open = Instant(3ms)};
constexpr net::Handshake kResumed{.tcp_open = Instant(3ms), .is_resumed = true};

TEST(TlsTally, CutsTheTimeToConnectInTwo) {
  TlsTally tally;
  EXPECT_TRUE(tally.is_empty());
  tally.connected(Instant(1ms), kFull, Instant(8ms));
  tally.connected(Instant(1ms), kResumed, Instant(4ms));
  tally.connected(Instant(1ms), kResumed, Instant(4ms));
  result::Block block;
  tally.add_to(block);
  EXPECT_EQ(block.counters["connect.tls.full"], 1U);
  EXPECT_EQ(block.counters["connect.tls.resumed"], 2U);
  EXPECT_EQ(block.histograms["connect.tcp"].max(), 0.002);
  EXPECT_EQ(block.histograms["connect.tls"].max(), 0.005);
  EXPECT_EQ(block.histograms["connect.tls"].count(), 3U);
}

TEST(TlsTally, AddsNothingWhereNothingSpokeTls) {
  result::Block block;
  TlsTally().add_to(block);
  EXPECT_TRUE(block.counters.empty());
  EXPECT_TRUE(block.histograms.empty());
}

TEST(TlsTally, MovesAsAWhole) {
  TlsTally warmup, measured;
  warmup.connected(Instant(1ms), kFull, Instant(8ms));
  measured.connected(Instant(1ms), kResumed, Instant(8ms));
  warmup.move_to(measured);
  EXPECT_TRUE(warmup.is_empty());
  EXPECT_EQ(measured.full + measured.resumed, 2U);
  EXPECT_EQ(measured.handshake.count(), 2U);
}

}  // namespace
}  // namespace loadstone::audience

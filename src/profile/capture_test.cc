// Samples a child that splits its CPU time 60 : 30 : 10. Where the kernel does not allow it, that must be what is said.
#include "profile/capture.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <thread>

#include "probe/child_for_test.h"
#include "profile/sampler.h"

namespace loadstone::profile {

// Each turn costs the same; different constants keep the functions apart. External, to have names; with an effect (the
// asm), so that no compiler calls them once for all.
#define TURNS(name, start)                                            \
  __attribute__((noinline)) std::uint64_t name(std::uint64_t turns) { \
    std::uint64_t x = start;                                          \
    for (std::uint64_t i = 0; i < turns; ++i) {                       \
      x = x * 6364136223846793005ULL + 1442695040888963407ULL;        \
      asm volatile("" : "+r"(x));                                     \
    }                                                                 \
    return x;                                                         \
  }
TURNS(sixty_percent, 1)
TURNS(thirty_percent, 2)
TURNS(ten_percent, 3)
#undef TURNS

std::atomic<std::uint64_t> kept{0};
__attribute__((noinline)) void split_time() {
  for (;;) kept += sixty_percent(60'000) + thirty_percent(30'000) + ten_percent(10'000);
}

namespace {

using ::testing::HasSubstr;

TEST(Capture, ASplitOfSixtyThirtyTen) {
  const probe::Child child([] {
    std::thread(split_time).detach();
    return 0;
  });
  Order order;
  order.pid = child.pid();
  order.length = 2s;
  order.per_second = 997;
  const auto profile = capture(order);
  if (!profile) {
    EXPECT_EQ(profile.error().code, ErrorCode::kUnavailable);
    EXPECT_THAT(profile.error().message, HasSubstr("perf_event_paranoid"));
    return;
  }
  EXPECT_GT(profile->cpu.samples(), 100U);
  std::map<std::string, double> self;
  double ours = 0;
  for (const auto& f : profile->cpu.hottest(100)) {
    self[f.name] = f.self;
    if (f.name.find("_percent") != std::string::npos) ours += f.self;
  }
  EXPECT_GT(ours, 0.8) << profile->cpu.folded();
  // Of a few hundred samples: five points allow for chance. The goal of three is shown by tests/truth with more.
  EXPECT_NEAR(self["loadstone::profile::sixty_percent(unsigned long)"] / ours, 0.6, 0.06);
  EXPECT_NEAR(self["loadstone::profile::thirty_percent(unsigned long)"] / ours, 0.3, 0.06);
  EXPECT_NEAR(self["loadstone::profile::ten_percent(unsigned long)"] / ours, 0.1, 0.06);
  EXPECT_GE(profile->cpu.rooted(), 0.95) << profile->cpu.folded();
  // The first thread does nothing but wait for a signal.
  EXPECT_GT(profile->waiting.samples(), 5U);
  EXPECT_THAT(profile->waiting.folded(), HasSubstr(";S;"));
}

TEST(Capture, AnIdleProcessHasNothingToShow) {
  const probe::Child child([] { return 0; });
  Order order;
  order.pid = child.pid();
  order.length = 200ms;
  const auto profile = capture(order);
  if (!profile) return;  // not allowed, as above
  EXPECT_EQ(profile->cpu.samples(), 0U);
  ASSERT_EQ(profile->warnings.size(), 1U);
  EXPECT_THAT(profile->warnings.front(), HasSubstr("no CPU time"));
}

TEST(Capture, ThreadsThatAreBornLaterAreSampled) {
  const probe::Child child([] {
    std::thread([] {
      std::this_thread::sleep_for(300ms);
      std::thread(split_time).detach();
      std::this_thread::sleep_for(1h);
    }).detach();
    return 0;
  });
  Order order;
  order.pid = child.pid();
  order.length = 1500ms;
  order.per_second = 499;
  const auto profile = capture(order);
  if (!profile) return;
  EXPECT_THAT(profile->cpu.folded(), HasSubstr("split_time"));
}

TEST(Capture, AProcessThatIsGone) {
  Order order;
  order.pid = 0x3ffffff;
  order.length = 100ms;
  EXPECT_FALSE(capture(order));
}

}  // namespace
}  // namespace loadstone::profile

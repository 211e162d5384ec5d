// Real processes throughout: each is made to use a known amount of something.
#include "probe/watch.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mman.h>

#include <cmath>
#include <cstring>
#include <utility>

#include "probe/child_for_test.h"
#include "probe/machine.h"
#include "probe/processes.h"

namespace loadstone::probe {
namespace {

constexpr double kMiB = 1 << 20;

// Memory that the child gets and gives back by signals: SIGUSR1 touches 40 MiB, SIGUSR2 frees them.
void* volatile held = nullptr;
void on_signal(int number, void (*act)(int)) {
  struct sigaction action{};
  action.sa_handler = act;
  sigfillset(&action.sa_mask);  // one after the other
  ::sigaction(number, &action, nullptr);
}
std::uint64_t serve_memory() {
  on_signal(SIGUSR1, [](int) {
    void* p = ::mmap(nullptr, 40 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    std::memset(p, 1, 40 << 20);
    held = p;
  });
  on_signal(SIGUSR2, [](int) {
    ::munmap(held, 40 << 20);
    held = nullptr;
  });
  return 0;
}

TEST(Processes, APeakBetweenTwoLooksIsNotMissed) {
  const Child child(serve_memory);
  Processes processes(child.pid());
  result::ServiceSample before;
  processes.account_rest(before);
  processes.reset_peak();
  const double base = processes.resident();
  ::kill(child.pid(), SIGUSR1);
  ASSERT_TRUE(eventually([&] {
    Processes other(child.pid());
    return other.resident() > base + 38 * kMiB;
  }));
  ::kill(child.pid(), SIGUSR2);
  ASSERT_TRUE(eventually([&] { return Processes(child.pid()).resident() < base + 2 * kMiB; }));
  // `processes` never looked while the memory was there.
  result::ServiceSample sample;
  processes.account_rest(sample);
  EXPECT_TRUE(processes.can_reset_peak());
  EXPECT_NEAR(sample.peak, base + 40 * kMiB, 0.4 * kMiB + 0.01 * base);
  // And what was before a reset does not count.
  processes.reset_peak();
  result::ServiceSample after;
  processes.account_rest(after);
  EXPECT_LT(after.peak, base + 4 * kMiB);
}

TEST(Processes, MemoryFromThePageTablesIsExact) {
  const Child child(serve_memory);
  Processes processes(child.pid());
  const double before = processes.memory();
  ::kill(child.pid(), SIGUSR1);
  ASSERT_TRUE(eventually([&] { return processes.resident() > before + 38 * kMiB; }));
  EXPECT_TRUE(eventually([&] { return std::abs(processes.memory() - before - 40 * kMiB) < 160 * 1024; }))
      << processes.memory() - before;
}

TEST(Processes, CpuDescriptorsAndDiskOfTheWholeTree) {
  const std::string file = ::testing::TempDir() + "/probe_disk";
  const Child child([&] {
    for (int i = 0; i < 50; ++i) ::open("/dev/null", O_RDONLY);
    if (::fork() == 0) {
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);
      const int fd = ::open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
      const std::string block(1 << 20, 'x');
      for (;;) {
        if (::pwrite(fd, block.data(), block.size(), 0) < 0 || ::fsync(fd) != 0) ::_exit(1);
      }
    }
    return 0;
  });
  Processes processes(child.pid());
  EXPECT_EQ(processes.pids().size(), 2U);
  result::ServiceSample sample;
  processes.account_cpu(sample);
  EXPECT_EQ(sample.processes, 2);
  processes.account_rest(sample);
  EXPECT_GE(sample.descriptors, 100);  // the other inherited the fifty
  EXPECT_LT(sample.descriptors, 130);
  EXPECT_GT(sample.descriptor_share, 0);
  EXPECT_LT(sample.descriptor_share, 1);
  EXPECT_TRUE(eventually([&] {
    processes.account_cpu(sample);
    processes.account_rest(sample);
    return sample.cpu_seconds > 0.01;
  }));
  ::unlink(file.c_str());
}

TEST(Machine, CountsBusyTime) {
  const Machine machine(::getpid());
  const MachineTotals before = machine.read();
  EXPECT_GE(machine.cores(), 1);
  result::ServiceSample sample;
  ASSERT_TRUE(eventually([&] {
    sample = {};
    machine.read().add_since(before, sample);
    return sample.machine_seconds > 0.1;
  }));
  EXPECT_LE(sample.machine_busy, sample.machine_seconds + 1e-9);  // both are sums of ticks
}

TEST(Watch, SeesABusyServiceWithItsConnections) {
  const Child child([] {
    std::uint16_t port = 0;
    listen_anywhere(16, port);
    std::thread(spin).detach();
    return port;
  });
  const auto port = static_cast<std::uint16_t>(child.said());
  auto watch = Watch::start(child.pid(), port);
  ASSERT_TRUE(watch) << watch.error().message;
  EXPECT_THAT((*watch)->description(), ::testing::HasSubstr(std::to_string(child.pid())));
  (*watch)->begin();
  std::vector<int> clients;
  for (int i = 0; i < 3; ++i) clients.push_back(connect_to(port));
  result::ServiceSample all;
  ASSERT_TRUE(eventually([&] {
    std::this_thread::sleep_for(100ms);
    const auto sample = (*watch)->take();
    EXPECT_GT(sample.seconds, 0);
    // Two looks at clocks that run while they are read.
    EXPECT_LE(sample.cpu_seconds, sample.seconds * 1.1 + 0.05);
    all.add(sample);
    return all.seconds > 1.5 && all.cpu_seconds > 0.2 && all.queue_used > 0 && all.busiest_thread > 0;
  })) << all.cpu_seconds;
  EXPECT_EQ(all.threads, 2);
  EXPECT_EQ(all.processes, 1);
  EXPECT_EQ(all.queue_most, 3);
  EXPECT_EQ(all.queue_backlog, 16);
  EXPECT_GT(all.samples, 4);
  EXPECT_GT(all.running, 0);
  EXPECT_GT(all.idle + all.waiting, 0);
  EXPECT_GT(all.baseline, 50'000);
  EXPECT_GT(all.resident, 50'000);
  EXPECT_GT(all.peak, 50'000);
  EXPECT_GT(all.memory, 50'000);
  EXPECT_GT(all.descriptors, 3);
  EXPECT_GT(all.probe_cpu_seconds, 0);
  EXPECT_LT(all.probe_cpu_seconds, all.seconds / 4);
  for (const int fd : clients) ::close(fd);
}

TEST(Watch, TheBaselineIsOfTheBeginning) {
  const Child child(serve_memory);
  auto watch = Watch::start(child.pid(), 0);
  ASSERT_TRUE(watch);
  (*watch)->begin();
  ::kill(child.pid(), SIGUSR1);
  double before = 0;
  ASSERT_TRUE(eventually([&] {  // until the last page has been touched
    const double now = (*watch)->memory();
    return now > 38 * kMiB && now == std::exchange(before, now);
  }));
  const auto sample = (*watch)->take();
  EXPECT_LT(sample.baseline, 20 * kMiB);
  EXPECT_NEAR(sample.memory - sample.baseline, 40 * kMiB, 0.5 * kMiB);
  EXPECT_EQ((*watch)->take().baseline, 0);  // told once
  EXPECT_THAT((*watch)->missing(), ::testing::Contains(::testing::HasSubstr("no TCP port")));
}

// Too soon after the last reading of the page tables for another one: the sample must not have the memory of then.
TEST(Watch, MemoryBetweenTwoReadingsFollowsResidentMemory) {
  const Child child(serve_memory);
  auto watch = Watch::start(child.pid(), 0);
  ASSERT_TRUE(watch);
  std::this_thread::sleep_for(120ms);
  const double before = (*watch)->take().memory;
  ::kill(child.pid(), SIGUSR1);
  ASSERT_TRUE(eventually([&] { return Processes(child.pid()).resident() > before + 39 * kMiB; }));
  EXPECT_NEAR((*watch)->take().memory - before, 40 * kMiB, 1.5 * kMiB);
}

TEST(Watch, AProcessThatIsNotThere) {
  const auto watch = Watch::start(0x3ffffff, 80);
  ASSERT_FALSE(watch);
  EXPECT_EQ(watch.error().code, ErrorCode::kNotFound);
}

}  // namespace
}  // namespace loadstone::probe

#include "probe/threads.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/epoll.h>
#include <sys/syscall.h>

#include <array>
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <semaphore>

#include "probe/child_for_test.h"
#include "probe/service_port.h"

namespace loadstone::probe {
namespace {

const IsInbound kNone = [](std::uint64_t) { return false; };
const IsInbound kAll = [](std::uint64_t) { return true; };

TEST(ThreadState, WhatABlockedCallMeans) {
  EXPECT_EQ(activity_of('R', -1, "", "", kNone), Activity::kRunning);
  EXPECT_EQ(activity_of('S', SYS_futex, "", "", kNone), Activity::kLocked);
  EXPECT_EQ(activity_of('S', SYS_clock_nanosleep, "", "", kNone), Activity::kSleeping);
  EXPECT_EQ(activity_of('S', SYS_fsync, "", "", kNone), Activity::kDisk);
  EXPECT_EQ(activity_of('D', SYS_read, "/a/file", "", kNone), Activity::kDisk);
  EXPECT_EQ(activity_of('S', SYS_write, "socket:[7]", "", kNone), Activity::kSending);
  EXPECT_EQ(activity_of('S', SYS_write, "pipe:[7]", "", kNone), Activity::kWaiting);
  EXPECT_EQ(activity_of('S', SYS_recvfrom, "socket:[7]", "", kNone), Activity::kReceiving);
  EXPECT_EQ(activity_of('S', SYS_recvfrom, "socket:[7]", "", kAll), Activity::kIdle);
  EXPECT_EQ(activity_of('S', SYS_read, "anon_inode:[eventfd]", "", kNone), Activity::kIdle);
  EXPECT_EQ(activity_of('S', SYS_accept4, "", "", kNone), Activity::kIdle);
  // Where the call may not be read, the kernel's function tells.
  EXPECT_EQ(activity_of('S', -1, "", "futex_do_wait", kNone), Activity::kLocked);
  EXPECT_EQ(activity_of('S', -1, "", "ep_poll", kNone), Activity::kWaiting);
  EXPECT_EQ(activity_of('S', -1, "", "inet_csk_accept", kNone), Activity::kIdle);
}

// A process with one thread in each state of the list, and a busy one.
std::uint64_t live_in_every_state(bool busy) {
  static std::mutex lock;
  lock.lock();
  std::uint16_t port = 0;
  static const int listener = listen_anywhere(8, port);
  const auto start = [](auto f) { std::thread(f).detach(); };
  start([] { lock.lock(); });
  start([] { std::this_thread::sleep_for(1h); });
  start([] { ::accept(listener, nullptr, nullptr); });
  start([] {
    epoll_event event{};
    ::epoll_wait(::epoll_create1(0), &event, 1, -1);
  });
  // Reads what a peer that it connected to never sends.
  static std::uint16_t other = 0;
  listen_anywhere(8, other);
  start([] {
    char byte = 0;
    if (::recv(connect_to(other), &byte, 1, 0) != 1) std::abort();
  });
  if (busy) start(spin);
  return port;
}

TEST(Threads, EveryStateOfARealProcess) {
  const Child child([] { return live_in_every_state(false); });
  const pid_t pids[] = {child.pid()};
  auto port = ServicePort::open(static_cast<std::uint16_t>(child.said()), child.pid());
  ASSERT_TRUE(port);
  Threads threads(1);
  result::ServiceSample seen;
  ASSERT_TRUE(eventually([&] {
    result::ServiceSample account, look;
    threads.list(pids, SteadyClock::read());
    threads.account(SteadyClock::read(), account);
    static_cast<void>(
        threads.look(64, [&](std::uint64_t inode) { return port->is_inbound(inode, SteadyClock::read()); }, look));
    seen = look;
    std::this_thread::sleep_for(50ms);
    return look.samples == 6 && look.running == 0 && look.receiving == 1;
  })) << seen.samples
      << " " << seen.receiving;
  EXPECT_EQ(seen.locked, 1);
  EXPECT_EQ(seen.sleeping, 1);
  EXPECT_EQ(seen.receiving, 1);
  EXPECT_EQ(seen.idle, 3);  // in accept, in epoll, and the first thread in pause
  EXPECT_TRUE(threads.can_read_calls());
}

// Three workers wait for a queue, two threads each at a place of its own. Once told to, it has two more wait for a lock
// that is held, and lets one of the two at places of their own run a moment.
std::uint64_t rest_until_told(int told) {
  static std::mutex queue, lock;
  static std::condition_variable work;
  static std::binary_semaphore first(0), second(0);
  const auto start = [](auto f) { std::thread(f).detach(); };
  for (int i = 0; i < 3; ++i)
    start([] {
      std::unique_lock guard(queue);
      work.wait(guard, [] { return false; });
    });
  for (auto* own : {&first, &second})
    start([own] {
      for (;;) own->acquire();
    });
  start([told] {
    char byte = 0;
    if (::read(told, &byte, 1) != 1) std::abort();
    lock.lock();
    for (int i = 0; i < 2; ++i) std::thread([] { lock.lock(); }).detach();
    first.release();
    for (;;) ::pause();
  });
  return 0;
}

TEST(Threads, WhoWaitsWhereItDoesWithoutLoadIsIdle) {
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  const Child child([&] { return rest_until_told(ends[0]); });
  const pid_t pids[] = {child.pid()};
  Threads threads(1);
  const auto look = [&] {
    result::ServiceSample seen;
    threads.list(pids, SteadyClock::read());
    static_cast<void>(threads.look(64, kAll, seen));
    std::this_thread::sleep_for(20ms);
    return seen;
  };
  result::ServiceSample seen;
  ASSERT_TRUE(eventually([&] { return (seen = look()).locked == 5; })) << seen.locked;
  threads.learn_rest(kAll);
  seen = look();
  EXPECT_EQ(seen.locked, 0);
  EXPECT_EQ(seen.idle, 7);
  ASSERT_EQ(::write(ends[1], "x", 1), 1);
  // The two at the lock, and the one that has run: it may wait for anything now.
  EXPECT_TRUE(eventually([&] { return (seen = look()).locked == 3; })) << seen.locked;
  EXPECT_EQ(seen.idle, 6);
  // Not what a service under load does is learnt.
  const Child busy([] { return live_in_every_state(true); });
  const pid_t other[] = {busy.pid()};
  threads.list(other, SteadyClock::read());
  threads.learn_rest(kAll);
  EXPECT_EQ(look().locked, 3);
  ::close(ends[0]);
  ::close(ends[1]);
}

TEST(Threads, TheBusiestThreadAndItsSwitches) {
  const Child child([] { return live_in_every_state(true); });
  const pid_t pids[] = {child.pid()};
  Threads threads(1);
  result::ServiceSample first, second;
  threads.list(pids, SteadyClock::read());
  threads.account(SteadyClock::read(), first);
  EXPECT_EQ(first.busiest_thread, 0);  // nothing to compare with yet
  std::this_thread::sleep_for(300ms);
  threads.list(pids, SteadyClock::read());
  threads.account(SteadyClock::read(), second);
  EXPECT_EQ(second.threads, 7);
  EXPECT_GT(second.busiest_thread, 0.05);
  EXPECT_LE(second.busiest_thread, 1);
  EXPECT_TRUE(threads.can_read_schedule());
}

TEST(Threads, OfManyOnlySomeAreRead) {
  const Child child([] {
    for (int i = 0; i < 200; ++i)
      std::thread([] {
        for (;;) ::usleep(1000);
      }).detach();
    return 0;
  });
  const pid_t pids[] = {child.pid()};
  Threads threads(1);
  result::ServiceSample sample;
  for (int i = 0; i < 4; ++i) {
    sample = {};
    threads.list(pids, SteadyClock::read());
    threads.account(SteadyClock::read(), sample);
    std::this_thread::sleep_for(250ms);
  }
  EXPECT_EQ(sample.threads, 201);
  // Each of two hundred wakes up to a thousand times a second; 64 of them alone could not make so many.
  EXPECT_GT(sample.context_switches, 0);
  result::ServiceSample look;
  EXPECT_LE(threads.look(10, kAll, look), 10U);
  EXPECT_EQ(look.looks, 1);
  EXPECT_NEAR(look.full_looks, 10.0 / 201, 0.001);
  EXPECT_NEAR(look.samples, 201, 0.001);  // ten stand for all
}

}  // namespace
}  // namespace loadstone::probe

// The samples are what Linux 6.18 wrote, shortened where a file is long.
#include "probe/proc_text.h"

#include <gtest/gtest.h>

namespace loadstone::probe {
namespace {

TEST(ProcText, StatOfAProcessWhoseNameHoldsBrackets) {
  const auto stat = parse_stat(
      "4711 (a) R (b) S 42 4711 8724 0 -1 4194304 101 7 3 0 12 30 5 6 20 0 9 0 65954 3133440 415 18446744073709551615 "
      "94498404450304 94498404470185 140729350508608 0 0 0 0 0 0 0 0 0 17 1 0 0 0 0 0\n");
  ASSERT_TRUE(stat);
  EXPECT_EQ(stat->name, "a) R (b");
  EXPECT_EQ(stat->state, 'S');
  EXPECT_EQ(stat->parent, 42);
  EXPECT_EQ(stat->minor_faults, 101U);
  EXPECT_EQ(stat->major_faults, 3U);
  EXPECT_EQ(stat->cpu_ticks, 42U);
  EXPECT_EQ(stat->threads, 9U);
  EXPECT_EQ(stat->started_ticks, 65954U);
  EXPECT_FALSE(parse_stat(""));
  EXPECT_FALSE(parse_stat("4711 (a"));
  EXPECT_FALSE(parse_stat("no brackets at all"));
}

TEST(ProcText, SmallNumbers) {
  EXPECT_EQ(parse_resident_pages("765 436 407 5 0 123 0\n"), 436U);
  EXPECT_FALSE(parse_resident_pages("765"));
  const auto schedule = parse_schedstat("668932 37875 12\n");
  ASSERT_TRUE(schedule);
  EXPECT_EQ(schedule->run_ns, 668932U);
  EXPECT_EQ(schedule->wait_ns, 37875U);
  EXPECT_EQ(schedule->turns, 12U);
  EXPECT_FALSE(parse_schedstat("0"));
  EXPECT_EQ(parse_socket_link("socket:[12345]"), 12345U);
  EXPECT_FALSE(parse_socket_link("pipe:[12345]"));
  EXPECT_FALSE(parse_socket_link("socket:[]"));
}

TEST(ProcText, StatusInBytes) {
  const auto status = parse_status(
      "Name:\tcat\nState:\tR (running)\nVmHWM:\t    1744 kB\nVmRSS:\t    1700 kB\nVmSwap:\t       8 kB\nThreads:\t3\n");
  ASSERT_TRUE(status);
  EXPECT_EQ(status->peak_bytes, 1744U * 1024);
  EXPECT_EQ(status->resident_bytes, 1700U * 1024);
  EXPECT_EQ(status->swap_bytes, 8U * 1024);
  EXPECT_EQ(status->threads, 3U);
  EXPECT_FALSE(parse_status("nothing of the kind"));
}

TEST(ProcText, RollupInBytes) {
  const auto memory = parse_smaps_rollup(
      "55759b189000-7fff3453e000 ---p 00000000 00:00 0                          [rollup]\nRss:                1612 kB\n"
      "Pss:                 211 kB\nPss_Dirty:           112 kB\nAnonymous:           112 kB\nLazyFree:             4 "
      "kB\n"
      "SwapPss:              16 kB\n");
  ASSERT_TRUE(memory);
  EXPECT_EQ(memory->resident_bytes, 1612U * 1024);
  EXPECT_EQ(memory->proportional_bytes, 211U * 1024);
  EXPECT_EQ(memory->anonymous_bytes, 112U * 1024);
  EXPECT_EQ(memory->lazily_freed_bytes, 4U * 1024);
  EXPECT_EQ(memory->swapped_bytes, 16U * 1024);
  EXPECT_FALSE(parse_smaps_rollup(""));  // what a kernel thread has
}

TEST(ProcText, IoAndLimits) {
  const auto io = parse_io("rchar: 6976\nwchar: 1\nsyscr: 10\nsyscw: 0\nread_bytes: 4096\nwrite_bytes: 8192\n");
  ASSERT_TRUE(io);
  EXPECT_EQ(io->read_bytes, 4096U);
  EXPECT_EQ(io->written_bytes, 8192U);
  const char* limits =
      "Limit                     Soft Limit           Hard Limit           Units     \n"
      "Max cpu time              unlimited            unlimited            seconds   \n"
      "Max open files            20000                40000                files     \n";
  EXPECT_EQ(parse_limit(limits, "Max open files"), 20000U);
  EXPECT_EQ(parse_limit(limits, "Max cpu time"), UINT64_MAX);
  EXPECT_FALSE(parse_limit(limits, "Max threads"));
}

TEST(ProcText, TheCallAThreadWaitsIn) {
  const auto call =
      parse_syscall("202 0x7fe39e9dc000 0x20000 0x7fe39ea6db60 0xffffffff 0x0 0x7ffd754b9c48 0x7fe39eb562ad\n");
  ASSERT_TRUE(call);
  EXPECT_FALSE(call->running);
  EXPECT_EQ(call->number, 202);
  EXPECT_EQ(call->first, 0x7fe39e9dc000U);
  EXPECT_TRUE(parse_syscall("running\n")->running);
  EXPECT_EQ(parse_syscall("-1 0x7ffd754b9c48 0x7fe39eb562ad\n")->number, -1);
  EXPECT_FALSE(parse_syscall(""));
}

TEST(ProcText, NetworkCounters) {
  const auto values = parse_netstat(
      "TcpExt: SyncookiesSent ListenOverflows ListenDrops\nTcpExt: 0 12 13\nIpExt: InNoRoutes InOctets\nIpExt: 1 99\n"
      "Tcp: MaxConn RetransSegs\nTcp: -1 5\n");
  EXPECT_EQ(values.at("TcpExt.ListenOverflows"), 12U);
  EXPECT_EQ(values.at("TcpExt.ListenDrops"), 13U);
  EXPECT_EQ(values.at("IpExt.InOctets"), 99U);
  EXPECT_EQ(values.at("Tcp.RetransSegs"), 5U);
  EXPECT_FALSE(values.contains("Tcp.MaxConn"));
  const auto sockets = parse_sockstat("sockets: used 18\nTCP: inuse 1 orphan 0 tw 1 alloc 1 mem 171\n");
  EXPECT_EQ(sockets.at("TCP.mem"), 171U);
  EXPECT_EQ(sockets.at("sockets.used"), 18U);
}

TEST(ProcText, PressureAndCpu) {
  const auto pressure = parse_pressure(
      "some avg10=79.60 avg60=50.99 avg300=28.31 total=134514885\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=7\n");
  ASSERT_TRUE(pressure);
  EXPECT_EQ(pressure->some_us, 134514885U);
  EXPECT_EQ(pressure->full_us, 7U);
  EXPECT_FALSE(parse_pressure(""));
  const auto cpu = parse_machine_cpu("cpu  100 2 30 400 50 6 7 8 99 0\ncpu0 1 2 3\n");
  ASSERT_TRUE(cpu);
  EXPECT_EQ(cpu->busy, 153U);
  EXPECT_EQ(cpu->idle, 400U);
  EXPECT_EQ(cpu->io_wait, 50U);
  EXPECT_EQ(cpu->steal, 8U);
  EXPECT_EQ(cpu->all(), 603U);
  EXPECT_FALSE(parse_machine_cpu("cpu0 1 2 3"));
}

TEST(ProcText, Cgroups) {
  EXPECT_EQ(parse_keyed("usage_usec 100\nnr_throttled 3\nthrottled_usec 4500\n").at("throttled_usec"), 4500U);
  EXPECT_DOUBLE_EQ(*parse_cpu_max("150000 100000\n"), 1.5);
  EXPECT_FALSE(parse_cpu_max("max 100000\n"));
  EXPECT_EQ(parse_cgroup_path("4:memory:/a\n0::/system.slice/x.service\n"), "/system.slice/x.service");
  EXPECT_FALSE(parse_cgroup_path("4:memory:/a\n"));
  EXPECT_EQ(parse_cgroup_mount("35 24 0:30 / /sys/fs/cgroup/cpu rw,relatime - cgroup cgroup rw,cpu\n"
                               "36 24 0:31 / /sys/fs/cgroup/unified rw,relatime shared:5 - cgroup2 cgroup2 rw\n"),
            "/sys/fs/cgroup/unified");
  EXPECT_EQ(parse_cgroup_path("5:cpuset:/c\n4:cpu,cpuacct:/b\n0::/a\n", "cpu"), "/b");
  EXPECT_FALSE(parse_cgroup_path("5:cpuset:/c\n0::/a\n", "cpu"));
  EXPECT_EQ(parse_cgroup_mount("34 24 0:29 / /sys/fs/cgroup/cpuset rw,relatime - cgroup cgroup rw,cpuset\n"
                               "35 24 0:30 / /sys/fs/cgroup/cpu,cpuacct rw shared:5 - cgroup cgroup rw,cpu,cpuacct\n"
                               "36 24 0:31 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw,nsdelegate\n",
                               "cpu"),
            "/sys/fs/cgroup/cpu,cpuacct");
  EXPECT_EQ(parse_whole("-1\n"), -1);
  EXPECT_FALSE(parse_whole("max\n"));
  EXPECT_EQ(parse_meminfo("MemTotal:       16000000 kB\nSlab: 2 kB\n").at("Slab"), 2048U);
}

}  // namespace
}  // namespace loadstone::probe

// What the kernel's text files say: pure functions from text to numbers. Formats are those of proc(5), of
// Documentation/filesystems/proc.rst, Documentation/accounting/psi.rst and Documentation/admin-guide/cgroup-v2.rst.
// A field that is missing stays 0; nothing is returned when the text is not of that format at all.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace loadstone::probe {

// /proc/PID/stat, or /proc/PID/task/TID/stat for one thread.
struct ProcessStat {
  std::string name;  // at most 15 bytes; may hold blanks and brackets
  char state = '?';  // R running, S asleep, D waiting for I/O, Z zombie …
  int parent = 0;    // pid
  std::uint64_t minor_faults = 0;
  std::uint64_t major_faults = 0;
  std::uint64_t cpu_ticks = 0;  // user + system
  std::uint64_t threads = 0;
  std::uint64_t started_ticks = 0;  // since boot: with the pid it names a process for good
};
[[nodiscard]] std::optional<ProcessStat> parse_stat(std::string_view text);

// /proc/PID/statm: resident pages.
[[nodiscard]] std::optional<std::uint64_t> parse_resident_pages(std::string_view text);

// /proc/PID/task/TID/schedstat.
struct ScheduleStat {
  std::uint64_t run_ns = 0;   // on a CPU
  std::uint64_t wait_ns = 0;  // ready, but waiting for one
  std::uint64_t turns = 0;    // times it was given a CPU: its context switches
};
[[nodiscard]] std::optional<ScheduleStat> parse_schedstat(std::string_view text);

// /proc/PID/status.
struct ProcessStatus {
  std::uint64_t peak_bytes = 0;  // VmHWM
  std::uint64_t resident_bytes = 0;
  std::uint64_t swap_bytes = 0;
  std::uint64_t threads = 0;
};
[[nodiscard]] std::optional<ProcessStatus> parse_status(std::string_view text);

// /proc/PID/smaps_rollup.
struct MappedMemory {
  std::uint64_t resident_bytes = 0;
  std::uint64_t proportional_bytes = 0;  // PSS: shared pages divided by how many share them
  std::uint64_t anonymous_bytes = 0;
  std::uint64_t lazily_freed_bytes = 0;  // given back, but not yet taken
  std::uint64_t swapped_bytes = 0;       // proportional
};
[[nodiscard]] std::optional<MappedMemory> parse_smaps_rollup(std::string_view text);

// /proc/PID/io: bytes that really went to or came from a disk.
struct ProcessIo {
  std::uint64_t read_bytes = 0;
  std::uint64_t written_bytes = 0;
};
[[nodiscard]] std::optional<ProcessIo> parse_io(std::string_view text);

// The soft limit of a row of /proc/PID/limits ("Max open files"); nothing when there is no such row, the largest number
// when it is unlimited.
[[nodiscard]] std::optional<std::uint64_t> parse_limit(std::string_view text, std::string_view row);

// /proc/PID/task/TID/syscall.
struct CurrentCall {
  bool running = false;     // on a CPU, or ready
  int number = -1;          // of the system call it is blocked in; -1 when it is blocked outside of one
  std::uint64_t first = 0;  // its first argument: often a descriptor
};
[[nodiscard]] std::optional<CurrentCall> parse_syscall(std::string_view text);

// /proc/net/netstat and /proc/net/snmp: "TcpExt" with "ListenOverflows" → "TcpExt.ListenOverflows".
[[nodiscard]] std::map<std::string, std::uint64_t> parse_netstat(std::string_view text);
// /proc/net/sockstat: "TCP" with "mem" → "TCP.mem" (pages).
[[nodiscard]] std::map<std::string, std::uint64_t> parse_sockstat(std::string_view text);

// /proc/pressure/X and cgroup X.pressure: microseconds in which some or all tasks were stalled, since boot.
struct Pressure {
  std::uint64_t some_us = 0;
  std::uint64_t full_us = 0;
};
[[nodiscard]] std::optional<Pressure> parse_pressure(std::string_view text);

// The first line of /proc/stat, in ticks.
struct MachineCpu {
  std::uint64_t busy = 0;  // user, nice, system, irq, softirq, steal
  std::uint64_t idle = 0;
  std::uint64_t io_wait = 0;
  std::uint64_t steal = 0;
  [[nodiscard]] std::uint64_t all() const { return busy + idle + io_wait; }
};
[[nodiscard]] std::optional<MachineCpu> parse_machine_cpu(std::string_view text);

// "key number" lines, as of cpu.stat, memory.stat and memory.events.
[[nodiscard]] std::map<std::string, std::uint64_t> parse_keyed(std::string_view text);
// "key: number kB" lines of /proc/meminfo, in bytes.
[[nodiscard]] std::map<std::string, std::uint64_t> parse_meminfo(std::string_view text);
// The number a file consists of: cpu.cfs_quota_us, where -1 means none.
[[nodiscard]] std::optional<std::int64_t> parse_whole(std::string_view text);
// cpu.max: the number of CPUs that may be used, or nothing when there is no limit ("max 100000").
[[nodiscard]] std::optional<double> parse_cpu_max(std::string_view text);
// The path in /proc/PID/cgroup of the version-2 hierarchy ("0::/system.slice/x.service"), or of the version-1 hierarchy
// of a controller ("4:cpu,cpuacct:/x").
[[nodiscard]] std::optional<std::string> parse_cgroup_path(std::string_view text, std::string_view controller = {});
// Where that hierarchy is mounted, from /proc/self/mountinfo.
[[nodiscard]] std::optional<std::string> parse_cgroup_mount(std::string_view text, std::string_view controller = {});

// "socket:[12345]" → 12345, the target of a link in /proc/PID/fd.
[[nodiscard]] std::optional<std::uint64_t> parse_socket_link(std::string_view text);

}  // namespace loadstone::probe

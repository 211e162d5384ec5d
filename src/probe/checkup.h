// Is this machine fit to measure? What it allows, how noisy it is, what the probe may read; and what to do about each.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"

namespace loadstone::probe {

// What was found. Defaults are those of a fit machine, so that a test changes one thing at a time.
struct MachineReading {
  std::uint64_t descriptors = 1'048'576;  // RLIMIT_NOFILE: the hard limit, up to which loadstone helps itself
  std::uint64_t first_port = 1024, last_port = 65535;  // net.ipv4.ip_local_port_range
  std::uint64_t accept_backlog = 4096;                 // net.core.somaxconn
  bool io_uring = true;                                // can be set up
  bool pressure = true;                                // /proc/pressure is there
  int perf_paranoid = 1;                               // kernel.perf_event_paranoid
  bool may_profile = true;                             // a sampling event could be opened
  bool privileged = true;  // root, or CAP_SYS_PTRACE: the services of every user can be read
  int trace_scope = 0;     // kernel.yama.ptrace_scope; 0 where there is no Yama
  std::string clock_source = "tsc";
  double clock_read_ns = 25;             // what reading the clock costs
  int cores = 4;                         // that loadstone may use
  std::optional<double> quota;           // of its cgroup, in cores
  std::string governor = "performance";  // of the CPU's frequency; empty: not known
  double steal = 0;                      // share of the machine's time taken by its host, in the window
  double busy = 0;                       // share of the machine's time that others used
  double io_stalled = 0;                 // share of the window in which something waited for a disk
  double worst_wake_seconds = 0;         // how late the latest of many sleeps ended
  std::uint64_t memory_available = std::uint64_t{8} << 30;  // bytes
  std::uint64_t swap_used = 0;
};

// Looks for about as long as `window` at how noisy the machine is.
[[nodiscard]] MachineReading read_machine(Nanoseconds window);

enum class Grade : std::uint8_t { kGood, kWarning, kBad };
struct Check {
  std::string subject;
  Grade grade = Grade::kGood;
  std::string found;
  std::string advice;  // empty when good
};
[[nodiscard]] std::vector<Check> check_machine(const MachineReading& reading);

// What the probe can read of one process.
[[nodiscard]] std::vector<Check> check_service(int pid, std::uint16_t port);

}  // namespace loadstone::probe

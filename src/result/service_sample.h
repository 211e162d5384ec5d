// What was seen of the service during one block: sums over the time it covers, and the state at its end. Every field is
// a number that adds up, or of which the largest or the last counts; the table says which, and is what the journal is
// written and read by.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"

namespace loadstone::result {

struct ServiceSample {
  double seconds = 0;    // that this covers; 0: nobody looked
  double processes = 0;  // at the end

  // CPU, of all processes.
  double cpu_seconds = 0;
  double wait_seconds = 0;       // ready to run, and waiting for a CPU
  double busiest_thread = 0;     // its share of one core, 0 to 1
  double cores = 0;              // that it may use: of its affinity and its quota
  double throttled_seconds = 0;  // kept from running by its quota
  double context_switches = 0;

  // Memory, in bytes.
  double resident = 0;  // at the end, by counters that the kernel keeps only nearly
  double peak = 0;      // highest since the scenario began, by the kernel's own mark where it has one
  // From the page tables, exact: resident memory of a single process; of several the sum of their PSS, in which pages
  // that they share count once. Moved by `resident` since then where reading them at each block would take too long.
  double memory = 0;
  double baseline = 0;  // `memory` before the scenario
  double swapped = 0;
  double kernel_baseline = 0;  // `kernel` before the scenario
  double kernel = 0;           // of its sockets and kernel objects, outside of the above
  double major_faults = 0;
  double memory_events = 0;  // its cgroup's high, max and oom

  // Descriptors, threads, disk.
  double threads = 0;
  double descriptors = 0;
  double descriptor_share = 0;  // of its limit, of the process nearest to it
  double disk_read = 0;
  double disk_written = 0;

  // What its threads were doing: each look at them adds how many there were in each state, estimated from some by lot.
  // Divided by `looks` these are mean numbers of threads.
  double looks = 0;
  double full_looks = 0;  // the shares of the threads that were looked at, summed: how much is known
  double samples = 0;     // threads there were, summed over the looks
  double running = 0;     // on a CPU or ready
  double locked = 0;      // waiting for a futex
  double sleeping = 0;    // in a sleep of its own
  double disk = 0;        // waiting for a disk, or in fsync
  double sending = 0;     // blocked in sending to a socket
  double receiving = 0;   // waiting for an answer on a connection that it opened itself
  double idle = 0;        // waiting for work: connections, requests, timers
  double waiting = 0;     // in any other call

  // Its port.
  double queue_reads = 0;    // how often the accept queue was looked at
  double queue_full = 0;     // ... and at least 80 % full
  double queue_used = 0;     // ... and not empty
  double queue_most = 0;     // connections that waited
  double queue_backlog = 0;  // that may wait
  double overflows = 0;      // connections refused because the queue was full, of the whole network namespace
  double syn_retransmits = 0;
  double connections = 0;               // established, when last counted
  double unread_bytes = 0;              // that the service has not read yet, ...
  double unsent_bytes = 0;              // that clients have not taken yet, ...
  double stuck_sockets = 0;             // ... connections of which none was taken between two looks, when last counted
  double send_seconds = 0;              // in which connections had something to send
  double receiver_limited_seconds = 0;  // ... and the client did not read

  // The machine.
  double machine_busy = 0;     // seconds of CPU in use, over all cores
  double machine_seconds = 0;  // seconds of CPU there were
  double steal_seconds = 0;    // taken by the host
  double cpu_pressure = 0;     // seconds in which something waited for a CPU,
  double io_pressure = 0;      // for a disk,
  double memory_pressure = 0;  // for memory

  // The probe itself.
  double probe_cpu_seconds = 0;

  [[nodiscard]] bool is_empty() const { return seconds <= 0; }
  // Joins the sample of the next block in time.
  void add(const ServiceSample& next);
};

enum class Joining : std::uint8_t { kSum, kMost, kLast, kFirst };
struct ServiceField {
  std::string_view name;  // in the journal
  double ServiceSample::* value;
  Joining joining;
};
[[nodiscard]] std::span<const ServiceField> service_fields();

// A sample as one line of JSON, as it is in the journal, and back. The error names the field.
[[nodiscard]] std::string to_line(const ServiceSample& sample);
[[nodiscard]] Result<ServiceSample> service_sample_from_line(std::string_view line);

}  // namespace loadstone::result

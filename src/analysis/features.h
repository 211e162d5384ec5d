// What one step of load looked like from outside, in numbers that rules can be written about. Pure; docs/diagnosis.md
// says what each means.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>

#include "result/service_sample.h"

namespace loadstone::analysis {

// What the generator saw of the step.
struct StepLoad {
  double concurrency = 0;  // mean requests in flight
  double seconds = 0;
  double completed = 0;  // in the measured time, failures too
  double failures = 0;
  double turned_away = 0;     // of the failures: refused, reset or closed before an answer, or an error for a status
  double p50 = 0, p99 = 0;    // of latency, seconds
  double connect_p99 = 0;     // seconds
  double clients = 0;         // connections that were asked for
  double generator_busy = 0;  // its busiest shard, running or waiting for a CPU, 0 to 1
  double generator_cpu = 0;   // cores that it used
  bool generator_limited = false;
};

struct Features {
  StepLoad load;
  double rate = 0;         // successes per second
  double turned_away = 0;  // share of all requests

  double cores = 0;     // that the service may use
  double cpu = 0;       // cores it used
  double cpu_wait = 0;  // cores it wanted besides: ready and waiting
  double busiest_thread = 0;
  double cpu_per_request = 0;  // seconds
  double throttled = 0;        // share of the time
  double steal = 0;            // share of the machine's time
  double machine_busy = 0;     // share of the machine's time
  double machine_cores = 0;

  // Mean numbers of threads. `parked` is the part of `locked` that has nothing to do.
  double threads = 0, idle = 0, running = 0, locked = 0, sleeping = 0, disk = 0, sending = 0, receiving = 0,
         waiting = 0;
  double parked = 0;
  double full_looks = 0;  // at all the threads, or twice as many at half of them: what the above is known from

  double queue_used = 0, queue_full = 0;  // share of looks at the accept queue
  double overflows = 0;                   // per second
  double syn_retransmits = 0;             // per second
  double connections = 0;                 // of the service's port, as the kernel counts
  double descriptor_share = 0;
  double stuck_share = 0;  // connections with unsent bytes of which none was taken between two looks
  double unsent_bytes = 0, unread_bytes = 0;
  double receiver_limited = 0;  // share of the time in which there was something to send

  double io_pressure = 0, memory_pressure = 0;  // share of the time
  double disk_written = 0;                      // bytes per second
  double memory_growth = 0;                     // bytes per second, once the connections of the step are open
  double memory_events = 0, swapped = 0;
  double switches_per_request = 0;

  // Threads that are neither waiting for work nor parked.
  [[nodiscard]] double working() const { return threads - idle - parked; }
  // ... nor running, ready, or waiting for each other: in a sleep, with a disk, with others.
  [[nodiscard]] double elsewhere() const { return std::max(0.0, threads - idle - locked - running); }
  // Threads that neither wait for each other nor for a CPU: how many things happen at the same time.
  [[nodiscard]] double width() const { return elsewhere() + std::min(running, cpu); }
  // A number of threads as a share of those that work.
  [[nodiscard]] double share(double of) const { return working() > 0.05 ? of / working() : 0; }
};

// `quiet` is what the service did without any load. Threads that slept or wrote to a disk then do so for their own
// reasons: as many count as idle. Those that waited for a lock then are workers without work; no more of them can be
// parked than there are more of them than requests. `blocks` are those of the step, in order; the first of several is
// the one in which its connections are opened, which have memory of their own.
[[nodiscard]] Features features_of(const StepLoad& load, std::span<const result::ServiceSample> blocks,
                                   const result::ServiceSample& quiet);

}  // namespace loadstone::analysis

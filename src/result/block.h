// What was measured in one stretch of a scenario (a second, or less in short scenarios). Blocks are what shards hand
// over, what the journal keeps, and what every number of the result is computed from: by adding counts, never by
// averaging.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/clock.h"
#include "result/service_sample.h"
#include "stats/histogram.h"

namespace loadstone::result {

// Exact count for one target of the form latency.pXX < T: how many requests there were, how many took longer than T,
// and how many would have without the generator's own lag. Requests that never succeeded in time count as longer than
// any T.
struct Exceedance {
  std::uint64_t count = 0;
  std::uint64_t above = 0;
  std::uint64_t above_without_lag = 0;
};

// What the generator saw of itself during the block.
struct GeneratorHealth {
  double busiest_shard = 0;  // (on a CPU + waiting for one) / wall time of the busiest shard, 0 to 1
  double cpu_seconds = 0;    // user + system of the whole process
  double pause_seconds = 0;  // time in turns of the loop that took over 20 ms, or overslept by that
  double steal = 0;          // share of the machine's time taken by its host
  std::uint64_t major_faults = 0;
  std::uint64_t swap_bytes = 0;
  std::uint64_t no_ports = 0;        // connects that failed with EADDRNOTAVAIL
  std::uint64_t no_descriptors = 0;  // sockets that failed with EMFILE or ENFILE
  std::uint64_t open_descriptors = 0;
  std::uint64_t descriptor_limit = 0;
  std::uint64_t clock_errors = 0;  // stamps earlier than the one before them, changes of the clock source
};

struct Block {
  std::size_t scenario = 0;  // index in the run
  Nanoseconds start{0};      // since the start of the scenario's measured time; negative during warm-up
  Nanoseconds length{0};
  bool measured = true;  // false for warm-up: counted, but in no metric

  // Named as the metrics are: requests, successes, failures, errors.*, status.NNN, bytes.*, connect.*, and for steps
  // step.NAME.requests …. Besides: scheduled (due, and taken from the schedule in this block), sent, completed (ended
  // within the measured time).
  std::map<std::string, std::uint64_t> counters;
  // Named as the families are: latency, wait, lag, service_time, first_byte, connect.time …, step.NAME.latency ….
  // Besides: latency_without_lag (wait + service_time), and error_latency (of the failures; latency itself holds every
  // request that came to an end, the failures too).
  std::map<std::string, stats::Histogram> histograms;
  std::vector<Exceedance> exceedances;  // one per target of the scenario, in order; unused for those of other forms
  std::uint64_t in_flight = 0;          // at the end of the block
  std::uint64_t waiting = 0;            // due then, but not started, as no connection was free
  std::uint64_t connections = 0;        // open at the end of the block
  GeneratorHealth generator;
  ServiceSample service;  // what the probe saw since the block before, if there was one

  // A counter; 0 when nothing was counted under the name.
  [[nodiscard]] std::uint64_t count(const std::string& name) const;
  // Adds the counts of another shard's block, or of the next block in time (then `length` is for the caller to extend).
  void add(const Block& other);
};

}  // namespace loadstone::result

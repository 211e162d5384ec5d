#include "analysis/features.h"

#include <algorithm>

#include "analysis/service.h"

namespace loadstone::analysis {

namespace {

double growth_after_the_first(std::span<const result::ServiceSample> blocks) {
  double seconds = 0;
  for (const auto& block : blocks.subspan(std::min<std::size_t>(1, blocks.size()))) seconds += block.seconds;
  return seconds > 0 ? (memory_of(blocks.back()) - memory_of(blocks.front())) / seconds : 0;
}

}  // namespace

Features features_of(const StepLoad& load, std::span<const result::ServiceSample> blocks,
                     const result::ServiceSample& quiet) {
  result::ServiceSample seen;
  for (const auto& block : blocks) seen.add(block);
  Features f;
  f.load = load;
  const auto per = [](double part, double whole) { return whole > 0 ? part / whole : 0; };
  f.rate = per(std::max(0.0, load.completed - load.failures), load.seconds);
  f.turned_away = std::min(1.0, per(load.turned_away, load.completed));
  const double seconds = seen.seconds;
  f.cores = seen.cores;
  f.cpu = per(seen.cpu_seconds, seconds);
  f.cpu_wait = per(seen.wait_seconds, seconds);
  f.busiest_thread = seen.busiest_thread;
  f.cpu_per_request = per(seen.cpu_seconds, load.completed);
  f.throttled = per(seen.throttled_seconds, seconds);
  f.steal = per(seen.steal_seconds, seen.machine_seconds);
  f.machine_busy = per(seen.machine_busy, seen.machine_seconds);
  f.machine_cores = per(seen.machine_seconds, seconds);

  const auto mean = [&](const result::ServiceSample& of, double result::ServiceSample::* state) {
    return per(of.*state, of.looks);
  };
  using Seen = result::ServiceSample;
  f.full_looks = seen.full_looks;
  f.threads = mean(seen, &Seen::samples);
  f.idle = mean(seen, &Seen::idle);
  f.running = mean(seen, &Seen::running);
  f.locked = mean(seen, &Seen::locked);
  f.sleeping = mean(seen, &Seen::sleeping);
  f.disk = mean(seen, &Seen::disk);
  f.sending = mean(seen, &Seen::sending);
  f.receiving = mean(seen, &Seen::receiving);
  f.waiting = mean(seen, &Seen::waiting);
  for (const auto& [state, own] :
       {std::pair(&Features::sleeping, &Seen::sleeping), std::pair(&Features::waiting, &Seen::waiting),
        std::pair(&Features::disk, &Seen::disk)}) {
    const double resting = std::min(f.*state, mean(quiet, own));
    f.*state -= resting;
    f.idle += resting;
  }
  f.parked = std::clamp(mean(quiet, &Seen::locked) - load.concurrency, 0.0, f.locked);

  f.queue_used = per(seen.queue_used, seen.queue_reads);
  f.queue_full = per(seen.queue_full, seen.queue_reads);
  f.overflows = per(seen.overflows, seconds);
  f.syn_retransmits = per(seen.syn_retransmits, seconds);
  f.connections = seen.connections;
  f.descriptor_share = seen.descriptor_share;
  f.stuck_share = per(seen.stuck_sockets, seen.connections);
  f.unsent_bytes = seen.unsent_bytes;
  f.unread_bytes = seen.unread_bytes;
  f.receiver_limited = per(seen.receiver_limited_seconds, seen.send_seconds);

  f.io_pressure = per(seen.io_pressure, seconds);
  f.memory_pressure = per(seen.memory_pressure, seconds);
  f.disk_written = per(seen.disk_written, seconds);
  f.memory_growth = growth_after_the_first(blocks);
  f.memory_events = seen.memory_events;
  f.swapped = seen.swapped;
  f.switches_per_request = per(seen.context_switches, load.completed);
  return f;
}

}  // namespace loadstone::analysis

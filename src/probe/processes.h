// The processes of the service: which there are, and the CPU, memory, descriptors and disk they use together.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "base/clock.h"
#include "result/service_sample.h"

namespace loadstone::probe {

class Processes {
 public:
  // `root` and all that come from it.
  explicit Processes(pid_t root);

  // Looks for processes that were born or have ended; about ten microseconds for each process of the machine.
  void list();
  [[nodiscard]] std::span<const pid_t> pids() const { return pids_; }

  // CPU since the last call: exact, by the processes' own clocks; one microsecond a process.
  void account_cpu(result::ServiceSample& into);
  // Resident memory now, from statm: about ten microseconds a process.
  [[nodiscard]] double resident();
  // How far resident() may be off: the kernel adds up the pages of each processor in batches, of max(32, twice the
  // processors) pages (lib/percpu_counter.c); what is left over on each is as often above as below.
  [[nodiscard]] double resident_slack() const;
  // High-water mark, swap, descriptors, faults, disk: about fifty microseconds a process.
  void account_rest(result::ServiceSample& into);
  // Exact memory, as ServiceSample::memory: a walk through the page tables, which takes milliseconds for hundreds of
  // megabytes and holds the service's memory lock. Falls back to resident() where it may not be read.
  [[nodiscard]] double memory();
  // From here on the highest memory counts anew. Where the kernel's mark may not be reset, the highest that was seen is
  // used until the mark itself moves.
  void reset_peak();

  [[nodiscard]] bool can_reset_peak() const { return can_reset_peak_; }
  [[nodiscard]] bool can_read_memory() const { return can_read_memory_; }
  [[nodiscard]] bool can_read_io() const { return can_read_io_; }
  [[nodiscard]] bool can_count_descriptors() const { return can_count_descriptors_; }

 private:
  struct Totals {
    double cpu_seconds = 0;
    std::uint64_t major_faults = 0, disk_read = 0, disk_written = 0;
    bool known = false;      // the last three
    std::uint64_t mark = 0;  // VmHWM when the peak was reset
  };

  pid_t root_;
  std::vector<pid_t> pids_;
  std::map<pid_t, Totals> totals_;
  double most_resident_ = 0;
  bool can_reset_peak_ = true;
  bool can_read_memory_ = true;
  bool can_read_io_ = true;
  bool can_count_descriptors_ = true;
};

}  // namespace loadstone::probe

#include "probe/processes.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <ctime>
#include <optional>

#include "base/format.h"
#include "probe/proc_file.h"
#include "probe/proc_text.h"
#include "probe/process_tree.h"

namespace loadstone::probe {
namespace {

std::optional<double> cpu_seconds_of(pid_t pid) {
  clockid_t clock{};
  timespec t{};
  if (::clock_getcpuclockid(pid, &clock) != 0 || ::clock_gettime(clock, &t) != 0) return std::nullopt;
  return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_nsec) * 1e-9;
}

template <class Parse>
auto parse_of(pid_t pid, const char* file, const Parse& parse) -> decltype(parse(std::string_view())) {
  const auto text = read_file(format("/proc/{}/{}", pid, file));
  return text ? parse(*text) : decltype(parse(std::string_view())){};
}

bool reset_mark(pid_t pid) {
  const int fd = ::open(format("/proc/{}/clear_refs", pid).c_str(), O_WRONLY | O_CLOEXEC);
  if (fd < 0) return false;
  const bool done = ::write(fd, "5", 1) == 1;  // 5: the peak resident set size, see proc(5)
  ::close(fd);
  return done;
}

}  // namespace

Processes::Processes(pid_t root) : root_(root) {
  list();
  for (const pid_t pid : pids_)  // what they used before is not ours to count
    if (const auto cpu = cpu_seconds_of(pid)) totals_[pid].cpu_seconds = *cpu;
}

void Processes::list() {
  pids_ = descendants(root_);
  pids_.push_back(root_);
  std::sort(pids_.begin(), pids_.end());
  std::erase_if(totals_,
                [&](const auto& entry) { return !std::binary_search(pids_.begin(), pids_.end(), entry.first); });
  for (const pid_t pid : pids_) totals_.try_emplace(pid);
}

void Processes::account_cpu(result::ServiceSample& into) {
  double processes = 0;
  for (const pid_t pid : pids_) {
    const auto cpu = cpu_seconds_of(pid);
    if (!cpu) continue;
    Totals& totals = totals_[pid];
    into.cpu_seconds += std::max(0.0, *cpu - totals.cpu_seconds);
    totals.cpu_seconds = *cpu;
    processes += 1;
  }
  into.processes = processes;
}

double Processes::resident() {
  const auto page = static_cast<double>(::sysconf(_SC_PAGESIZE));
  double bytes = 0;
  for (const pid_t pid : pids_)
    if (const auto pages = parse_of(pid, "statm", parse_resident_pages)) bytes += static_cast<double>(*pages) * page;
  most_resident_ = std::max(most_resident_, bytes);
  return bytes;
}

double Processes::resident_slack() const {
  const auto page = static_cast<double>(::sysconf(_SC_PAGESIZE));
  const auto processors = static_cast<double>(::sysconf(_SC_NPROCESSORS_ONLN));
  return page * std::max(32.0, 2 * processors) * std::sqrt(processors * static_cast<double>(pids_.size()));
}

void Processes::account_rest(result::ServiceSample& into) {
  double peak = 0, swapped = 0, descriptors = 0;
  bool moved = can_reset_peak_;
  for (const pid_t pid : pids_) {
    Totals& totals = totals_[pid];
    if (const auto status = parse_of(pid, "status", parse_status)) {
      peak += static_cast<double>(status->peak_bytes);
      swapped += static_cast<double>(status->swap_bytes);
      moved = moved || status->peak_bytes > totals.mark;
    }
    std::uint64_t faults = 0;
    if (const auto stat = parse_of(pid, "stat", parse_stat)) faults = stat->major_faults;
    const auto io = parse_of(pid, "io", parse_io);
    can_read_io_ = io || ::access(format("/proc/{}", pid).c_str(), F_OK) != 0;
    if (totals.known) {
      into.major_faults += static_cast<double>(faults - std::min(faults, totals.major_faults));
      if (io) {
        into.disk_read += static_cast<double>(io->read_bytes - std::min(io->read_bytes, totals.disk_read));
        into.disk_written += static_cast<double>(io->written_bytes - std::min(io->written_bytes, totals.disk_written));
      }
    }
    totals.known = true;
    totals.major_faults = faults;
    if (io) {
      totals.disk_read = io->read_bytes;
      totals.disk_written = io->written_bytes;
    }
    const auto open = count_entries(format("/proc/{}/fd", pid));
    const auto limits = read_file(format("/proc/{}/limits", pid));
    if (open) descriptors += static_cast<double>(*open);
    if (const auto limit = limits ? parse_limit(*limits, "Max open files") : std::nullopt; limit && *limit > 0 && open)
      into.descriptor_share = std::max(into.descriptor_share, static_cast<double>(*open) / static_cast<double>(*limit));
    can_count_descriptors_ = open || ::access(format("/proc/{}", pid).c_str(), F_OK) != 0;
  }
  // Marks of several processes need not be of one instant: their sum is a bound from above.
  into.peak = std::max(into.peak, moved ? peak : most_resident_);
  into.swapped = std::max(into.swapped, swapped);
  into.descriptors = std::max(into.descriptors, descriptors);
}

double Processes::memory() {
  double bytes = 0;
  for (const pid_t pid : pids_) {
    const auto memory = parse_of(pid, "smaps_rollup", parse_smaps_rollup);
    if (memory) {
      bytes += static_cast<double>(pids_.size() == 1 ? memory->resident_bytes : memory->proportional_bytes);
    } else if (::access(format("/proc/{}", pid).c_str(), F_OK) == 0) {
      can_read_memory_ = false;
      return resident();
    }
  }
  return bytes;
}

void Processes::reset_peak() {
  most_resident_ = 0;
  static_cast<void>(resident());
  can_reset_peak_ = true;
  for (const pid_t pid : pids_) {
    const bool done = reset_mark(pid);
    can_reset_peak_ = can_reset_peak_ && (done || ::access(format("/proc/{}", pid).c_str(), F_OK) != 0);
    const auto status = parse_of(pid, "status", parse_status);
    totals_[pid].mark = status ? status->peak_bytes : 0;
  }
}

}  // namespace loadstone::probe

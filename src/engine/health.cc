#include "engine/health.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <string>

#include "base/format.h"

namespace loadstone::engine {
namespace {

std::string read_text(const std::string& path) {
  std::string text(4096, '\0');
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return {};
  const ssize_t n = ::read(fd, text.data(), text.size());
  ::close(fd);
  text.resize(n > 0 ? static_cast<std::size_t>(n) : 0);
  return text;
}

std::vector<std::uint64_t> numbers(std::string_view text) {
  std::vector<std::uint64_t> found;
  const char* at = text.data();
  const char* end = at + text.size();
  while (at < end) {
    std::uint64_t value = 0;
    const auto [next, error] = std::from_chars(at, end, value);
    if (error == std::errc()) found.push_back(value);
    at = error == std::errc() ? next : at + 1;
  }
  return found;
}

double seconds(const timeval& t) { return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) * 1e-6; }

std::uint64_t open_descriptors() {
  // Since Linux 6.2 the size of the folder is the number of entries; counting them costs milliseconds at ten thousand.
  struct stat s{};
  if (::stat("/proc/self/fd", &s) == 0 && s.st_size > 0) return static_cast<std::uint64_t>(s.st_size);
  std::error_code ignored;
  std::uint64_t n = 0;
  for (auto it = std::filesystem::directory_iterator("/proc/self/fd", ignored);
       !ignored && it != std::filesystem::directory_iterator(); it.increment(ignored))
    ++n;
  return n;
}

std::uint64_t swap_bytes() {
  const std::string status = read_text("/proc/self/status");
  const auto at = status.find("VmSwap:");
  if (at == std::string::npos) return 0;
  const auto found = numbers(std::string_view(status).substr(at, status.find('\n', at) - at));
  return found.empty() ? 0 : found.front() * 1024;
}

}  // namespace

Health::Health(std::vector<pid_t> shard_threads) : threads_(std::move(shard_threads)), last_(read()) {}

Health::Totals Health::read() const {
  Totals totals;
  totals.at = SteadyClock::read();
  for (const pid_t tid : threads_) {
    // "on-CPU ns, waiting ns, slices"; gone when the thread has ended.
    const auto found = numbers(read_text(format("/proc/self/task/{}/schedstat", tid)));
    totals.busy_ns.push_back(found.size() >= 2 ? found[0] + found[1] : 0);
  }
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  totals.cpu_seconds = seconds(usage.ru_utime) + seconds(usage.ru_stime);
  totals.major_faults = static_cast<std::uint64_t>(usage.ru_majflt);
  const std::string stat = read_text("/proc/stat");
  const auto cpu = numbers(std::string_view(stat).substr(0, stat.find('\n')));
  for (std::size_t i = 0; i < cpu.size() && i < 8; ++i) totals.all_ticks += static_cast<double>(cpu[i]);
  if (cpu.size() >= 8) totals.steal_ticks = static_cast<double>(cpu[7]);
  return totals;
}

void Health::sample(result::GeneratorHealth& into) {
  const Totals now = read();
  const double wall = to_seconds(now.at - last_.at);
  into.busiest_shard = 0;
  for (std::size_t i = 0; i < now.busy_ns.size() && wall > 0; ++i)
    if (now.busy_ns[i] > last_.busy_ns[i])
      into.busiest_shard =
          std::max(into.busiest_shard, static_cast<double>(now.busy_ns[i] - last_.busy_ns[i]) * 1e-9 / wall);
  into.busiest_shard = std::min(into.busiest_shard, 1.0);
  into.cpu_seconds = now.cpu_seconds - last_.cpu_seconds;
  into.major_faults = now.major_faults - last_.major_faults;
  const double ticks = now.all_ticks - last_.all_ticks;
  into.steal = ticks > 0 ? std::max(0.0, (now.steal_ticks - last_.steal_ticks) / ticks) : 0;
  into.swap_bytes = swap_bytes();
  into.open_descriptors = open_descriptors();
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  into.descriptor_limit = limit.rlim_cur;
  last_ = now;
}

}  // namespace loadstone::engine

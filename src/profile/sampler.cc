#include "profile/sampler.h"

#include <dirent.h>
#include <linux/perf_event.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <charconv>
#include <cstring>

#include "base/format.h"

namespace loadstone::profile {
namespace {

std::size_t page() { return static_cast<std::size_t>(::sysconf(_SC_PAGESIZE)); }

int open_event(pid_t tid, int core, int per_second, bool with_kernel) {
  perf_event_attr attributes{};
  attributes.size = sizeof attributes;
  attributes.type = PERF_TYPE_SOFTWARE;
  attributes.config = PERF_COUNT_SW_CPU_CLOCK;
  attributes.freq = 1;
  attributes.sample_freq = static_cast<std::uint64_t>(per_second);
  attributes.sample_type = PERF_SAMPLE_IP | PERF_SAMPLE_TID | PERF_SAMPLE_CALLCHAIN;
  attributes.disabled = 1;
  attributes.inherit = 1;
  attributes.exclude_hv = 1;
  attributes.exclude_kernel = with_kernel ? 0 : 1;
  attributes.exclude_callchain_kernel = with_kernel ? 0 : 1;
  return static_cast<int>(::syscall(SYS_perf_event_open, &attributes, tid, core, -1, PERF_FLAG_FD_CLOEXEC));
}

std::vector<pid_t> threads_of(pid_t pid) {
  std::vector<pid_t> found;
  DIR* folder = ::opendir(format("/proc/{}/task", pid).c_str());
  if (folder == nullptr) return found;
  while (const dirent* entry = ::readdir(folder)) {
    const std::string_view name = entry->d_name;
    pid_t tid = 0;
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), tid);
    if (error == std::errc() && end == name.data() + name.size()) found.push_back(tid);
  }
  ::closedir(folder);
  return found;
}

tl::unexpected<Error> refused(int error) {
  if (error == EACCES || error == EPERM)
    return fail(ErrorCode::kUnavailable,
                "sampling is not allowed: sysctl kernel.perf_event_paranoid=1, run as root, or give loadstone "
                "CAP_PERFMON; in a "
                "container the call perf_event_open must be permitted too");
  if (error == EMFILE) return fail(ErrorCode::kLimit, "sampling needs more descriptors: raise ulimit -n");
  if (error == ENOSYS || error == ENOENT || error == EOPNOTSUPP)
    return fail(ErrorCode::kUnavailable, "this kernel was built without perf events");
  return fail(ErrorCode::kIo, format("opening a sampling event: {}", std::strerror(error)));
}

template <class T>
T read_at(const unsigned char* at) {
  T value;
  std::memcpy(&value, at, sizeof value);
  return value;
}

// A record as it lies in the ring, which may wrap in its middle.
class RingReader {
 public:
  RingReader(const unsigned char* begin, std::size_t size) : begin_(begin), size_(size) {}
  void copy(std::uint64_t from, void* to, std::size_t bytes) const {
    const std::size_t at = from % size_;
    const std::size_t first = std::min(bytes, size_ - at);
    std::memcpy(to, begin_ + at, first);
    std::memcpy(static_cast<char*>(to) + first, begin_, bytes - first);
  }

 private:
  const unsigned char* begin_;
  std::size_t size_;
};

Sample sample_from(const unsigned char* body, std::size_t bytes) {
  // In the order of sample_type's bits: address, pid and tid, the number of frames and the frames.
  constexpr std::size_t kFixed = 8 + 8 + 8;
  Sample sample;
  if (bytes < kFixed) return sample;
  sample.pid = read_at<pid_t>(body + 8);
  sample.tid = read_at<pid_t>(body + 12);
  const auto frames = std::min<std::uint64_t>(read_at<std::uint64_t>(body + 16), (bytes - kFixed) / 8);
  bool in_kernel = false;
  for (std::uint64_t i = 0; i < frames; ++i) {
    const auto address = read_at<std::uint64_t>(body + kFixed + 8 * i);
    if (address >= static_cast<std::uint64_t>(PERF_CONTEXT_MAX)) {  // marks of what follows
      in_kernel = address == static_cast<std::uint64_t>(PERF_CONTEXT_KERNEL);
      continue;
    }
    (in_kernel ? sample.kernel : sample.user).push_back(address);
  }
  return sample;
}

}  // namespace

Result<std::unique_ptr<Sampler>> Sampler::open(std::span<const pid_t> pids, int per_second) {
  std::unique_ptr<Sampler> sampler(new Sampler());
  for (const pid_t pid : pids) {
    for (const pid_t tid : threads_of(pid)) {
      const auto status = sampler->add_thread(tid, per_second);
      if (!status && sampler->threads_ == 0) return fail(status.error());
      if (!status) ++sampler->left_out_;
    }
  }
  if (sampler->threads_ == 0) return fail(ErrorCode::kNotFound, "the process is gone, or belongs to another user");
  return sampler;
}

Status Sampler::add_thread(pid_t tid, int per_second) {
  const auto cores = static_cast<int>(::sysconf(_SC_NPROCESSORS_CONF));
  if (events_.size() + static_cast<std::size_t>(cores) > kMostEvents)
    return fail(ErrorCode::kLimit, "too many threads to sample all");
  int opened = 0;
  int error = 0;
  for (int core = 0; core < cores; ++core) {
    int event = open_event(tid, core, per_second, has_kernel_);
    if (event < 0 && (errno == EACCES || errno == EPERM) && has_kernel_) {
      has_kernel_ = false;
      event = open_event(tid, core, per_second, false);
    }
    if (event < 0) {
      error = errno;
      if (error == ESRCH) return {};  // it ended meanwhile
      if (error == ENODEV) continue;  // a core that is switched off
      break;
    }
    Ring& ring = rings_[core];
    if (ring.event < 0) {
      void* memory = ::mmap(nullptr, (1 + kRingPages) * page(), PROT_READ | PROT_WRITE, MAP_SHARED, event, 0);
      if (memory == MAP_FAILED) {
        error = errno;
        ::close(event);
        rings_.erase(core);
        return fail(ErrorCode::kLimit,
                    format("no memory for samples: {} (sysctl kernel.perf_event_mlock_kb)", std::strerror(error)));
      }
      ring = {event, memory};
    } else if (::ioctl(event, PERF_EVENT_IOC_SET_OUTPUT, ring.event) != 0) {
      error = errno;
      ::close(event);
      break;
    }
    events_.push_back(event);
    ++opened;
  }
  if (opened == 0) return refused(error);
  ++threads_;
  return {};
}

Sampler::~Sampler() {
  for (auto& [core, ring] : rings_)
    if (ring.memory != nullptr) ::munmap(ring.memory, (1 + kRingPages) * page());
  for (const int event : events_) ::close(event);
}

void Sampler::enable() {
  for (const int event : events_) ::ioctl(event, PERF_EVENT_IOC_ENABLE, 0);
}

void Sampler::disable() {
  for (const int event : events_) ::ioctl(event, PERF_EVENT_IOC_DISABLE, 0);
}

void Sampler::drain(std::vector<Sample>& into) {
  for (auto& [core, ring] : rings_) drain(ring, into);
}

void Sampler::drain(Ring& ring, std::vector<Sample>& into) {
  auto* control = static_cast<perf_event_mmap_page*>(ring.memory);
  const RingReader reader(static_cast<const unsigned char*>(ring.memory) + page(), kRingPages * page());
  const std::uint64_t head = std::atomic_ref<__u64>(control->data_head).load(std::memory_order_acquire);
  std::uint64_t tail = control->data_tail;
  std::vector<unsigned char> record;
  while (tail + sizeof(perf_event_header) <= head) {
    perf_event_header header;
    reader.copy(tail, &header, sizeof header);
    if (header.size < sizeof header) break;
    record.resize(header.size);
    reader.copy(tail, record.data(), header.size);
    tail += header.size;
    const unsigned char* body = record.data() + sizeof header;
    const std::size_t bytes = header.size - sizeof header;
    if (header.type == PERF_RECORD_SAMPLE) into.push_back(sample_from(body, bytes));
    if (header.type == PERF_RECORD_LOST && bytes >= 16) lost_ += read_at<std::uint64_t>(body + 8);
  }
  std::atomic_ref<__u64>(control->data_tail).store(tail, std::memory_order_release);
}

}  // namespace loadstone::profile

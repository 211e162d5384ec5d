#include "faults/work.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <filesystem>

#include "base/clock.h"
#include "base/compute.h"
#include "base/format.h"

namespace loadstone::faults {
namespace {

std::atomic<std::uint64_t> writes{0};

std::unique_ptr<char[]> touched(std::size_t bytes) {
  std::unique_ptr<char[]> memory(new char[bytes]);
  std::memset(memory.get(), 1, bytes);
  return memory;
}

}  // namespace

Work::Work(Fault fault) : fault_(fault) {
  if (fault == Fault::kHotThread) hot_ = std::thread([this] { serve_hot(); });
  if (fault != Fault::kDisk) return;
  // Not in the temporary folder, which may be in memory.
  std::error_code ignored;
  file_ = (std::filesystem::current_path(ignored) / format("loadstone-fault-{}", ::getpid())).string();
  disk_ = ::open(file_.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
}

Work::~Work() {
  {
    const std::lock_guard guard(lock_);
    stop_ = true;
  }
  work_.notify_all();
  if (hot_.joinable()) hot_.join();
  for (const int socket : consumers_) ::close(socket);
  if (disk_ < 0) return;
  ::close(disk_);
  ::unlink(file_.c_str());
}

void Work::serve_hot() {
  std::unique_lock guard(lock_);
  for (;;) {
    work_.wait(guard, [&] { return stop_ || !jobs_.empty(); });
    if (jobs_.empty()) return;
    Job* job = jobs_.front();
    jobs_.pop_front();
    guard.unlock();
    compute(400us);
    guard.lock();
    job->done = true;
    finished_.notify_all();
  }
}

void Work::request() {
  switch (fault_) {
    case Fault::kNone:
      return;
    case Fault::kBacklog:
    case Fault::kDescriptors:
    case Fault::kLeakConnection:
      return std::this_thread::sleep_for(1ms);  // or the generator would be the limit, and rightly named
    case Fault::kLock: {
      const std::lock_guard guard(lock_);
      std::this_thread::sleep_for(1ms);
      return;
    }
    case Fault::kLockCpu: {
      const std::lock_guard guard(lock_);
      compute(500us);
      return;
    }
    case Fault::kPool:
      permits_.acquire();
      std::this_thread::sleep_for(5ms);
      permits_.release();
      return;
    case Fault::kCpu:
    case Fault::kQuota:
      return compute(1ms);
    case Fault::kHotThread: {
      Job job;
      std::unique_lock guard(lock_);
      jobs_.push_back(&job);
      work_.notify_one();
      finished_.wait(guard, [&] { return stop_ || job.done; });
      return;
    }
    case Fault::kDisk: {
      static const std::string block(1 << 20, 'x');
      if (::pwrite(disk_, block.data(), block.size(), static_cast<off_t>(writes.fetch_add(1) % 64) << 20) < 0 ||
          ::fsync(disk_) != 0)
        std::abort();
      return;
    }
    case Fault::kSlowConsumer: {
      // Blocks once their buffers are full, for a while at a time, as a loop without bounded queues would for ever.
      static const std::string message(64 << 10, 'x');
      for (const int socket : consumers_)
        static_cast<void>(::send(socket, message.data(), message.size(), MSG_NOSIGNAL));  // until SO_SNDTIMEO
      return;
    }
    case Fault::kLeakRequest: {
      std::this_thread::sleep_for(1ms);
      const std::lock_guard guard(lock_);
      kept_.push_back(touched(4096));
      return;
    }
    case Fault::kGrowing:
      return compute(Nanoseconds(20us) * connections_.load());
  }
}

void Work::connection_closed() {
  --connections_;
  if (fault_ != Fault::kLeakConnection) return;
  const std::lock_guard guard(lock_);
  kept_.push_back(touched(64 << 10));
}

void Work::add_consumer(int socket) { consumers_.push_back(socket); }

}  // namespace loadstone::faults

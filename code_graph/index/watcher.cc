#include "code_graph/index/watcher.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "base/format.h"

namespace code_graph::index {
namespace {

using Clock = std::chrono::steady_clock;

// Not IN_MODIFY: a file is read when its writer has closed it, and not after each of its writes.
constexpr std::uint32_t kEvents = IN_CLOSE_WRITE | IN_ATTRIB | IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO |
                                  IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR | IN_EXCL_UNLINK | IN_DONT_FOLLOW;

bool still_empty(const std::filesystem::path& file) {
  struct stat status{};
  return lstat(file.c_str(), &status) == 0 && S_ISREG(status.st_mode) && status.st_size == 0;
}

}  // namespace

loadstone::Result<Watcher> Watcher::open(std::filesystem::path root, WatchOptions options) {
  const int inotify = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
  if (inotify < 0)
    return loadstone::fail(loadstone::ErrorCode::kUnavailable, loadstone::format("inotify: {}", std::strerror(errno)));
  const int wake = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  if (wake < 0) {
    close(inotify);
    return loadstone::fail(loadstone::ErrorCode::kUnavailable, loadstone::format("eventfd: {}", std::strerror(errno)));
  }
  return Watcher(std::move(root), options, inotify, wake);
}

Watcher::Watcher(std::filesystem::path root, WatchOptions options, int inotify, int wake)
    : root_(std::move(root)), options_(options), inotify_(inotify), wake_(wake) {}

Watcher::Watcher(Watcher&& other) noexcept
    : root_(std::move(other.root_)),
      options_(other.options_),
      inotify_(std::exchange(other.inotify_, -1)),
      wake_(std::exchange(other.wake_, -1)),
      folders_(std::move(other.folders_)),
      unwatched_(other.unwatched_),
      paths_(std::move(other.paths_)),
      rescan_(other.rescan_),
      overflows_(other.overflows_) {}

Watcher::~Watcher() {
  if (inotify_ >= 0) close(inotify_);
  if (wake_ >= 0) close(wake_);
}

int Watcher::add_watch(const std::string& folder) {
  const int number = inotify_add_watch(inotify_, (root_ / folder).c_str(), kEvents);
  if (number < 0 && errno == ENOSPC) ++unwatched_;
  return number;
}

std::size_t Watcher::watch(const std::vector<std::string>& folders) {
  unwatched_ = 0;
  std::map<int, std::string> watched;
  std::size_t fresh = 0;
  for (const std::string& folder : folders) {
    if (watched.size() >= kMaxFolders) {
      ++unwatched_;
      continue;
    }
    const int number = add_watch(folder);
    if (number < 0) continue;
    const auto known = folders_.find(number);
    if (known == folders_.end() || known->second != folder) ++fresh;
    watched.insert_or_assign(number, folder);
  }
  for (const auto& [number, folder] : folders_) {
    if (!watched.contains(number)) inotify_rm_watch(inotify_, number);
  }
  folders_ = std::move(watched);
  return fresh;
}

bool Watcher::read_events() {
  alignas(inotify_event) char buffer[64 * 1024];
  bool any = false;
  while (true) {
    const ssize_t got = read(inotify_, buffer, sizeof buffer);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return any;
    for (const char* at = buffer; at < buffer + got;) {
      inotify_event event;
      std::memcpy(&event, at, sizeof event);
      const char* name = at + sizeof event;
      at += sizeof event + event.len;
      if (event.mask & IN_Q_OVERFLOW) {
        ++overflows_;
        rescan_ = any = true;
        continue;
      }
      const auto folder = folders_.find(event.wd);
      if (folder == folders_.end()) continue;
      if (event.mask & (IN_IGNORED | IN_DELETE_SELF | IN_MOVE_SELF)) {
        if (event.mask & IN_IGNORED) folders_.erase(folder);
        rescan_ = any = true;
        continue;
      }
      if (event.len == 0) continue;
      std::string path = folder->second;
      if (!path.empty()) path += '/';
      path += name;
      if (event.mask & IN_ISDIR) {
        // What was written into a new folder before it was watched has no event: the rescan finds it.
        if ((event.mask & (IN_CREATE | IN_MOVED_TO)) && folders_.size() < kMaxFolders) {
          if (const int number = add_watch(path); number >= 0) folders_[number] = std::move(path);
        }
        rescan_ = any = true;
        continue;
      }
      // A file that is made is told when it is closed. A link is never closed, hard or soft; nor is a file that had its
      // content before it had this name.
      if ((event.mask & IN_CREATE) && still_empty(root_ / path)) continue;
      any = true;
      if (paths_.size() >= kMaxPaths) {
        rescan_ = true;
      } else {
        paths_.insert(std::move(path));
      }
    }
  }
}

bool Watcher::idle() {
  read_events();
  return !rescan_ && paths_.empty();
}

Changes Watcher::wait(std::chrono::milliseconds patience) {
  auto deadline = Clock::now() + patience;
  Clock::time_point first{};
  bool pending = rescan_ || !paths_.empty();
  if (pending) first = Clock::now();
  while (true) {
    const auto now = Clock::now();
    if (pending) deadline = std::min(now + options_.quiet, first + options_.longest);
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - now).count();
    if (left <= 0 && (pending || now >= deadline)) break;
    pollfd fds[2] = {{inotify_, POLLIN, 0}, {wake_, POLLIN, 0}};
    const int ready = poll(fds, 2, static_cast<int>(std::max<std::int64_t>(left, 0)));
    if (ready < 0 && errno == EINTR) continue;
    if (ready <= 0) break;
    if (fds[1].revents & POLLIN) {
      std::uint64_t ignored;
      (void)!read(wake_, &ignored, sizeof ignored);
      break;
    }
    if (read_events() && !pending) {
      pending = true;
      first = Clock::now();
    }
  }
  Changes changes;
  changes.rescan = std::exchange(rescan_, false);
  changes.paths.assign(paths_.begin(), paths_.end());
  paths_.clear();
  return changes;
}

void Watcher::interrupt() {
  const std::uint64_t one = 1;
  (void)!write(wake_, &one, sizeof one);
}

}  // namespace code_graph::index

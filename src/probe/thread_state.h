// What a thread is doing at an instant, from /proc/PID/task/TID/{stat,syscall,wchan}: no tracing, no privileges beyond
// those of its user. A blocked thread is asleep in a system call, and the call says what it waits for.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace loadstone::probe {

enum class Activity : std::uint8_t {
  kRunning,    // on a CPU, or ready for one
  kLocked,     // waiting for a futex: a lock, a condition, an idle worker's queue
  kSleeping,   // in a sleep of its own
  kDisk,       // waiting for a disk, or in fsync
  kSending,    // blocked in sending to a socket
  kReceiving,  // reading from a connection that it opened itself: a database, another service
  kIdle,       // waiting for work: in epoll, poll, accept, or reading from a client
  kWaiting,    // in any other call
};
[[nodiscard]] std::string_view name(Activity activity);

// How a blocked call is meant, before its descriptor is looked at.
enum class CallKind : std::uint8_t { kLock, kSleep, kSync, kSend, kReceive, kWait, kOther };
[[nodiscard]] CallKind kind_of_call(int number);
// "futex", "epoll_wait"; the number for those that no service blocks in.
[[nodiscard]] std::string call_name(int number);

struct ThreadLook {
  char state = '?';  // as in stat
  int call = -1;     // number of the system call, or -1
  Activity activity = Activity::kWaiting;
  std::uint64_t lock = 0;  // address of the futex it waits for, or 0
  std::string where;       // the kernel function it sleeps in, when asked for; may be empty
};

// Whether the socket of this inode is a connection that a client opened.
using IsInbound = std::function<bool(std::uint64_t inode)>;

// Nothing when the thread is gone. Where system calls may not be read, what sleeps is kWaiting, unless `where` tells.
[[nodiscard]] std::optional<ThreadLook> look_at(pid_t pid, pid_t tid, const IsInbound& is_inbound, bool with_where);

// Of a thread that is blocked: pure, for tests. `link` is where the descriptor of the call leads, when it has one.
[[nodiscard]] Activity activity_of(char state, int call, std::string_view link, std::string_view where,
                                   const IsInbound& is_inbound);

}  // namespace loadstone::probe

#include "probe/thread_state.h"

#include <sys/syscall.h>

#include "base/format.h"
#include "probe/proc_file.h"
#include "probe/proc_text.h"

namespace loadstone::probe {
namespace {

struct Call {
  int number;
  CallKind kind;
  std::string_view name;
};
using K = CallKind;
constexpr Call kCalls[] = {
    {SYS_futex, K::kLock, "futex"},
    {SYS_nanosleep, K::kSleep, "nanosleep"},
    {SYS_clock_nanosleep, K::kSleep, "clock_nanosleep"},
    {SYS_fsync, K::kSync, "fsync"},
    {SYS_fdatasync, K::kSync, "fdatasync"},
    {SYS_sync_file_range, K::kSync, "sync_file_range"},
    {SYS_msync, K::kSync, "msync"},
    {SYS_sendto, K::kSend, "sendto"},
    {SYS_sendmsg, K::kSend, "sendmsg"},
    {SYS_sendmmsg, K::kSend, "sendmmsg"},
    {SYS_write, K::kSend, "write"},
    {SYS_writev, K::kSend, "writev"},
    {SYS_sendfile, K::kSend, "sendfile"},
    {SYS_recvfrom, K::kReceive, "recvfrom"},
    {SYS_recvmsg, K::kReceive, "recvmsg"},
    {SYS_recvmmsg, K::kReceive, "recvmmsg"},
    {SYS_read, K::kReceive, "read"},
    {SYS_readv, K::kReceive, "readv"},
    {SYS_accept, K::kWait, "accept"},
    {SYS_accept4, K::kWait, "accept4"},
    {SYS_epoll_pwait, K::kWait, "epoll_pwait"},
    {SYS_ppoll, K::kWait, "ppoll"},
    {SYS_pselect6, K::kWait, "pselect6"},
    {SYS_wait4, K::kWait, "wait4"},
    {SYS_waitid, K::kWait, "waitid"},
    {SYS_rt_sigtimedwait, K::kWait, "rt_sigtimedwait"},
    {SYS_rt_sigsuspend, K::kWait, "rt_sigsuspend"},
    {SYS_restart_syscall, K::kWait, "restart_syscall"},
    {SYS_connect, K::kOther, "connect"},
    {SYS_flock, K::kLock, "flock"},
    {SYS_io_getevents, K::kWait, "io_getevents"},
#ifdef SYS_epoll_pwait2
    {SYS_epoll_pwait2, K::kWait, "epoll_pwait2"},
#endif
#ifdef SYS_io_uring_enter
    {SYS_io_uring_enter, K::kWait, "io_uring_enter"},
#endif
#ifdef SYS_epoll_wait  // older calls, which newer architectures leave out
    {SYS_epoll_wait, K::kWait, "epoll_wait"},
    {SYS_poll, K::kWait, "poll"},
    {SYS_select, K::kWait, "select"},
    {SYS_pause, K::kWait, "pause"},
#endif
};

const Call* find(int number) {
  for (const Call& call : kCalls)
    if (call.number == number) return &call;
  return nullptr;
}

constexpr std::string_view kNames[] = {"running", "locked",    "sleeping", "disk",
                                       "sending", "receiving", "idle",     "waiting"};

}  // namespace

std::string_view name(Activity activity) { return kNames[static_cast<std::size_t>(activity)]; }

CallKind kind_of_call(int number) {
  const Call* call = find(number);
  return call == nullptr ? CallKind::kOther : call->kind;
}

std::string call_name(int number) {
  const Call* call = find(number);
  return call == nullptr ? format("syscall_{}", number) : std::string(call->name);
}

Activity activity_of(char state, int call, std::string_view link, std::string_view where, const IsInbound& is_inbound) {
  if (state == 'R') return Activity::kRunning;
  const CallKind kind = kind_of_call(call);
  if (state == 'D' || kind == CallKind::kSync) return Activity::kDisk;
  switch (kind) {
    case CallKind::kLock:
      return Activity::kLocked;
    case CallKind::kSleep:
      return Activity::kSleeping;
    case CallKind::kSend:
      return link.starts_with("socket:") ? Activity::kSending : Activity::kWaiting;
    case CallKind::kReceive: {
      // What is read from a pipe, an event descriptor or a terminal is work that has not come yet.
      const auto inode = parse_socket_link(link);
      return inode && !is_inbound(*inode) ? Activity::kReceiving : Activity::kIdle;
    }
    case CallKind::kWait:
      return Activity::kIdle;
    case CallKind::kSync:
    case CallKind::kOther:
      break;
  }
  if (call < 0 && !where.empty()) {  // the call may not be read; the kernel's function says nearly as much
    if (where.starts_with("futex")) return Activity::kLocked;
    if (where.find("epoll") != std::string_view::npos || where.starts_with("poll_") || where.starts_with("do_select") ||
        where.find("accept") != std::string_view::npos || where.starts_with("do_wait"))
      return Activity::kIdle;
    if (where.find("nanosleep") != std::string_view::npos) return Activity::kSleeping;
  }
  return Activity::kWaiting;
}

std::optional<ThreadLook> look_at(pid_t pid, pid_t tid, const IsInbound& is_inbound, bool with_where) {
  const std::string folder = format("/proc/{}/task/{}/", pid, tid);
  const auto call_text = read_file(folder + "syscall");
  const auto read = call_text ? parse_syscall(*call_text) : std::nullopt;
  const CurrentCall call = read.value_or(CurrentCall{});
  const CallKind kind = kind_of_call(call.number);
  ThreadLook look;
  look.call = call.number;
  if (call.running) {
    look.state = 'R';
    look.activity = Activity::kRunning;
    return look;
  }
  // What most threads block in is no disk, and stat takes the kernel longer than all the rest.
  if (kind == CallKind::kLock || kind == CallKind::kSleep || kind == CallKind::kWait) {
    look.state = 'S';
  } else {
    const auto stat = parse_file(folder + "stat", parse_stat);
    if (!stat || stat->state == 'Z' || stat->state == 'X') return std::nullopt;
    look.state = stat->state;
  }
  if (look.state != 'R' && (with_where || !read)) {
    const auto where = read_file(folder + "wchan");
    if (where && *where != "0") look.where = *where;
  }
  std::string link;
  if (kind == CallKind::kSend || kind == CallKind::kReceive)
    link = read_link(format("/proc/{}/fd/{}", pid, call.first)).value_or("");
  look.activity = activity_of(look.state, look.call, link, look.where, is_inbound);
  if (call.number == SYS_futex) look.lock = call.first;
  return look;
}

}  // namespace loadstone::probe

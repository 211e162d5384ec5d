// The keeper's side: everything here runs in the forked process, which has one thread and no exec.
#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>

#include "probe/process_tree.h"
#include "service/keeper.h"
#include "service/keeper_message.h"

namespace loadstone::service {
namespace {

// How long the kernel may take to end what was killed, before the keeper gives up (a process may hang in a driver).
constexpr Nanoseconds kKillTimeout = 5s;
constexpr int kLookAgainMs = 20;

using Kind = KeeperMessage::Kind;
using Step = KeeperMessage::Step;

struct StartFailure {
  Step step;
  int error;
};

// In the service's process, between fork and exec. Writes to `report` and exits when something fails.
[[noreturn]] void become_service(const Program& program, pid_t keeper, int report) {
  const auto give_up = [&](Step step) {
    const StartFailure failure{step, errno};
    static_cast<void>(!::write(report, &failure, sizeof failure));
    ::_exit(127);
  };
  ::setsid();
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != keeper) ::_exit(127);  // the keeper died before the line above
  for (int s = 1; s < NSIG; ++s) ::signal(s, SIG_DFL);
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  // Before the folder is changed, so that a relative log file is loadstone's.
  const int log = ::open(program.log_file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0644);
  if (log < 0) give_up(Step::kLog);
  ::dup2(log, STDOUT_FILENO);
  ::dup2(log, STDERR_FILENO);
  if (!program.directory.empty() && ::chdir(program.directory.c_str()) != 0) give_up(Step::kDirectory);
  for (const auto& [name, value] : program.environment) ::setenv(name.c_str(), value.c_str(), 1);
  std::vector<char*> arguments;
  for (const std::string& word : program.command) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  ::execvp(arguments[0], arguments.data());
  give_up(Step::kExec);
  ::_exit(127);
}

class Keeping {
 public:
  Keeping(int socket, const Program& program) : socket_(socket), program_(program) {}

  void run() {
    become_keeper();
    if (!start()) return;
    while (!is_told_to_stop()) {
      pollfd watched[] = {{socket_, POLLIN, 0}, {children_, POLLIN, 0}};
      ::poll(watched, 2, -1);
      reap();
      report_end();
    }
    stop();
  }

 private:
  void become_keeper() {
    ::setsid();
    ::prctl(PR_SET_CHILD_SUBREAPER, 1);
    ::prctl(PR_SET_NAME, "loadstone-keeper");
    for (const int s : {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGPIPE, SIGUSR1, SIGUSR2, SIGALRM}) ::signal(s, SIG_IGN);
    ::signal(SIGCHLD, SIG_DFL);
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGCHLD);
    ::sigprocmask(SIG_SETMASK, &set, nullptr);
    // Whoever waits for the end of loadstone's output must not wait for the keeper.
    const int null = ::open("/dev/null", O_RDWR);
    for (int fd = 0; fd < 3; ++fd) ::dup2(null, fd);
    // Nor may any other descriptor of loadstone stay open here.
    if (socket_ > 3) ::close_range(3, static_cast<unsigned>(socket_) - 1, 0);
    ::close_range(static_cast<unsigned>(socket_) + 1, ~0U, 0);
    children_ = ::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
  }

  bool start() {
    int pipe[2];
    if (::pipe2(pipe, O_CLOEXEC) != 0) return fail_with(Step::kFork, errno);
    const pid_t keeper = ::getpid();
    service_ = ::fork();
    if (service_ < 0) return fail_with(Step::kFork, errno);
    if (service_ == 0) become_service(program_, keeper, pipe[1]);
    ::close(pipe[1]);
    StartFailure failure{};
    ssize_t n = 0;
    do {
      n = ::read(pipe[0], &failure, sizeof failure);  // ends with the exec, which closes the other end
    } while (n < 0 && errno == EINTR);
    ::close(pipe[0]);
    if (n > 0) {
      ::waitpid(service_, nullptr, 0);
      return fail_with(failure.step, failure.error);
    }
    send({Kind::kStarted, Step::kNone, service_, 0});
    return true;
  }

  bool fail_with(Step step, int error) {
    send({Kind::kFailed, step, error, 0});
    return false;
  }

  // Loadstone asks for it, or is gone.
  bool is_told_to_stop() {
    KeeperMessage message{};
    const ssize_t n = ::recv(socket_, &message, sizeof message, MSG_DONTWAIT);
    if (n < 0) return errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR;
    return n == 0 || message.kind == Kind::kStop;
  }

  void reap() {
    signalfd_siginfo told[8];
    while (::read(children_, told, sizeof told) > 0) {
    }
    int status = 0;
    for (pid_t pid = 0; (pid = ::waitpid(-1, &status, WNOHANG)) != 0;) {
      if (pid < 0) {
        if (errno == EINTR) continue;
        has_children_ = false;
        return;
      }
      last_status_ = status;
      if (pid == service_) is_service_gone_ = true;
      if (pid == service_ && !(WIFEXITED(status) && WEXITSTATUS(status) == 0)) has_failed_ = true;
      if (has_failed_ && !failed_status_) failed_status_ = status;
    }
  }

  // A service that has gone into the background lives on in what it left.
  void report_end() {
    if (is_reported_ || !is_service_gone_ || (has_children_ && !has_failed_)) return;
    is_reported_ = true;
    const int status = failed_status_.value_or(last_status_);
    const bool by_signal = WIFSIGNALED(status);
    send({Kind::kExited, Step::kNone, by_signal ? WTERMSIG(status) : WEXITSTATUS(status), by_signal ? 1 : 0});
  }

  void stop() {
    signal_all(SIGTERM);
    wait_for_end(program_.stop_timeout);
    // More than once: what is killed may have forked a moment before.
    const Instant end = SteadyClock::read() + kKillTimeout;
    while (has_children_ && SteadyClock::read() < end) {
      signal_all(SIGKILL);
      wait_for_end(Nanoseconds(10ms));
    }
    send({Kind::kStopped, Step::kNone, static_cast<std::int32_t>(probe::descendants(::getpid()).size()), 0});
  }

  void signal_all(int signal) const {
    if (!is_service_gone_) ::kill(-service_, signal);
    for (const pid_t pid : probe::descendants(::getpid())) {
      // Those of the group have had it; a second SIGTERM means "at once" to some programs.
      if (signal != SIGKILL && !is_service_gone_ && ::getpgid(pid) == service_) continue;
      ::kill(pid, signal);
    }
  }

  void wait_for_end(Nanoseconds timeout) {
    const Instant end = SteadyClock::read() + timeout;
    reap();
    while (has_children_ && SteadyClock::read() < end) {
      pollfd watched{children_, POLLIN, 0};
      ::poll(&watched, 1, kLookAgainMs);
      reap();
    }
  }

  void send(const KeeperMessage& message) const {
    static_cast<void>(::send(socket_, &message, sizeof message, MSG_NOSIGNAL));
  }

  int socket_;
  const Program& program_;
  int children_ = -1;  // becomes readable when a child has ended
  pid_t service_ = 0;
  bool has_children_ = true;
  bool is_service_gone_ = false;
  bool has_failed_ = false;
  bool is_reported_ = false;
  int last_status_ = 0;
  std::optional<int> failed_status_;
};

}  // namespace

void keep(int socket, const Program& program) { Keeping(socket, program).run(); }

}  // namespace loadstone::service

#include "service/keeper.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <system_error>

#include "base/check.h"
#include "base/format.h"
#include "service/keeper_message.h"

namespace loadstone::service {
namespace {

using Kind = KeeperMessage::Kind;
using Step = KeeperMessage::Step;

std::string reason(int error) { return std::error_code(error, std::generic_category()).message(); }

// Waits for a packet at most so long; nothing when none came or the keeper is gone.
std::optional<KeeperMessage> receive(int socket, Nanoseconds timeout) {
  const Instant end = SteadyClock::read() + timeout;
  while (true) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - SteadyClock::read());
    pollfd watched{socket, POLLIN, 0};
    const int n = ::poll(&watched, 1, static_cast<int>(std::max<std::int64_t>(left.count(), 0)));
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return std::nullopt;
    KeeperMessage message{};
    const ssize_t size = ::recv(socket, &message, sizeof message, MSG_DONTWAIT);
    if (size != static_cast<ssize_t>(sizeof message)) return std::nullopt;
    return message;
  }
}

Error start_error(const KeeperMessage& message, const Program& program) {
  switch (message.step) {
    case Step::kLog:
      return {ErrorCode::kIo,
              format("cannot write the service's log {}: {}", program.log_file, reason(message.number))};
    case Step::kDirectory:
      return {ErrorCode::kNotFound,
              format("cannot enter the service's directory {}: {}", program.directory, reason(message.number))};
    case Step::kExec:
      return {ErrorCode::kNotFound,
              format("cannot start the service {}: {}", program.command.front(), reason(message.number))};
    default:
      return {ErrorCode::kUnavailable, format("cannot start the service: {}", reason(message.number))};
  }
}

}  // namespace

std::string describe(Exit exit) {
  if (!exit.by_signal) return format("exited with code {}", exit.number);
  return format("was killed by signal {} ({})", exit.number, ::strsignal(exit.number));
}

Result<Keeper> Keeper::start(const Program& program) {
  CHECK(!program.command.empty());
  constexpr Nanoseconds kStartTimeout = 30s;  // for fork and exec; slow only on a machine that swaps
  int sockets[2];
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets) != 0)
    return fail(ErrorCode::kUnavailable, format("cannot make a socket: {}", reason(errno)));
  const pid_t process = ::fork();
  if (process < 0) {
    const int error = errno;
    ::close(sockets[0]);
    ::close(sockets[1]);
    return fail(ErrorCode::kUnavailable, format("cannot start a process: {}", reason(error)));
  }
  if (process == 0) {
    ::close(sockets[0]);
    keep(sockets[1], program);
    ::_exit(0);
  }
  ::close(sockets[1]);
  Keeper keeper(sockets[0], process, 0, program.stop_timeout);
  const auto message = receive(sockets[0], kStartTimeout);
  if (!message) return fail(ErrorCode::kInternal, "the process that starts the service does not answer");
  if (message->kind != Kind::kStarted) return fail(start_error(*message, program));
  keeper.service_ = message->number;
  return keeper;
}

Keeper::Keeper(Keeper&& other) noexcept { *this = std::move(other); }

Keeper& Keeper::operator=(Keeper&& other) noexcept {
  std::swap(socket_, other.socket_);
  std::swap(process_, other.process_);
  std::swap(service_, other.service_);
  std::swap(stop_timeout_, other.stop_timeout_);
  std::swap(exit_, other.exit_);
  return *this;
}

Keeper::~Keeper() {
  if (process_ != 0) static_cast<void>(stop());
}

std::optional<Exit> Keeper::exited() {
  if (exit_ || process_ == 0) return exit_;
  if (const auto message = receive(socket_, Nanoseconds(0)); message && message->kind == Kind::kExited)
    exit_ = Exit{message->by_signal != 0, message->number};
  return exit_;
}

Status Keeper::stop() {
  constexpr Nanoseconds kMargin = 10s;  // beyond what the keeper allows itself
  if (process_ == 0) return {};
  const KeeperMessage stop{Kind::kStop};
  static_cast<void>(::send(socket_, &stop, sizeof stop, MSG_NOSIGNAL));
  std::optional<KeeperMessage> answer;
  const Instant end = SteadyClock::read() + stop_timeout_ + kMargin;
  do {
    answer = receive(socket_, end - SteadyClock::read());
    if (answer && answer->kind == Kind::kExited) exit_ = Exit{answer->by_signal != 0, answer->number};
  } while (answer && answer->kind != Kind::kStopped);
  ::close(socket_);
  socket_ = -1;
  if (!answer) ::kill(process_, SIGKILL);  // then the kernel kills the service
  while (::waitpid(process_, nullptr, 0) < 0 && errno == EINTR) {
  }
  process_ = 0;
  if (!answer) return fail(ErrorCode::kInternal, "the process that keeps the service did not answer and was killed");
  if (answer->number > 0)
    return fail(ErrorCode::kUnavailable, format("{} processes of the service could not be killed", answer->number));
  return {};
}

}  // namespace loadstone::service

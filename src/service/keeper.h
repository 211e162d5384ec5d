// A small process between loadstone and the service. It starts the service, tells when it ends, and stops it with all
// that it has started: when asked, and also when loadstone is gone for whatever reason, kill -9 included.
//
// The keeper notices the end of loadstone by the closing of a socket, adopts what the service leaves behind (it is the
// subreaper), and is in a session of its own, so that Ctrl-C reaches loadstone alone. Should the keeper itself be
// killed, the kernel kills the service (PR_SET_PDEATHSIG).
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace loadstone::service {

// What to start.
struct Program {
  std::vector<std::string> command;                              // searched in PATH unless it holds a '/'
  std::string directory;                                         // empty: loadstone's own
  std::vector<std::pair<std::string, std::string>> environment;  // added to loadstone's own
  std::string log_file;                                          // gets stdout and stderr; made anew
  Nanoseconds stop_timeout{10s};                                 // from SIGTERM to SIGKILL
};

// How the service ended.
struct Exit {
  bool by_signal = false;
  int number = 0;  // of the signal, or the exit code
};
[[nodiscard]] std::string describe(Exit exit);  // "exited with code 3", "was killed by signal 9 (Killed)"

class Keeper {
 public:
  // Forks the keeper, which starts the program. To be called while this process has one thread: what is forked goes on
  // without exec. Returns when the program is running; an error says why it could not be started.
  [[nodiscard]] static Result<Keeper> start(const Program& program);

  Keeper(Keeper&& other) noexcept;
  Keeper& operator=(Keeper&& other) noexcept;
  // Stops the service if nobody has.
  ~Keeper();

  // How the service ended by itself, if it has. A program that goes into the background counts as running while
  // anything that it started does. Does not wait.
  [[nodiscard]] std::optional<Exit> exited();
  // SIGTERM to the service and all that came from it, SIGKILL to what is left after the stop timeout. Waits for the
  // end.
  Status stop();

  [[nodiscard]] pid_t service() const { return service_; }  // the process started first
  [[nodiscard]] pid_t process() const { return process_; }  // the keeper itself; 0 after stop()

 private:
  Keeper(int socket, pid_t process, pid_t service, Nanoseconds stop_timeout)
      : socket_(socket), process_(process), service_(service), stop_timeout_(stop_timeout) {}

  int socket_ = -1;
  pid_t process_ = 0;
  pid_t service_ = 0;
  Nanoseconds stop_timeout_{0};
  std::optional<Exit> exit_;
};

}  // namespace loadstone::service

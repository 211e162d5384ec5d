// What loadstone and its keeper say to each other: one value a packet.
#pragma once

#include <cstdint>

namespace loadstone::service {

struct KeeperMessage {
  enum class Kind : std::int32_t {
    kStarted,  // number: pid of the service
    kFailed,   // number: errno, step: which step of starting failed
    kExited,   // number: exit code or signal, by_signal
    kStop,     // to the keeper
    kStopped,  // number: processes that could not be killed
  };
  enum class Step : std::int32_t { kNone, kLog, kDirectory, kExec, kFork };
  Kind kind;
  Step step = Step::kNone;
  std::int32_t number = 0;
  std::int32_t by_signal = 0;
};

// The keeper's life: starts the program, obeys, and returns when nothing is left to keep. `socket` is its end.
struct Program;
void keep(int socket, const Program& program);

}  // namespace loadstone::service

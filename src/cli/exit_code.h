// What the exit code says; scripts and CI rely on it.
#pragma once

namespace loadstone::cli {

inline constexpr int kExitMet = 0;           // every target met
inline constexpr int kExitMissed = 1;        // a target missed or a regression found
inline constexpr int kExitUsage = 2;         // usage or suite error; nothing was sent
inline constexpr int kExitInvalid = 3;       // cannot be judged: the generator was the limit, or no service
inline constexpr int kExitInconclusive = 4;  // valid, but too little to decide
inline constexpr int kExitInterrupt = 130;   // SIGINT
inline constexpr int kExitTerminate = 143;   // SIGTERM

// Of two runs the code of both together: interrupted, usage, invalid, missed, inconclusive, met. A code of none of
// these is one that the user chose for a miss.
[[nodiscard]] int worse_exit_code(int a, int b);
[[nodiscard]] inline bool is_interrupted(int code) { return code == kExitInterrupt || code == kExitTerminate; }

}  // namespace loadstone::cli

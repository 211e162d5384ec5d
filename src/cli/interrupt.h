// Ctrl-C and SIGTERM: the first asks the run to end and be reported; the second ends the process, with what has been
// measured already on disk.
#pragma once

namespace loadstone::cli {

struct Interrupt {
  // From now on SIGINT and SIGTERM are noted rather than deadly. SIGPIPE is ignored.
  static void watch();
  // The signal that asked to stop; 0 when none has.
  [[nodiscard]] static int signal();
};

}  // namespace loadstone::cli

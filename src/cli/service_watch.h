// The probe during a run: who is watched, and what is told when nobody is.
#pragma once

#include <sys/types.h>

#include <memory>
#include <string>
#include <vector>

#include "cli/run_options.h"
#include "probe/watching.h"
#include "result/block.h"
#include "result/run.h"
#include "scenario/scenario.h"

namespace loadstone::cli {

// The environment's name for the token that a probe asks for: a secret has no place in suites or on command lines.
inline constexpr const char* kProbeToken = "LOADSTONE_PROBE_TOKEN";

class ServiceWatch {
 public:
  // Watches the process that the suite started, or the one that listens on the port of its target: here if that is on
  // this machine, else where a probe is. `started` is 0 when the suite starts none.
  ServiceWatch(const scenario::Suite& suite, pid_t started, const RunOptions& options);

  // A scenario begins.
  void begin();
  // Adds what was seen since the block before. On the thread that hands over blocks.
  void fill(result::Block& block);
  // After the end of a scenario: waits, a second at most, until memory does not change any more, and keeps it. Adds to
  // the notes why the service could not be watched, if a target needs it, or what could not be read.
  void tell(const scenario::Scenario& scenario, result::ScenarioEnd& end);

  [[nodiscard]] const std::string& why_not() const { return why_not_; }
  // 0 when nobody is watched, or nobody of this machine.
  [[nodiscard]] pid_t pid() const { return pid_; }
  // "code-graph-http, pid 4711, port 8000"; empty when nobody is watched.
  [[nodiscard]] std::string description() const { return watch_ ? watch_->description() : std::string(); }

 private:
  [[nodiscard]] double settled_memory();

  void look_here(const scenario::Endpoint& endpoint, pid_t started, double look_budget);
  void look_there(const scenario::Endpoint& endpoint, const scenario::ProbeAddress& probe);

  std::unique_ptr<probe::Watching> watch_;
  pid_t pid_ = 0;
  std::string why_not_;
  std::vector<std::string> told_;
};

}  // namespace loadstone::cli

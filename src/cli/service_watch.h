// The probe during a run: who is watched, and what is told when nobody is.
#pragma once

#include <sys/types.h>

#include <memory>
#include <string>

#include "probe/watch.h"
#include "result/block.h"
#include "result/run.h"
#include "scenario/scenario.h"

namespace loadstone::cli {

class ServiceWatch {
 public:
  // Watches the process that the suite started, or the one that listens on the port of its target if that is on this
  // machine. `started` is 0 when the suite starts none. Starts a thread.
  ServiceWatch(const scenario::Suite& suite, pid_t started, bool wanted);

  // A scenario begins.
  void begin();
  // Adds what was seen since the block before. On the thread that hands over blocks.
  void fill(result::Block& block);
  // After the end of a scenario: waits, a second at most, until memory does not change any more, and keeps it. Adds to
  // the notes why the service could not be watched, if a target needs it, or what could not be read.
  void tell(const scenario::Scenario& scenario, result::ScenarioEnd& end);

  [[nodiscard]] const std::string& why_not() const { return why_not_; }
  // 0 when nobody is watched.
  [[nodiscard]] pid_t pid() const { return watch_ ? watch_->root() : 0; }
  // "code-graph-http, pid 4711, port 8000"; empty when nobody is watched.
  [[nodiscard]] std::string description() const { return watch_ ? watch_->description() : std::string(); }

 private:
  [[nodiscard]] double settled_memory();

  std::unique_ptr<probe::Watch> watch_;
  std::string why_not_;
  bool has_told_ = false;
};

}  // namespace loadstone::cli

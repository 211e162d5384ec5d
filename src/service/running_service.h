// The service under test while it runs: started, ready, and stopped at the end of its scope.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "base/result.h"
#include "scenario/scenario.h"
#include "service/keeper.h"

namespace loadstone::service {

class RunningService {
 public:
  // Starts the service and waits until it is ready. Fails, with the last lines of its output, when it ends before that
  // or is not ready in time; also when something else answers at its address already, since then the wrong program
  // would be measured. `give_up` is asked now and then whether to stop waiting (Ctrl-C); it may be empty. Call before
  // the process has other threads (see Keeper).
  [[nodiscard]] static Result<RunningService> start(const scenario::Service& service, const std::string& log_file,
                                                    const std::function<bool()>& give_up = {});

  // Why the service is not running any more, with the last lines of its output; nothing while it runs. Does not wait.
  [[nodiscard]] std::optional<std::string> died();
  Status stop() { return keeper_.stop(); }

  [[nodiscard]] pid_t pid() const { return keeper_.service(); }
  [[nodiscard]] pid_t keeper() const { return keeper_.process(); }
  [[nodiscard]] const std::string& log_file() const { return log_file_; }

 private:
  RunningService(Keeper keeper, std::string log_file) : keeper_(std::move(keeper)), log_file_(std::move(log_file)) {}

  Keeper keeper_;
  std::string log_file_;
};

// The last `count` lines of a file, each indented by two blanks and safe to print; empty when there are none.
[[nodiscard]] std::string last_lines(const std::string& file, std::size_t count);

}  // namespace loadstone::service

// One of the two builds of a live comparison: a command that is started anew now and then, or a URL that is there
// already.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "base/result.h"
#include "scenario/scenario.h"
#include "service/running_service.h"

namespace loadstone::duet {

// What the user named, understood.
struct BuildSpec {
  std::string text;           // as given
  std::optional<Url> url;     // of a service that runs already
  scenario::Service service;  // else: how to start it; {port} in its command, or PORT in its environment, says where
};
// A URL, or a command line with {port} in it, which is cut as a shell would. `like` gives what a command does not say:
// readiness, directory, environment.
[[nodiscard]] Result<BuildSpec> parse_build(const std::string& text, const scenario::Service& like);

// A build that can be measured. Move-only; a started one ends with it.
class Build {
 public:
  // Starts it on a free port and waits until it is ready. Only while this process has one thread. `name` for its log.
  [[nodiscard]] static Result<Build> start(const BuildSpec& spec, const std::string& log_file,
                                           const std::function<bool()>& give_up);

  [[nodiscard]] const Url& url() const { return url_; }
  [[nodiscard]] std::optional<pid_t> pid() const;  // none for a URL
  // Why it does not run any more, if so.
  [[nodiscard]] std::optional<std::string> died() { return service_ ? service_->died() : std::nullopt; }

 private:
  Url url_;
  std::optional<service::RunningService> service_;
};

}  // namespace loadstone::duet

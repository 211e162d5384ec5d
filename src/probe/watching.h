// Whatever looks at a service while it runs: here, or by way of a probe on the service's own machine.
#pragma once

#include <string>
#include <vector>

#include "result/service_sample.h"

namespace loadstone::probe {

// One caller at a time. What cannot be found out is empty or 0, and missing() says why.
class Watching {
 public:
  virtual ~Watching() = default;

  // A scenario is about to begin: the memory used now is its baseline, and nothing from before counts.
  virtual void begin() = 0;
  // Its measured time begins: the highest memory counts from here on.
  virtual void begin_measuring() = 0;
  // What was seen since the last call, or since begin(). Cheap: to be called at the end of each block.
  [[nodiscard]] virtual result::ServiceSample take() = 0;
  // Exact memory now, read once more for the purpose.
  [[nodiscard]] virtual double memory() = 0;

  // "code-graph-http, pid 4711, port 8000".
  [[nodiscard]] virtual const std::string& description() const = 0;
  // One sentence for each source that cannot be read, with what would help.
  [[nodiscard]] virtual std::vector<std::string> missing() = 0;
};

}  // namespace loadstone::probe

// A CPU quota put upon this process: the fault that is planted from outside of a service.
#pragma once

#include <memory>
#include <string>

#include "base/result.h"

namespace loadstone::faults {

// As long as it lives, this process is in a cgroup of its own (version 2, or the cpu controller of version 1) and may
// use so many cores' worth of time in each period of a tenth of a second. One at a time.
class Quota {
 public:
  // The error says what is missing: cgroups are root's.
  [[nodiscard]] static Result<std::unique_ptr<Quota>> impose(double cores);
  ~Quota();
  Quota(const Quota&) = delete;
  Quota& operator=(const Quota&) = delete;

 private:
  explicit Quota(std::string root);
  std::string root_;    // of the hierarchy
  std::string folder_;  // the cgroup
};

}  // namespace loadstone::faults

// The numbers of the service under test, from what the probe saw: first pass over the blocks, constant memory.
// docs/probe.md says what each means.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "result/block.h"

namespace loadstone::analysis {

class ServiceUse {
 public:
  void add(const result::Block& block);  // in order of time, warm-up too

  // service.* into the metrics of the scenario; nothing when nobody watched. `completed` requests in the measured time;
  // 0 when the scenario has none.
  void put(std::map<std::string, double>& metrics, std::uint64_t completed) const;

  [[nodiscard]] bool was_watched() const { return !all_.is_empty(); }
  // Over the measured time.
  [[nodiscard]] const result::ServiceSample& measured() const { return measured_; }
  [[nodiscard]] double baseline() const { return all_.baseline; }

 private:
  result::ServiceSample all_;
  result::ServiceSample measured_;
  double peak_cpu_ = 0;  // cores, of the busiest block that is long enough to tell
};

// Memory at the end of a sample: exact where it could be read.
[[nodiscard]] double memory_of(const result::ServiceSample& sample);

}  // namespace loadstone::analysis

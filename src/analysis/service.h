// The numbers of the service under test, from what the probe saw: first pass over the blocks, constant memory.
// docs/probe.md says what each means.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "analysis/memory_course.h"
#include "result/block.h"
#include "result/result.h"

namespace loadstone::analysis {

class ServiceUse {
 public:
  void add(const result::Block& block);  // in order of time, warm-up too
  void add(const result::ScenarioEnd& end) { memory_after_ = end.memory_after; }

  // service.* into the metrics of the scenario; nothing when nobody watched. `completed` requests in the measured time;
  // 0 when the scenario has none.
  void put(std::map<std::string, double>& metrics, std::uint64_t completed) const;

  // What a person should know besides: memory that leaks.
  [[nodiscard]] std::vector<result::Finding> findings() const;

  [[nodiscard]] const MemoryCourse& memory() const { return memory_; }
  [[nodiscard]] bool was_watched() const { return !all_.is_empty(); }
  // Over the measured time.
  [[nodiscard]] const result::ServiceSample& measured() const { return measured_; }
  [[nodiscard]] double baseline() const { return all_.baseline; }

 private:
  result::ServiceSample all_;
  result::ServiceSample measured_;
  MemoryCourse memory_;
  double memory_after_ = 0;
  double peak_cpu_ = 0;  // cores, of the busiest block that is long enough to tell
};

// Memory at the end of a sample: exact where it could be read.
[[nodiscard]] double memory_of(const result::ServiceSample& sample);

}  // namespace loadstone::analysis

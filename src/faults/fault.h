// What can be wrong with a service, planted: each fault limits it in a way that is known, so that what is said of it
// can be checked.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "base/result.h"

namespace loadstone::faults {

enum class Fault : std::uint8_t {
  kNone,
  kLock,            // a lock held for a millisecond of sleep
  kLockCpu,         // a lock held for half a millisecond of computing
  kPool,            // four permits, each held for five milliseconds
  kCpu,             // a millisecond of computing for each request
  kHotThread,       // one thread computes for all the others
  kDisk,            // a write and fsync for each request
  kBacklog,         // an accept queue of four, emptied slowly
  kDescriptors,     // a limit of descriptors, soon reached
  kSlowConsumer,    // eight clients that never read, to which every request writes
  kLeakRequest,     // four kilobytes kept of each request
  kLeakConnection,  // sixty-four kilobytes kept of each connection
  kQuota,           // a quota of half a core, and a millisecond of computing for each request
  kGrowing,         // computing in proportion to the number of connections
};

enum class Shape : std::uint8_t {
  kThreads,  // one for each connection
  kLoop,     // one event loop
  kPool,     // an event loop and sixteen workers
};

struct Named {
  std::string_view name;
  Fault fault;
  std::string_view meaning;
};
[[nodiscard]] std::span<const Named> fault_names();
// The error names the nearest one.
[[nodiscard]] Result<Fault> fault_named(std::string_view name);
[[nodiscard]] Result<Shape> shape_named(std::string_view name);  // "threads", "loop", "pool"

// Whether a fault means anything in a shape: one loop never waits for a lock or a permit.
[[nodiscard]] bool is_possible(Fault fault, Shape shape);

}  // namespace loadstone::faults

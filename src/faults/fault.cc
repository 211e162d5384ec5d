#include "faults/fault.h"

#include <algorithm>
#include <vector>

#include "base/format.h"
#include "base/units.h"

namespace loadstone::faults {
namespace {

constexpr Named kNames[] = {
    {"none", Fault::kNone, "nothing is wrong"},
    {"lock", Fault::kLock, "a lock held for a millisecond of sleep"},
    {"lock-cpu", Fault::kLockCpu, "a lock held for half a millisecond of computing"},
    {"pool", Fault::kPool, "four permits, each held for five milliseconds"},
    {"cpu", Fault::kCpu, "a millisecond of computing for each request"},
    {"hot-thread", Fault::kHotThread, "one thread computes for all the others"},
    {"disk", Fault::kDisk, "a write and fsync for each request"},
    {"backlog", Fault::kBacklog, "an accept queue of four, emptied slowly"},
    {"descriptors", Fault::kDescriptors, "a limit of descriptors, soon reached"},
    {"slow-consumer", Fault::kSlowConsumer, "eight clients that never read, to which every request writes"},
    {"leak", Fault::kLeakRequest, "four kilobytes kept of each request"},
    {"leak-connection", Fault::kLeakConnection, "sixty-four kilobytes kept of each connection"},
    {"quota", Fault::kQuota, "a quota of half a core, and a millisecond of computing for each request"},
    {"growing", Fault::kGrowing, "computing in proportion to the number of connections"},
};

}  // namespace

std::span<const Named> fault_names() { return kNames; }

Result<Fault> fault_named(std::string_view name) {
  std::vector<std::string_view> known;
  for (const Named& n : kNames) {
    if (n.name == name) return n.fault;
    known.push_back(n.name);
  }
  const auto near = nearest_word(name, known);
  return fail(ErrorCode::kInvalid,
              near.empty() ? format("expected one of {}", join(known, ", ")) : format("did you mean '{}'?", near));
}

Result<Shape> shape_named(std::string_view name) {
  if (name == "threads") return Shape::kThreads;
  if (name == "loop") return Shape::kLoop;
  if (name == "pool") return Shape::kPool;
  return fail(ErrorCode::kInvalid, "expected threads, loop or pool");
}

bool is_possible(Fault fault, Shape shape) {
  if (shape != Shape::kLoop) return true;
  return fault != Fault::kLock && fault != Fault::kLockCpu && fault != Fault::kPool && fault != Fault::kHotThread;
}

}  // namespace loadstone::faults

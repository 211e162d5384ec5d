#include <algorithm>

#include "scenario/load_parts.h"
#include "scenario/websocket_shape.h"

namespace loadstone::scenario {
namespace {

void scale_duration(Nanoseconds& d, double scale) {
  if (d > Nanoseconds(0)) d = std::max(Nanoseconds(1ms), from_seconds(to_seconds(d) * scale));
}

void scale_load(HttpLoad& http, double scale) {
  std::visit(
      [&](auto& load) {
        for (auto& stage : load.stages) scale_duration(stage.duration, scale);
      },
      http.load);
}

void scale_load(AudienceLoad& load, double scale) {
  const auto needed = counts_need(load);
  if (needed && load.stages.size() == 1) {
    Nanoseconds& duration = load.stages.front().duration;
    if (duration == *needed) return;
    scale_duration(duration, scale);
    duration = std::max(duration, *needed);
    return;
  }
  for (auto& stage : load.stages) scale_duration(stage.duration, scale);
}

}  // namespace

void scale_durations(Scenario& scenario, double scale) {
  std::visit(
      [&](auto& kind) {
        scale_load(kind, scale);
        scale_duration(kind.warmup, scale);
        if (kind.run_timeout) scale_duration(*kind.run_timeout, scale);
      },
      scenario.kind);
}

}  // namespace loadstone::scenario

// What a person sees while a run goes on: on a terminal one line that is drawn again, elsewhere plain lines now and
// then.
#pragma once

#include <cstdint>
#include <string>

#include "base/clock.h"
#include "cli/console.h"
#include "result/block.h"
#include "result/run.h"

namespace loadstone::cli {

class ProgressLine {
 public:
  explicit ProgressLine(Console& console) : console_(console) {}

  void begin(const std::string& name, const result::PlannedScenario& plan, std::size_t index, std::size_t count);
  void add(const result::Block& block);
  // Called often; draws at most a few times a second.
  void tick();
  void end(const result::ScenarioEnd& end);

 private:
  [[nodiscard]] std::string line() const;
  void draw(const std::string& text);

  Console& console_;
  std::string name_;
  std::size_t index_ = 0;
  std::size_t count_ = 0;
  double planned_seconds_ = 0;
  Instant drawn_{};
  Nanoseconds measured_{0};
  std::uint64_t requests_ = 0;
  std::uint64_t failures_ = 0;
  stats::Histogram all_;
  // The last second or so, for the rate shown.
  Nanoseconds recent_length_{0};
  std::uint64_t recent_ = 0;
  double rate_ = 0;
};

}  // namespace loadstone::cli

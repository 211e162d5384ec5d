// What a person sees while a run goes on: on a terminal a few lines that are drawn again and again, elsewhere plain
// lines now and then.
#pragma once

#include <cstddef>
#include <string_view>

#include "analysis/so_far.h"
#include "base/clock.h"
#include "cli/console.h"

namespace loadstone::cli {

class Progress {
 public:
  // Both must outlive this.
  Progress(Console& console, const analysis::SoFar& so_far);

  void begin(std::size_t scenario);
  // Called often; draws a few times a second.
  void tick();
  void end(const result::ScenarioEnd& end);
  // A line that stays, above the drawing. Whoever writes to the console beside it displaces the drawing.
  void say(std::string_view line);
  // Takes the drawing away: what comes next is the report.
  void finish();

 private:
  void draw();

  Console& console_;
  const analysis::SoFar& so_far_;
  bool is_drawn_;  // as lines that are drawn again
  std::size_t scenario_ = 0;
  std::size_t lines_ = 0;  // on the screen now
  Instant drawn_{};
};

}  // namespace loadstone::cli

// What a terminal shows of a run that goes on, as lines: a pure function of what is known so far.
#pragma once

#include <string>
#include <vector>

#include "analysis/so_far.h"

namespace loadstone::cli {

struct FrameStyle {
  int width = 80;   // columns; no line is longer
  int height = 24;  // lines of the terminal; the frame leaves one free
  bool color = false;
  bool unicode = true;
};

// One line for each scenario, as far as they fit (what is over and what is to come give way first), and below the
// running one its throughput, percentiles, errors, the course of both, connections, the service and the generator. Only
// what the blocks hold is shown.
[[nodiscard]] std::vector<std::string> progress_frame(const analysis::SoFar& so_far, const FrameStyle& style);

// The same of one scenario in one plain line, for files and pipes.
[[nodiscard]] std::string progress_line(const analysis::SoFar& so_far, std::size_t scenario);

}  // namespace loadstone::cli

// Who looks on while a run goes on: a person at a terminal, and with --live browsers. Both are told from the same
// numbers.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "analysis/so_far.h"
#include "base/result.h"
#include "cli/console.h"
#include "cli/progress.h"
#include "liveview/live_page.h"

namespace loadstone::cli {

// One thread.
class Onlookers {
 public:
  // `journal` is read when a scenario ends, for its verdict. The console must outlive this.
  Onlookers(Console& console, const result::Run& run, std::filesystem::path journal);

  // Serves the live page and says where.
  [[nodiscard]] Status open_page(const liveview::LiveAddress& address);

  void begin(std::size_t scenario);
  void add(const result::Block& block) { so_far_.add(block); }
  void tick();  // called often
  void end(const result::ScenarioEnd& end);
  void say(std::string_view line) { progress_.say(line); }
  void finish() { progress_.finish(); }
  // The last word for the browsers. The result must outlive this.
  void over(const result::RunResult& result);

 private:
  void publish();

  Console& console_;
  analysis::SoFar so_far_;
  Progress progress_;
  std::filesystem::path journal_;
  std::unique_ptr<liveview::LivePage> page_;
  std::size_t scenario_ = 0;
  Instant published_{};
};

}  // namespace loadstone::cli

// A run while it goes on, from the blocks as they come: the numbers its result will have, without verdicts. Progress on
// a terminal and the live page are drawn from this.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "analysis/tally.h"
#include "result/result.h"

namespace loadstone::analysis {

enum class Stage : std::uint8_t { kWaiting, kRunning, kOver };

// Not thread-safe.
class SoFar {
 public:
  // The last so many blocks of a scenario are kept as points; the result has all of them, joined.
  static constexpr std::size_t kMostPoints = 600;

  explicit SoFar(result::Run run);

  // Histograms of scenarios that are over take megabytes each, and only a page draws them. Kept unless this is called.
  void drop_histograms() { keeps_histograms_ = false; }

  void begin(std::size_t scenario);
  void add(const result::Block& block);
  void end(const result::ScenarioEnd& end);
  // What became of the scenarios that are over, as the journal is judged. Those still to come keep what they have.
  void judged(result::RunResult&& result);

  [[nodiscard]] const result::Run& run() const { return run_; }
  [[nodiscard]] Stage stage(std::size_t scenario) const { return scenarios_[scenario].stage; }
  // Of the measured time; 0 in the warm-up.
  [[nodiscard]] double seconds(std::size_t scenario) const;
  // Block by block, warm-up too.
  [[nodiscard]] const std::vector<result::Point>& points(std::size_t scenario) const {
    return scenarios_[scenario].result.series;
  }
  // The metrics as they are now.
  [[nodiscard]] std::map<std::string, double> metrics(std::size_t scenario) const;
  // None until it is judged.
  [[nodiscard]] std::optional<result::Verdict> verdict(std::size_t scenario) const;
  // The whole, in the form of a result: undecided where nothing is judged yet.
  [[nodiscard]] result::RunResult result() const;

 private:
  struct Scenario {
    Stage stage = Stage::kWaiting;
    bool is_judged = false;
    Tally tally;
    result::ScenarioResult result;
  };
  result::Run run_;
  bool keeps_histograms_ = true;
  std::vector<Scenario> scenarios_;
};

}  // namespace loadstone::analysis

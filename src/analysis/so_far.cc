#include "analysis/so_far.h"

#include "analysis/judge.h"
#include "analysis/series.h"
#include "analysis/summary.h"

namespace loadstone::analysis {
namespace {

// The block as a point of its own.
result::Point point_of(const result::Block& block) {
  Tally width;
  width.longest_block = block.length;
  Series one(width);
  one.add(block);
  auto points = one.finish();
  return std::move(points.front());
}

result::ScenarioResult copy_of(const result::ScenarioResult& from) {
  result::ScenarioResult to;
  to.name = from.name;
  to.kind = from.kind;
  to.plan = from.plan;
  to.problem = from.problem;
  to.interrupted = from.interrupted;
  to.measured_seconds = from.measured_seconds;
  to.verdict = from.verdict;
  to.metrics = from.metrics;
  to.targets = from.targets;
  to.series = from.series;
  to.findings = from.findings;
  to.notes = from.notes;
  to.ledger = from.ledger;
  to.recovery = from.recovery;
  to.profile = from.profile;
  for (const auto& [family, times] : from.histograms) to.histograms.emplace(family, times.clone());
  return to;
}

}  // namespace

SoFar::SoFar(result::Run run) : run_(std::move(run)), scenarios_(run_.scenarios.size()) {
  for (std::size_t i = 0; i < scenarios_.size(); ++i) {
    auto& s = scenarios_[i].result;
    s.name = run_.scenarios[i].name;
    s.kind = run_.scenarios[i].kind;
    s.plan = run_.scenarios[i].plan;
    for (const auto& target : run_.scenarios[i].targets) s.targets.emplace_back().target = target;
  }
}

void SoFar::begin(std::size_t scenario) { scenarios_[scenario].stage = Stage::kRunning; }

void SoFar::add(const result::Block& block) {
  Scenario& s = scenarios_[block.scenario];
  s.tally.add(block);
  auto& points = s.result.series;
  if (points.size() >= kMostPoints) points.erase(points.begin());
  points.push_back(point_of(block));
}

void SoFar::end(const result::ScenarioEnd& end) {
  Scenario& s = scenarios_[end.scenario];
  s.stage = Stage::kOver;
  s.result.metrics = metrics(end.scenario);
  s.result.problem = end.problem;
  s.result.interrupted = end.interrupted;
  s.result.notes = end.notes;
  s.result.recovery = end.recovery;
  s.result.measured_seconds = end.measured_seconds;
  if (keeps_histograms_) s.result.histograms = std::move(s.tally.histograms);
  s.tally = {};
}

void SoFar::judged(result::RunResult&& result) {
  for (std::size_t i = 0; i < scenarios_.size() && i < result.scenarios.size(); ++i) {
    if (scenarios_[i].stage != Stage::kOver || scenarios_[i].is_judged) continue;
    scenarios_[i].result = std::move(result.scenarios[i]);
    scenarios_[i].is_judged = true;
    if (!keeps_histograms_) scenarios_[i].result.histograms.clear();
  }
}

double SoFar::seconds(std::size_t scenario) const {
  const Scenario& s = scenarios_[scenario];
  return s.stage == Stage::kOver ? s.result.measured_seconds : s.tally.measured_seconds(std::nullopt);
}

std::map<std::string, double> SoFar::metrics(std::size_t scenario) const {
  const Scenario& s = scenarios_[scenario];
  if (s.stage == Stage::kOver && !s.result.metrics.empty()) return s.result.metrics;
  if (s.tally.blocks == 0) return {};
  return summarize(s.tally, run_.scenarios[scenario], s.tally.measured_seconds(std::nullopt));
}

std::optional<result::Verdict> SoFar::verdict(std::size_t scenario) const {
  const Scenario& s = scenarios_[scenario];
  return s.is_judged ? std::optional(s.result.verdict) : std::nullopt;
}

result::RunResult SoFar::result() const {
  result::RunResult whole;
  whole.run = run_;
  for (std::size_t i = 0; i < scenarios_.size(); ++i) {
    const Scenario& s = scenarios_[i];
    auto now = copy_of(s.result);
    if (s.stage == Stage::kRunning) {
      now.metrics = metrics(i);
      now.measured_seconds = seconds(i);
      for (const auto& [family, times] : s.tally.histograms)
        if (!times.empty()) now.histograms.emplace(family, times.clone());
    }
    whole.scenarios.push_back(std::move(now));
  }
  sum_up(whole);
  return whole;
}

}  // namespace loadstone::analysis

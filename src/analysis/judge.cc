#include "analysis/judge.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <span>

#include "analysis/batches.h"
#include "analysis/degradation.h"
#include "analysis/fitness.h"
#include "analysis/series.h"
#include "analysis/service.h"
#include "analysis/service_target.h"
#include "analysis/steady_state.h"
#include "analysis/summary.h"
#include "analysis/target.h"
#include "base/format.h"
#include "result/journal.h"

namespace loadstone::analysis {
namespace {

using result::Block;
using result::JournalReader;
using result::RunResult;
using result::ScenarioEnd;
using result::ScenarioResult;
using result::Verdict;

// All that is known of a scenario while the journal is read.
struct Reading {
  Tally tally;
  ServiceUse service;
  std::optional<ScenarioEnd> end;
  Level level;
  SteadyState steady;
  std::optional<Tally> after_cut;  // where a warm-up was cut: what is left
  std::unique_ptr<Batches> batches;
  std::unique_ptr<Series> series;
};

// Whether the load of a scenario ought to have a steady state, and whether its warm-up was left to us.
SteadyState steady_state_of(const result::PlannedScenario& plan, const Reading& r) {
  if (plan.kind != "http" || plan.varies) return {};
  return find_steady_state(r.level, r.tally.warmup_blocks == 0);
}

bool is_after_cut(const Block& block, const SteadyState& steady) {
  return block.measured && to_seconds(block.start) > steady.cut_seconds - 1e-6;
}

// Times and rates stand for the service and are those after the cut; counts are of the whole run.
void replace_sampled(std::map<std::string, double>& metrics, const std::map<std::string, double>& after_cut) {
  for (const auto& [name, value] : after_cut) {
    const auto known = metric::parse_metric(name);
    if (known && known->scope == metric::Scope::kSample) metrics[name] = value;
  }
}

// The generator was the limit of the whole run: what was measured is of the generator, whatever it says of a target.
void take_back(std::span<result::JudgedTarget> targets) {
  for (auto& t : targets) {
    t.verdict = Verdict::kInvalid;
    t.reason = format("the generator was the limit{}{}", t.reason.empty() ? "" : "; ", t.reason);
  }
}

ScenarioResult judge_scenario(const result::PlannedScenario& plan, Reading& r, bool run_is_partial) {
  ScenarioResult s;
  s.name = plan.name;
  s.kind = plan.kind;
  s.plan = plan.plan;
  s.measured_seconds = r.tally.measured_seconds(r.end);
  s.series = r.series->finish();
  if (r.end) {
    s.problem = r.end->problem;
    s.interrupted = r.end->interrupted;
    s.notes = r.end->notes;
    s.ledger = r.end->ledger;
    s.recovery = r.end->recovery;
    s.profile = r.end->profile;
  }
  const bool began = r.end || r.tally.blocks + r.tally.warmup_blocks > 0;
  if (!began) {
    s.verdict = Verdict::kInconclusive;
    s.problem = "it was not run";
    for (const auto& t : plan.targets)
      s.targets.push_back({t, Verdict::kInconclusive, std::nullopt, std::nullopt, std::nullopt, "it was not run"});
    return s;
  }
  if (!r.end) {
    s.interrupted = true;
    s.notes.emplace_back(run_is_partial ? "The run ended before this scenario did: its last second may be missing."
                                        : "The end of this scenario is missing from the journal.");
  }

  Tally& judged = r.after_cut ? *r.after_cut : r.tally;
  const double judged_seconds = s.measured_seconds - r.steady.cut_seconds;
  s.metrics = summarize(r.tally, plan, s.measured_seconds);
  r.service.put(s.metrics, r.tally.count("completed"));
  if (r.after_cut) replace_sampled(s.metrics, summarize(judged, plan, judged_seconds));
  const auto kept = throughput_kept(s.series, plan.stage_seconds);
  if (kept) s.metrics["degradation.throughput_kept"] = kept->share;
  Fitness fitness;
  if (s.problem.empty() || r.tally.blocks > 0)
    fitness = check_fitness(r.tally, plan, s.measured_seconds, r.end && !s.interrupted && s.problem.empty());
  s.metrics["generator.limited"] = fitness.limited ? 1 : 0;
  const Evidence evidence{plan, judged, *r.batches, s.metrics, judged_seconds, s.interrupted, fitness.noisy_host};
  for (std::size_t i = 0; i < plan.targets.size(); ++i) {
    auto of_service = judge_service_target(plan.targets[i], r.service);
    s.targets.push_back(of_service ? std::move(*of_service) : judge_target(evidence, i));
  }
  judge_degradation(kept, s.targets);
  soften_unsteady(r.steady, *r.batches, s.targets);
  const bool nothing_stands = fitness.limited;
  check_lag(fitness, r.tally, s.targets);
  if (nothing_stands) take_back(s.targets);
  s.metrics["generator.limited"] = fitness.limited ? 1 : 0;

  s.verdict = s.interrupted && s.targets.empty() ? Verdict::kInconclusive : Verdict::kPass;
  for (const auto& t : s.targets) s.verdict = worse(s.verdict, t.verdict);
  if (!s.problem.empty() || fitness.is_invalid()) s.verdict = Verdict::kInvalid;
  s.findings = std::move(fitness.findings);
  for (auto& finding : r.service.findings()) s.findings.push_back(std::move(finding));
  for (auto& finding : describe(r.steady)) s.findings.push_back(std::move(finding));
  for (auto& finding : limits_of_method(plan, judged_seconds)) s.findings.push_back(std::move(finding));
  s.histograms = std::move(judged.histograms);
  std::erase_if(s.histograms, [](const auto& entry) { return entry.second.empty(); });
  return s;
}

// A pass over the journal for the scenarios that lose their beginning.
Status add_after_cuts(const std::filesystem::path& journal, std::vector<Reading>& readings) {
  auto reader = JournalReader::open(journal);
  if (!reader) return fail(reader.error());
  while (auto entry = reader->next()) {
    const auto* block = std::get_if<Block>(&*entry);
    if (block == nullptr) continue;
    auto& r = readings[block->scenario];
    if (r.after_cut && is_after_cut(*block, r.steady)) r.after_cut->add(*block);
  }
  return {};
}

}  // namespace

Result<RunResult> judge(const std::filesystem::path& journal) {
  auto first = JournalReader::open(journal);
  if (!first) return fail(first.error());
  RunResult run;
  run.run = first->run();
  std::vector<Reading> readings(run.run.scenarios.size());
  while (auto entry = first->next()) {
    if (auto* block = std::get_if<Block>(&*entry)) {
      readings[block->scenario].tally.add(*block);
      readings[block->scenario].service.add(*block);
      readings[block->scenario].level.add(*block);
    } else if (auto* end = std::get_if<ScenarioEnd>(&*entry)) {
      readings[end->scenario].service.add(*end);
      readings[end->scenario].end = std::move(*end);
    }
  }
  run.partial = !first->complete() || !first->losses().empty() || first->interrupted();

  bool any_cut = false;
  for (std::size_t i = 0; i < readings.size(); ++i) {
    auto& r = readings[i];
    r.steady = steady_state_of(run.run.scenarios[i], r);
    if (r.steady.cut_seconds > 0) r.after_cut.emplace();
    any_cut |= r.after_cut.has_value();
  }
  if (any_cut)
    if (const auto status = add_after_cuts(journal, readings); !status) return fail(status.error());

  std::vector<std::string> families{"latency", "lag"};
  for (std::size_t i = 0; i < readings.size(); ++i) {
    const auto& plan = run.run.scenarios[i];
    auto& r = readings[i];
    const auto needed = families_needed(plan);
    families.insert(families.end(), needed.begin(), needed.end());
    const double seconds = r.tally.measured_seconds(r.end) - r.steady.cut_seconds;
    r.batches = std::make_unique<Batches>(from_seconds(seconds), (r.after_cut ? *r.after_cut : r.tally).blocks, needed,
                                          plan.targets.size());
    r.series = std::make_unique<Series>(r.tally);
  }
  std::sort(families.begin(), families.end());
  const auto wanted = [&](std::string_view family) {
    return std::binary_search(families.begin(), families.end(), family, std::less<>());
  };
  auto second = JournalReader::open(journal);
  if (!second) return fail(second.error());
  while (auto entry = second->next(wanted)) {
    auto* block = std::get_if<Block>(&*entry);
    if (block == nullptr) continue;
    auto& r = readings[block->scenario];
    r.series->add(*block);
    if (!is_after_cut(*block, r.steady)) continue;
    block->start -= from_seconds(r.steady.cut_seconds);
    r.batches->add(*block);
  }
  for (std::size_t i = 0; i < readings.size(); ++i) {
    readings[i].batches->finish();
    run.scenarios.push_back(judge_scenario(run.run.scenarios[i], readings[i], run.partial));
    readings[i] = Reading();  // its batches are not needed any more
  }
  run.losses = first->losses();
  sum_up(run);
  return run;
}

void sum_up(RunResult& run) {
  run.summary = {};
  run.verdict = Verdict::kPass;
  for (const auto& s : run.scenarios) {
    ++run.summary.total;
    switch (s.verdict) {
      case Verdict::kPass:
        ++run.summary.passed;
        break;
      case Verdict::kFail:
        ++run.summary.failed;
        break;
      case Verdict::kInconclusive:
        ++run.summary.inconclusive;
        break;
      case Verdict::kInvalid:
        ++run.summary.invalid;
        break;
    }
    run.verdict = worse(run.verdict, s.verdict);
  }
}

int exit_code(const RunResult& run, const ExitPolicy& policy) {
  if (policy.signal != 0) return 128 + policy.signal;
  Verdict verdict = Verdict::kPass;
  for (const auto& s : run.scenarios)
    verdict = worse(verdict, s.verdict == Verdict::kInconclusive ? policy.on_inconclusive : s.verdict);
  switch (verdict) {
    case Verdict::kPass:
      return 0;
    case Verdict::kFail:
      return policy.on_miss;
    case Verdict::kInconclusive:
      return 4;
    case Verdict::kInvalid:
      return 3;
  }
  return 3;
}

}  // namespace loadstone::analysis

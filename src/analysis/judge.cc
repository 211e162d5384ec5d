#include "analysis/judge.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <span>

#include "analysis/batches.h"
#include "analysis/fitness.h"
#include "analysis/series.h"
#include "analysis/service.h"
#include "analysis/service_target.h"
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
  std::unique_ptr<Batches> batches;
  std::unique_ptr<Series> series;
};

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

  s.metrics = summarize(r.tally, plan, s.measured_seconds);
  r.service.put(s.metrics, r.tally.count("completed"));
  Fitness fitness;
  if (s.problem.empty() || r.tally.blocks > 0)
    fitness = check_fitness(r.tally, plan, s.measured_seconds, r.end && !s.interrupted && s.problem.empty());
  s.metrics["generator.limited"] = fitness.limited ? 1 : 0;
  const Evidence evidence{plan, r.tally, *r.batches, s.metrics, s.measured_seconds, s.interrupted, fitness.noisy_host};
  for (std::size_t i = 0; i < plan.targets.size(); ++i) {
    auto judged = judge_service_target(plan.targets[i], r.service);
    s.targets.push_back(judged ? std::move(*judged) : judge_target(evidence, i));
  }
  const bool nothing_stands = fitness.limited;
  check_lag(fitness, r.tally, s.targets);
  if (nothing_stands) take_back(s.targets);
  s.metrics["generator.limited"] = fitness.limited ? 1 : 0;

  s.verdict = s.interrupted && s.targets.empty() ? Verdict::kInconclusive : Verdict::kPass;
  for (const auto& t : s.targets) s.verdict = worse(s.verdict, t.verdict);
  if (!s.problem.empty() || fitness.is_invalid()) s.verdict = Verdict::kInvalid;
  s.findings = std::move(fitness.findings);
  for (auto& finding : r.service.findings()) s.findings.push_back(std::move(finding));
  for (auto& finding : limits_of_method(plan, s.measured_seconds)) s.findings.push_back(std::move(finding));
  s.histograms = std::move(r.tally.histograms);
  std::erase_if(s.histograms, [](const auto& entry) { return entry.second.empty(); });
  return s;
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
    } else if (auto* end = std::get_if<ScenarioEnd>(&*entry)) {
      readings[end->scenario].service.add(*end);
      readings[end->scenario].end = std::move(*end);
    }
  }
  run.partial = !first->complete() || !first->losses().empty() || first->interrupted();

  std::vector<std::string> families{"latency", "lag"};
  for (std::size_t i = 0; i < readings.size(); ++i) {
    const auto& plan = run.run.scenarios[i];
    auto& r = readings[i];
    const auto needed = families_needed(plan);
    families.insert(families.end(), needed.begin(), needed.end());
    r.batches = std::make_unique<Batches>(from_seconds(r.tally.measured_seconds(r.end)), r.tally.blocks, needed,
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
    const auto* block = std::get_if<Block>(&*entry);
    if (block == nullptr) continue;
    auto& r = readings[block->scenario];
    r.series->add(*block);
    if (block->measured) r.batches->add(*block);
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

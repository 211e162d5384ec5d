// B1: at the boundary every verdict is wrong; how often is one given? B3: how often does the interval of a percentile
// hold the truth? B2: how often is a verdict given when it is right? All through the code that judges real runs.
#include <atomic>
#include <memory>

#include "analysis/batches.h"
#include "analysis/processes_for_test.h"
#include "analysis/summary.h"
#include "analysis/target.h"
#include "base/format.h"
#include "tests/truth/simulated/row.h"

namespace loadstone::truth {
namespace {

using analysis::Process;
using result::Verdict;

constexpr std::size_t kBlocks = 100;
// Processes are drawn in their own unit; a millisecond each.
constexpr double kUnit = 1e-3;

// One run of these times, a hundred seconds long, judged against `targets`.
std::vector<result::JudgedTarget> judge(const std::vector<double>& times, const std::vector<metric::Target>& targets,
                                        double users) {
  result::PlannedScenario plan;
  plan.kind = "http";
  plan.targets = targets;
  plan.closed_loop = users > 1;
  analysis::Tally tally;
  const auto families = analysis::families_needed(plan);
  analysis::Batches batches(from_seconds(kBlocks), kBlocks, families, targets.size());
  const std::size_t each = times.size() / kBlocks;
  for (std::size_t b = 0; b < kBlocks; ++b) {
    result::Block block;
    block.start = static_cast<std::int64_t>(b) * 1s;
    block.length = 1s;
    block.in_flight = block.connections = static_cast<std::uint64_t>(users);
    block.exceedances.resize(targets.size());
    auto& latency = block.histograms["latency"];
    for (std::size_t i = b * each; i < (b + 1) * each; ++i) {
      const double seconds = times[i] * kUnit;
      latency.record(from_seconds(seconds));
      for (std::size_t t = 0; t < targets.size(); ++t) {
        const std::uint64_t above = seconds > targets[t].limit ? 1 : 0;
        block.exceedances[t].count += 1;
        block.exceedances[t].above += above;
        block.exceedances[t].above_without_lag += above;
      }
    }
    tally.add(block);
    batches.add(block);
  }
  batches.finish();
  const std::map<std::string, double> metrics;
  const analysis::Evidence evidence{plan, tally, batches, metrics, kBlocks, false, false};
  std::vector<result::JudgedTarget> judged;
  for (std::size_t t = 0; t < targets.size(); ++t) judged.push_back(analysis::judge_target(evidence, t));
  return judged;
}

metric::Target target_at(double quantile, double limit) {
  auto target = *metric::parse_target(format("latency.p{:g} < 1s", 100 * quantile));
  target.limit = limit;
  return target;
}

struct Counts {
  std::atomic<std::uint64_t> passed{0}, failed{0}, covered{0};
};

}  // namespace

void boundary(Table& table) {
  const int runs = table.runs(2000);
  constexpr std::size_t kRequests = 100'000;
  for (const double allowed : {0.05, 0.01}) {
    for (const auto& process : analysis::processes(allowed)) {
      const bool is_stall = std::string(process.name).starts_with("stalls");
      // Stalls make exactly the allowed share slow; what is above any other threshold is not known of them.
      const std::vector<double> quantiles = is_stall          ? std::vector{1 - allowed}
                                            : allowed == 0.05 ? std::vector{0.5, 0.95}
                                                              : std::vector{0.99};
      std::vector<metric::Target> targets;
      for (const double q : quantiles) targets.push_back(target_at(q, process.threshold(1 - q) * kUnit));
      std::vector<Counts> counts(quantiles.size());
      for_each_run(runs, 2024, [&](int, Random& random) {
        const auto judged = judge(process.draw(random, kRequests), targets, process.smallest_group);
        for (std::size_t i = 0; i < judged.size(); ++i) {
          counts[i].passed += judged[i].verdict == Verdict::kPass ? 1 : 0;
          counts[i].failed += judged[i].verdict == Verdict::kFail ? 1 : 0;
          const double truth = judged[i].target.limit;
          // A bound that is not known holds. Buckets are a thousandth wide.
          counts[i].covered +=
              judged[i].low.value_or(0) <= truth * 1.001 && judged[i].high.value_or(truth) >= truth * 0.999;
        }
      });
      for (std::size_t i = 0; i < quantiles.size(); ++i) {
        const auto n = static_cast<std::uint64_t>(runs);
        const std::string name = format("{}: p{:g}", process.name, 100 * quantiles[i]);
        if (quantiles[i] > 0.5) {
          // A run of three stalls or fewer cannot know how often they come: the stated limit of the method.
          const bool unknowable = std::string(process.name) == "stalls of 300" && allowed < 0.05;
          table.add("B1", name + ", passes wrongly", unknowable ? "known limit of the method" : "at most 5 %",
                    unknowable ? 0 : 0.95, n - counts[i].passed, n, per_cent(counts[i].passed, n));
          table.add("B1", name + ", fails wrongly", "at most 5 %", 0.95, n - counts[i].failed, n,
                    per_cent(counts[i].failed, n));
        }
        const bool wanders = std::string(process.name) == "AR(1) 0.999";
        if (!is_stall && !wanders)
          table.add("B3", name + ", interval holds the truth", "at least 93 %", 0.93, counts[i].covered, n);
      }
    }
  }
}

void power(Table& table) {
  const int runs = table.runs(500);
  struct Case {
    double allowed;
    double quantile;
  };
  for (const auto& c : {Case{0.05, 0.95}, Case{0.01, 0.99}}) {
    // So that the run is worth more independent requests than are needed to tell half of the share from the share.
    const double needed = stats::size_to_tell(c.allowed, c.allowed / 2);
    for (const double rho : {0.0, 0.9}) {
      // A design effect of about 8 for exceedances of AR(1) 0.9, and room for the penalty of 32 batches.
      const auto n = static_cast<std::size_t>(needed * 1.6 * (rho > 0 ? 14 : 1) / kBlocks + 1) * kBlocks;
      const std::string name = format("AR(1) {}: p{:g}, {} requests", rho, 100 * c.quantile, n);
      const auto verdict_at = [&](double true_share, Verdict wanted) {
        const std::vector<metric::Target> targets{target_at(c.quantile, analysis::normal_above(true_share) * kUnit)};
        return count_true(runs, 7, [&](Random& random) {
          return judge(analysis::autoregressive(random, n, rho), targets, 1)[0].verdict == wanted;
        });
      };
      // The cluster rule asks for more from p99 on: an unseen stall of 100 ms. That is no matter of power here.
      table.add("B2", name + ", half as many slow: passes", "at least 95 %", 0.95,
                verdict_at(c.allowed / 2, Verdict::kPass), static_cast<std::uint64_t>(runs));
      table.add("B2", name + ", twice as many slow: fails", "at least 95 %", 0.95,
                verdict_at(c.allowed * 2, Verdict::kFail), static_cast<std::uint64_t>(runs));
    }
  }
}

}  // namespace loadstone::truth

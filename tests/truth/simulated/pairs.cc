// C1, C2 and C3, the simulated parts: pairs with heavy tails, looked at four times, five gating metrics. C4: a new
// occasion against earlier ones, however much occasions differ.
#include "compare/pairs.h"

#include <cmath>

#include "base/format.h"
#include "compare/saved.h"
#include "stats/sequential.h"
#include "tests/truth/simulated/row.h"

namespace loadstone::truth {
namespace {

using compare::Verdict;

// Student's t with three degrees of freedom, with a standard deviation as if it were normal: the median distance of
// normal values with deviation 1.
double heavy(Random& random) {
  double squares = 0;
  for (int i = 0; i < 3; ++i) {
    const double z = random.normal();
    squares += z * z;
  }
  return random.normal() / std::sqrt(squares / 3) * 0.882;
}

constexpr const char* kMetrics[] = {"latency.p50", "latency.p95", "rate", "service.cpu.per_request"};

compare::Pair pair_of(Random& random, double effect, double deviation) {
  compare::Pair p;
  for (const char* metric : kMetrics) {
    const double sign = std::string_view(metric) == "rate" ? -1 : 1;
    p.log_ratio[metric] = sign * std::log1p(effect) + deviation * heavy(random);
    p.a[metric] = p.b[metric] = 1;
  }
  p.a_errors = p.b_errors = {0, 500};
  return p;
}

// The verdict of the first look that decides, or of the last; all metrics have the margin of the median, 5 %.
Verdict compared(Random& random, double effect, double deviation) {
  const compare::Margins margins{{"latency.p95", 0.05}};
  std::vector<compare::Pair> pairs;
  Verdict verdict = Verdict::kInconclusive;
  for (const auto look : stats::kLooks) {
    while (pairs.size() < look) pairs.push_back(pair_of(random, effect, deviation));
    verdict = compare::verdict_of(compare::judge_pairs(pairs, stats::kLookLevel, margins));
    if (verdict != Verdict::kInconclusive) break;
  }
  return verdict;
}

}  // namespace

void pairs(Table& table) {
  const int runs = table.runs(4000);
  const auto n = static_cast<std::uint64_t>(runs);
  for (const double deviation : {0.03, 0.06, 0.12, 0.25}) {
    const auto alarms =
        count_true(runs, 41, [&](Random& r) { return compared(r, 0, deviation) == Verdict::kRegressed; });
    table.add("C1", format("the same build, pairs differ by {:g} %: regressed", 100 * deviation), "at most 1 %", 0.99,
              n - alarms, n, per_cent(alarms, n));
  }
  const int some = table.runs(1000);
  const auto m = static_cast<std::uint64_t>(some);
  struct Cell {
    double deviation, effect;
  };
  for (const auto& c : {Cell{0.03, 0.05}, Cell{0.06, 0.05}, Cell{0.06, 0.1}, Cell{0.12, 0.1}, Cell{0.25, 0.2}})
    table.add(
        "C2", format("{:g} % slower, pairs differ by {:g} %: regressed", 100 * c.effect, 100 * c.deviation),
        "at least 95 %", 0.95,
        count_true(some, 42, [&](Random& r) { return compared(r, c.effect, c.deviation) == Verdict::kRegressed; }), m);
  for (const double deviation : {0.03, 0.06})
    table.add("C3", format("the same build, pairs differ by {:g} %: not regressed", 100 * deviation), "at least 95 %",
              0.95,
              count_true(some, 43,
                         [&](Random& r) {
                           const auto v = compared(r, 0, deviation);
                           return v == Verdict::kNotRegressed || v == Verdict::kImproved;
                         }),
              m);
}

namespace {

compare::Observation occasion(Random& random, double at, double effect, double deviation) {
  compare::Observation o;
  o.started_at = at;
  for (const char* metric : kMetrics)
    o.values[metric] =
        std::exp((std::string_view(metric) == "rate" ? -1 : 1) * std::log1p(effect) + deviation * random.normal());
  o.errors = {0, 10'000};
  return o;
}

compare::ScenarioChange against(Random& random, int occasions, double effect, double deviation) {
  std::vector<compare::Observation> earlier;
  for (int k = 0; k < occasions; ++k) earlier.push_back(occasion(random, k * 86400.0, 0, deviation));
  const std::vector<compare::Observation> now{occasion(random, 100 * 86400.0, effect, deviation)};
  return compare::compare_scenario("s", earlier, now);
}

// The same on a machine that is slower and faster by `swing` from day to day, which a canary hears.
compare::ScenarioChange with_canary(Random& random, int occasions, double effect, double swing) {
  const auto at = [&](double day, double by) {
    const double today = swing * random.normal();
    auto o = occasion(random, day * 86400.0, by, 0.02);
    for (const char* metric : kMetrics)
      if (std::string_view(metric) != "rate") o.values[metric] *= std::exp(today);
    for (const char* canary : {compare::kCanaryTime, compare::kCanaryCpu})
      o.values[canary] = 1e-4 * std::exp(today + 0.02 * random.normal());
    return o;
  };
  std::vector<compare::Observation> earlier;
  for (int k = 0; k < occasions; ++k) earlier.push_back(at(k, 0));
  const std::vector<compare::Observation> now{at(100, effect)};
  return compare::compare_scenario("s", earlier, now);
}

}  // namespace

void occasions(Table& table) {
  const int runs = table.runs(20'000);
  const auto n = static_cast<std::uint64_t>(runs);
  for (const int k : {5, 10})
    for (const double deviation : {0.002, 0.01, 0.03, 0.1}) {
      const auto alarms =
          count_true(runs, 44, [&](Random& r) { return against(r, k, 0, deviation).verdict == Verdict::kRegressed; });
      table.add("C4", format("{} occasions that differ by {:g} %: regressed", k, 100 * deviation), "at most 1 %", 0.99,
                n - alarms, n, per_cent(alarms, n));
    }
  // With and without a canary worth listening to: choosing between the two must not raise alarms.
  for (const double swing : {0.0, 0.02, 0.1}) {
    const auto alarms =
        count_true(runs, 46, [&](Random& r) { return with_canary(r, 10, 0, swing).verdict == Verdict::kRegressed; });
    table.add("C4", format("10 occasions with a canary, the machine differs by {:g} %: regressed", 100 * swing),
              "at most 1 %", 0.99, n - alarms, n, per_cent(alarms, n));
  }
  const int heard = table.runs(2000);
  table.add(
      "C4", "10 % slower, 10 occasions that differ by 10 %, with a canary: regressed", "at least 80 %", 0.8,
      count_true(heard, 47, [&](Random& r) { return with_canary(r, 10, 0.1, 0.1).verdict == Verdict::kRegressed; }),
      static_cast<std::uint64_t>(heard));
  // Where the smallest effect that can be seen is above the margin, nothing may be called not regressed unless the new
  // value is far below; and the reason is given.
  const int some = table.runs(2000);
  const auto refused = count_true(some, 45, [&](Random& r) {
    const auto change = against(r, 6, 0, 0.1);
    const auto& p50 = change.metrics.front();
    return p50.verdict != Verdict::kInconclusive || p50.reason.find("cannot resolve") != std::string::npos;
  });
  table.add("C4", "occasions that differ by 10 %: says what it cannot resolve", "always", 1, refused,
            static_cast<std::uint64_t>(some));
}

}  // namespace loadstone::truth

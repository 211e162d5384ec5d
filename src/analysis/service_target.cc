#include "analysis/service_target.h"

#include <cmath>

#include "base/format.h"
#include "base/units.h"

namespace loadstone::analysis {
namespace {

using metric::Comparison;
using result::JudgedTarget;
using result::Verdict;

bool is_upper(const metric::Target& t) {
  return t.comparison == Comparison::kLess || t.comparison == Comparison::kLessOrEqual;
}

Verdict by_interval(const metric::Target& target, const stats::Interval& interval) {
  const bool low = metric::holds(interval.low, target.comparison, target.limit);
  const bool high = metric::holds(interval.high, target.comparison, target.limit);
  return low && high ? Verdict::kPass : low || high ? Verdict::kInconclusive : Verdict::kFail;
}

void put_interval(JudgedTarget& judged, const stats::Interval& interval) {
  if (std::isfinite(interval.low)) judged.low = interval.low;
  if (std::isfinite(interval.high)) judged.high = interval.high;
}

JudgedTarget judge_connection_cost(const metric::Target& target, const ServiceUse& service) {
  JudgedTarget judged{target, Verdict::kInconclusive, std::nullopt, std::nullopt, std::nullopt, {}};
  const auto cost = service.memory().connection_cost();
  if (!cost) {
    judged.reason = service.was_watched() ? "no connections were seen" : "the service was not watched";
    return judged;
  }
  judged.value = cost->bytes;
  put_interval(judged, cost->interval);
  judged.verdict = by_interval(target, cost->interval);
  if (judged.verdict != Verdict::kInconclusive) return judged;
  constexpr std::size_t kFewLevels = 6;
  if (cost->levels >= kFewLevels) {
    judged.reason =
        format("{} different numbers of connections leave the slope too uncertain: hold more of them", cost->levels);
    return judged;
  }
  // With so few numbers there is no interval. What the first connections cost once and for all counts as theirs, so
  // that the value is rather too high: to be below a limit, it is good enough.
  if (is_upper(target) && cost->bytes >= 0 && metric::holds(cost->bytes, target.comparison, target.limit)) {
    judged.verdict = Verdict::kPass;
    return judged;
  }
  judged.reason =
      format("{} different numbers of connections are too few for a slope: hold six or more, in steps", cost->levels);
  return judged;
}

JudgedTarget judge_leak_rate(const metric::Target& target, const ServiceUse& service) {
  JudgedTarget judged{target, Verdict::kInconclusive, std::nullopt, std::nullopt, std::nullopt, {}};
  const auto leak = service.memory().leak();
  if (!leak) {
    judged.reason =
        service.was_watched() ? "measured for less than three cycles of 30 s" : "the service was not watched";
    return judged;
  }
  judged.value = leak->slope;
  put_interval(judged, leak->interval);
  if (leak->trend == stats::MemoryTrend::kTooShort) {
    judged.reason = format("a leak and a warm-up look alike in so short a time: measure for at least {}",
                           show_quantity(leak->needed_seconds, Unit::kSeconds));
    return judged;
  }
  judged.verdict = by_interval(target, leak->interval);
  // A rise that a warm-up explains is no leak, and may be one all the same.
  if (judged.verdict == Verdict::kFail && leak->trend != stats::MemoryTrend::kLeak && is_upper(target)) {
    judged.verdict = Verdict::kInconclusive;
    judged.reason =
        format("still rising, which a warm-up would explain: measure for about {}",
               show_quantity(std::max(leak->needed_seconds, 2 * service.memory().measured_seconds()), Unit::kSeconds));
  }
  return judged;
}

}  // namespace

std::optional<JudgedTarget> judge_service_target(const metric::Target& target, const ServiceUse& service) {
  if (target.metric.name == "service.memory.per_connection") return judge_connection_cost(target, service);
  if (target.metric.name == "service.memory.leak_rate") return judge_leak_rate(target, service);
  return std::nullopt;
}

}  // namespace loadstone::analysis

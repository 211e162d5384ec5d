#include "metric/metric.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "base/ascii.h"
#include "base/format.h"

namespace loadstone::metric {
namespace {

using G = Group;
using U = Unit;
constexpr Scope kCensus = Scope::kCensus;
constexpr Scope kSample = Scope::kSample;

// clang-format off
constexpr Row kTable[] = {
    {"requests", G::kHttp, U::kCount, kCensus, false, true, "requests due in the measured time that came to an end: successes + failures"},
    {"successes", G::kHttp, U::kCount, kCensus, false, true, "answered as expected"},
    {"failures", G::kHttp, U::kCount, kCensus, false, true, "answered otherwise, timed out, reset, refused or malformed"},
    {"error_rate", G::kHttp, U::kRatio, kCensus, false, true, "(failures + dropped + unfinished) / (requests + dropped + unfinished)"},
    {"rate", G::kHttp, U::kPerSecond, kSample, false, true, "requests completed per second of the measured time"},
    {"offered_rate", G::kHttp, U::kPerSecond, kCensus, false, false, "requests due per second of the measured time"},
    {"dropped", G::kHttp, U::kCount, kCensus, false, false, "due, but never sent before the end of the drain"},
    {"unfinished", G::kHttp, U::kCount, kCensus, false, false, "sent, but not ended at the end of the drain"},
    {"errors.status", G::kHttp, U::kCount, kCensus, false, false, "answered with a status that was not expected"},
    {"errors.check", G::kHttp, U::kCount, kCensus, false, false, "answered with a body that failed a check"},
    {"errors.timeout", G::kHttp, U::kCount, kCensus, false, false, "no full answer within the time-out"},
    {"errors.connect", G::kHttp, U::kCount, kCensus, false, false, "no connection for it: refused, unreachable, connect time-out, name not found, no TLS"},
    {"errors.reset", G::kHttp, U::kCount, kCensus, false, false, "connection reset or closed before the full answer"},
    {"errors.protocol", G::kHttp, U::kCount, kCensus, false, false, "an answer that is not the protocol"},
    {"bytes.sent", G::kHttp, U::kBytes, kCensus, false, false, "bytes written to sockets, before TLS encrypts them"},
    {"bytes.received", G::kHttp, U::kBytes, kCensus, false, false, "bytes read from sockets, after TLS has decrypted them"},
    {"bytes.decoded", G::kHttp, U::kBytes, kCensus, false, false, "what encoded bodies came to that a check looked into"},
    {"degradation.throughput_kept", G::kHttp, U::kRatio, kSample, false, false, "of a load in stages: the lowest rate after the highest, over the highest"},
    {"latency", G::kHttp, U::kSeconds, kSample, true, true, "due to done: the headline"},
    {"wait", G::kHttp, U::kSeconds, kSample, true, false, "due to a connection was free: the service's doing"},
    {"lag", G::kHttp, U::kSeconds, kSample, true, false, "free to sent: the generator's own doing"},
    {"service_time", G::kHttp, U::kSeconds, kSample, true, true, "sent to done"},
    {"first_byte", G::kHttp, U::kSeconds, kSample, true, false, "sent to first byte of the answer"},

    {"connect.attempted", G::kConnect, U::kCount, kCensus, false, false, "connections begun"},
    {"connect.succeeded", G::kConnect, U::kCount, kCensus, false, false, "connections ready for use"},
    {"connect.failed", G::kConnect, U::kCount, kCensus, false, false, "connections that did not become ready"},
    {"connect.success_rate", G::kConnect, U::kRatio, kCensus, false, false, "succeeded / attempted"},
    {"connect.lost", G::kConnect, U::kCount, kCensus, false, false, "open connections ended by the service or the network, unasked"},
    {"connect.time", G::kConnect, U::kSeconds, kSample, true, false, "begun to ready for use"},
    {"connect.dns", G::kConnect, U::kSeconds, kSample, true, false, "looking the name up"},
    {"connect.tcp", G::kConnect, U::kSeconds, kSample, true, false, "the TCP handshake"},
    {"connect.tls", G::kConnect, U::kSeconds, kSample, true, false, "the TLS handshake"},
    {"connect.tls.full", G::kConnect, U::kCount, kCensus, false, false, "TLS handshakes from scratch"},
    {"connect.tls.resumed", G::kConnect, U::kCount, kCensus, false, false, "TLS handshakes that resumed the session of an earlier connection"},
    {"connect.upgrade", G::kConnect, U::kSeconds, kSample, true, false, "the WebSocket upgrade"},
    {"connect.answer", G::kConnect, U::kSeconds, kSample, true, false, "the request that opens an event stream to the head of its answer"},

    {"messages.sent", G::kWebSocket, U::kCount, kCensus, false, false, "WebSocket messages sent"},
    {"messages.received", G::kWebSocket, U::kCount, kCensus, false, false, "messages of WebSockets and event streams received"},
    {"messages.unanswered", G::kWebSocket, U::kCount, kCensus, false, false, "messages sent whose reply did not come in time"},
    {"rtt", G::kWebSocket, U::kSeconds, kSample, true, false, "message due to its reply"},

    {"broadcast.published", G::kBroadcast, U::kCount, kCensus, false, false, "messages published"},
    {"broadcast.expected", G::kBroadcast, U::kCount, kCensus, false, false, "deliveries that had to happen"},
    {"broadcast.delivered", G::kBroadcast, U::kCount, kCensus, false, false, "distinct expected deliveries received"},
    {"broadcast.missing", G::kBroadcast, U::kCount, kCensus, false, false, "expected and never received"},
    {"broadcast.duplicates", G::kBroadcast, U::kCount, kCensus, false, false, "received again"},
    {"broadcast.reordered", G::kBroadcast, U::kCount, kCensus, false, false, "received after a later one"},
    {"broadcast.late", G::kBroadcast, U::kCount, kCensus, false, false, "received after the drain: counted as missing before"},
    {"broadcast.foreign", G::kBroadcast, U::kCount, kCensus, false, false, "received, but not published by this run, or not meant for this client"},
    {"broadcast.incomplete", G::kBroadcast, U::kCount, kCensus, false, false, "messages that some client missed"},
    {"broadcast.corrupt", G::kBroadcast, U::kCount, kCensus, false, false, "received damaged"},
    {"broadcast.delivery_rate", G::kBroadcast, U::kRatio, kCensus, false, false, "delivered / expected"},
    {"broadcast.rate", G::kBroadcast, U::kPerSecond, kSample, false, false, "deliveries per second"},
    {"broadcast.latency", G::kBroadcast, U::kSeconds, kSample, true, false, "publish due to received, every delivery"},
    {"broadcast.first", G::kBroadcast, U::kSeconds, kSample, true, false, "publish due to the first client, per message"},
    {"broadcast.median", G::kBroadcast, U::kSeconds, kSample, true, false, "publish due to the median client, per message"},
    {"broadcast.last", G::kBroadcast, U::kSeconds, kSample, true, false, "publish due to the last client, per message"},

    {"recovery.drops", G::kRecovery, U::kCount, kCensus, false, false, "connections dropped on purpose"},
    {"recovery.recovered", G::kRecovery, U::kCount, kCensus, false, false, "dropped connections that opened again"},
    {"recovery.success_rate", G::kRecovery, U::kRatio, kCensus, false, false, "recovered / drops"},
    {"recovery.lost", G::kRecovery, U::kCount, kCensus, false, false, "published in a gap and never received"},
    {"recovery.detected", G::kRecovery, U::kSeconds, kSample, true, false, "drop to the client noticing it"},
    {"recovery.time", G::kRecovery, U::kSeconds, kSample, true, false, "drop to open"},
    {"recovery.first_message", G::kRecovery, U::kSeconds, kSample, true, false, "drop to the first message"},

    {"service.memory.baseline", G::kService, U::kBytes, kSample, false, false, "memory of the service before the load"},
    {"service.memory.peak", G::kService, U::kBytes, kSample, false, false, "highest memory of the service"},
    {"service.memory.growth", G::kService, U::kBytes, kSample, false, false, "memory at the end less the baseline"},
    {"service.memory.per_connection", G::kService, U::kBytes, kSample, false, false, "slope of memory on connections"},
    {"service.memory.kernel_per_connection", G::kService, U::kBytes, kSample, false, false, "slope of the kernel's memory on connections"},
    {"service.memory.residue", G::kService, U::kBytes, kSample, false, false, "memory after all connections were closed less the baseline"},
    {"service.memory.leak_rate", G::kService, U::kBytesPerSecond, kSample, false, false, "growth that does not come back"},
    {"service.cpu.mean", G::kService, U::kRatio, kSample, false, false, "cores used, mean"},
    {"service.cpu.per_request", G::kService, U::kSeconds, kSample, false, false, "CPU time of the service over requests completed"},
    {"service.cpu.peak", G::kService, U::kRatio, kSample, false, false, "cores used, highest second"},
    {"service.threads.peak", G::kService, U::kCount, kCensus, false, false, "most threads"},
    {"service.fds.peak", G::kService, U::kCount, kCensus, false, false, "most open descriptors"},
    {"service.context_switches", G::kService, U::kCount, kCensus, false, false, "voluntary and involuntary"},
    {"service.probe.cpu", G::kService, U::kRatio, kCensus, false, false, "cores that watching the service took"},

    {"generator.cpu", G::kGenerator, U::kRatio, kCensus, false, false, "busiest shard: running or waiting to run, share of the time"},
    {"generator.limited", G::kGenerator, U::kCount, kCensus, false, false, "1 when the generator itself was the limit"},
};

constexpr NamedStatistic kStatistics[] = {
    {"min", Statistic::kMin, 0},          {"mean", Statistic::kMean, 0},         {"p50", Statistic::kQuantile, 0.5},
    {"p75", Statistic::kQuantile, 0.75},  {"p90", Statistic::kQuantile, 0.9},    {"p95", Statistic::kQuantile, 0.95},
    {"p99", Statistic::kQuantile, 0.99},  {"p99_9", Statistic::kQuantile, 0.999}, {"p99_99", Statistic::kQuantile, 0.9999},
    {"max", Statistic::kMax, 0},          {"stddev", Statistic::kStddev, 0},
};
// clang-format on

bool all_digits(std::string_view s) {
  return !s.empty() && std::all_of(s.begin(), s.end(), [](char c) { return c >= '0' && c <= '9'; });
}

// "p95" or "p99_9"; the decimal point is written '_' so that names stay simple keys.
std::optional<double> parse_quantile_name(std::string_view s) {
  if (s.size() < 2 || s.front() != 'p') return std::nullopt;
  std::string digits(s.substr(1));
  const auto underscore = digits.find('_');
  if (!all_digits(std::string_view(digits).substr(0, underscore))) return std::nullopt;
  if (underscore != std::string::npos) {
    if (!all_digits(std::string_view(digits).substr(underscore + 1))) return std::nullopt;
    digits[underscore] = '.';
  }
  double percent = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), percent);
  if (!(percent > 0 && percent < 100)) return std::nullopt;
  // 99.9 / 100 in binary is a hair off 0.999; go through a decimal so that equal names give equal quantiles.
  return std::round(percent * 1e9 / 100) / 1e9;
}

struct StatisticChoice {
  Statistic statistic;
  double quantile;
};

std::optional<StatisticChoice> parse_statistic(std::string_view s) {
  for (const auto& known : kStatistics)
    if (known.name == s) return StatisticChoice{known.statistic, known.quantile};
  if (const auto q = parse_quantile_name(s)) return StatisticChoice{Statistic::kQuantile, *q};
  return std::nullopt;
}

std::vector<std::string> every_name(bool steps_only) {
  std::vector<std::string> names;
  for (const auto& row : kTable) {
    if (steps_only && !row.per_step) continue;
    if (!row.is_distribution)
      names.emplace_back(row.name);
    else
      for (const auto& s : kStatistics) names.push_back(format("{}.{}", row.name, s.name));
  }
  return names;
}

Parsed<Metric> parse_plain(std::string_view name, bool in_step) {
  for (const auto& row : kTable) {
    if (in_step && !row.per_step) continue;
    if (!row.is_distribution && name == row.name)
      return Metric{std::string(name), {}, std::string(name), Statistic::kNone, 0, row.unit, row.scope, row.group};
    if (!row.is_distribution || !name.starts_with(row.name)) continue;
    if (name == row.name)
      return tl::unexpected(
          Mistake{format("'{}' needs a statistic: {}.p95, {}.mean, {}.max …", name, name, name, name), 0, name.size()});
    if (name[row.name.size()] != '.') continue;
    const std::string_view rest = name.substr(row.name.size() + 1);
    if (const auto s = parse_statistic(rest))
      return Metric{std::string(name), {},       std::string(row.name), s->statistic, s->quantile, row.unit,
                    row.scope,         row.group};
  }
  if (name.starts_with("status.") && !in_step) {
    const std::string_view code = name.substr(7);
    if (code.size() == 3 && all_digits(code) && code >= "100" && code <= "999")
      return Metric{std::string(name), {},          std::string(name), Statistic::kNone, 0, Unit::kCount,
                    Scope::kCensus,    Group::kHttp};
    return tl::unexpected(
        Mistake{format("'{}' is not a status; expected status.200 or the like", name), 0, name.size()});
  }
  // lag is also a measure of the generator
  if (name.starts_with("generator.lag.")) {
    if (const auto s = parse_statistic(name.substr(14)))
      return Metric{std::string(name), {}, "lag", s->statistic, s->quantile, Unit::kSeconds, Scope::kCensus,
                    Group::kGenerator};
  }
  const auto names = every_name(in_step);
  const std::string_view near = nearest_word(name, names);
  return tl::unexpected(Mistake{near.empty() ? format("there is no metric '{}'", name)
                                             : format("there is no metric '{}'; did you mean '{}'?", name, near),
                                0, name.size()});
}

struct Operator {
  std::string_view text;
  Comparison comparison;
};
// Longer ones first, so that "<=" is not read as "<".
constexpr Operator kOperators[] = {{"<=", Comparison::kLessOrEqual},
                                   {">=", Comparison::kGreaterOrEqual},
                                   {"==", Comparison::kEqual},
                                   {"<", Comparison::kLess},
                                   {">", Comparison::kGreater}};

}  // namespace

std::span<const Row> table() { return kTable; }
std::span<const NamedStatistic> standard_statistics() { return kStatistics; }

Parsed<Metric> parse_metric(std::string_view name) {
  if (!name.starts_with("step.")) return parse_plain(name, false);
  // A step's name may itself hold dots: take the longest name for which the rest is a metric.
  for (auto dot = name.rfind('.'); dot != std::string_view::npos && dot > 5; dot = name.rfind('.', dot - 1)) {
    auto metric = parse_plain(name.substr(dot + 1), true);
    if (!metric) continue;
    metric->step = name.substr(5, dot - 5);
    metric->name = name;
    return metric;
  }
  return tl::unexpected(Mistake{
      format("'{}' is not a step's metric; expected step.NAME.latency.p95, step.NAME.error_rate or the like", name), 0,
      name.size()});
}

bool holds(double value, Comparison comparison, double limit) {
  switch (comparison) {
    case Comparison::kLess:
      return value < limit;
    case Comparison::kLessOrEqual:
      return value <= limit;
    case Comparison::kGreater:
      return value > limit;
    case Comparison::kGreaterOrEqual:
      return value >= limit;
    case Comparison::kEqual:
      return value == limit;
  }
  return false;
}

std::string_view symbol(Comparison comparison) {
  for (const auto& o : kOperators)
    if (o.comparison == comparison) return o.text;
  return "?";
}

Parsed<Target> parse_target(std::string_view expression) {
  const auto mistake = [&](std::string message, std::string_view part) {
    const std::size_t offset =
        part.data() >= expression.data() ? static_cast<std::size_t>(part.data() - expression.data()) : 0;
    return tl::unexpected(Mistake{std::move(message), offset, std::max<std::size_t>(part.size(), 1)});
  };
  const auto at = expression.find_first_of("<>=");
  if (at == std::string_view::npos)
    return mistake("expected METRIC < LIMIT, such as latency.p95 < 50ms (also <=, >, >=, ==)", expression);
  const std::string_view left = trim(expression.substr(0, at));
  const auto* op = std::find_if(std::begin(kOperators), std::end(kOperators),
                                [&](const Operator& o) { return expression.substr(at).starts_with(o.text); });
  if (op == std::end(kOperators)) return mistake("expected one of <, <=, >, >= or ==", expression.substr(at, 1));
  const std::string_view right = trim(expression.substr(at + op->text.size()));
  if (left.empty())
    return mistake("the metric is missing before the comparison", expression.substr(at, op->text.size()));
  auto metric = parse_metric(left);
  if (!metric) {
    metric.error().offset += static_cast<std::size_t>(left.data() - expression.data());
    return tl::unexpected(metric.error());
  }
  if (right.empty())
    return mistake("the limit is missing after the comparison", expression.substr(at, op->text.size()));
  const auto limit = parse_quantity(right, metric->unit);
  if (!limit) return mistake(limit.error().message, right);
  Target target;
  target.expression = format("{} {} {}", left, op->text, right);
  target.metric = std::move(*metric);
  target.comparison = op->comparison;
  target.limit = *limit;
  return target;
}

bool is_exceedance(const Target& target) {
  return target.metric.family == "latency" && target.metric.statistic == Statistic::kQuantile &&
         (target.comparison == Comparison::kLess || target.comparison == Comparison::kLessOrEqual);
}

}  // namespace loadstone::metric

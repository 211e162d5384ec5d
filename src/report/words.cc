#include "report/words.h"

#include <ctime>

#include "base/format.h"
#include "base/units.h"

namespace loadstone::report {

using result::JudgedTarget;
using result::RunResult;
using result::ScenarioResult;
using result::Verdict;

std::string upper(Verdict verdict) {
  std::string text(result::name(verdict));
  for (char& c : text) c = static_cast<char>(c - 'a' + 'A');
  return text;
}

std::string_view mark(Verdict verdict) {
  switch (verdict) {
    case Verdict::kPass:
      return "✓";
    case Verdict::kFail:
      return "✗";
    case Verdict::kInconclusive:
      return "?";
    case Verdict::kInvalid:
      return "!";
  }
  return "?";
}

std::string count_verdicts(const RunResult& run) {
  const auto& s = run.summary;
  std::string text = format("{} {}:", s.total, s.total == 1 ? "scenario" : "scenarios");
  const char* separator = " ";
  const auto add = [&](int n, std::string_view word) {
    if (n == 0) return;
    text += format("{}{} {}", separator, n, word);
    separator = ", ";
  };
  add(s.passed, "passed");
  add(s.failed, "failed");
  add(s.inconclusive, "inconclusive");
  add(s.invalid, "invalid");
  if (s.total == 0) text += " nothing to judge";
  if (run.partial) text += " (partial)";
  return text;
}

std::string show_value(const metric::Metric& metric, double value) { return show_quantity(value, metric.unit); }

std::string show_metric(const ScenarioResult& s, const std::string& name) {
  const auto found = s.metrics.find(name);
  if (found == s.metrics.end()) return {};
  const auto metric = metric::parse_metric(name);
  return show_quantity(found->second, metric ? metric->unit : Unit::kCount);
}

std::string show_judged(const JudgedTarget& t) {
  if (!t.value) return "not measured";
  std::string text = show_value(t.target.metric, *t.value);
  if (t.low && t.high)
    text += format(" ({} to {})", show_value(t.target.metric, *t.low), show_value(t.target.metric, *t.high));
  else if (t.low)
    text += format(" (at least {})", show_value(t.target.metric, *t.low));
  else if (t.high)
    text += format(" (at most {})", show_value(t.target.metric, *t.high));
  return text;
}

std::string worst_target(const ScenarioResult& s) {
  if (s.verdict == Verdict::kPass) return {};
  Verdict worst = Verdict::kPass;
  for (const auto& t : s.targets) worst = result::worse(worst, t.verdict);
  // What made a run invalid made its targets invalid: it says more than they do.
  if (worst == Verdict::kPass || s.verdict != worst || s.verdict == Verdict::kInvalid) {
    if (!s.problem.empty()) return one_line(s.problem);
    for (const auto& f : s.findings)
      if (f.invalidates) return f.rule;
    if (worst == Verdict::kPass) return {};
  }
  for (const auto& t : s.targets)
    if (t.verdict == worst)
      return format("{}: {}", t.target.expression, t.value ? show_value(t.target.metric, *t.value) : "not measured");
  return {};
}

std::string show_errors(const ScenarioResult& s) {
  std::string text;
  const auto add = [&](std::string_view kind, double n) {
    if (n > 0) text += format("{}{} {}", text.empty() ? "" : ", ", kind, show_quantity(n, Unit::kCount));
  };
  for (const auto& [name, value] : s.metrics)
    if (name.starts_with("errors.")) add(std::string_view(name).substr(7), value);
  for (const char* name : {"dropped", "unfinished"})
    if (const auto found = s.metrics.find(name); found != s.metrics.end()) add(name, found->second);
  return text;
}

bool has_audience(const ScenarioResult& s) { return s.kind == "websocket" || s.kind == "event_stream"; }

Headline headline(const ScenarioResult& s) {
  const auto value = [&](const char* name) {
    const auto found = s.metrics.find(name);
    return found == s.metrics.end() ? 0 : found->second;
  };
  // "part/whole word", with the share that is missing.
  const auto of = [&](const char* part, const char* whole, std::string_view word, const char* rate,
                      std::string family) {
    Headline h;
    h.count = format("{}/{} {}", show_metric(s, part), show_metric(s, whole), word);
    h.rate = rate == nullptr ? "" : show_metric(s, rate);
    h.family = std::move(family);
    h.errors = show_quantity(value(whole) > 0 ? 1 - value(part) / value(whole) : 0, Unit::kRatio);
    return h;
  };
  if (value("recovery.drops") > 0) return of("recovery.recovered", "recovery.drops", "back", nullptr, "recovery.time");
  if (value("broadcast.expected") > 0)
    return of("broadcast.delivered", "broadcast.expected", "heard", "broadcast.rate", "broadcast.latency");
  if (s.metrics.contains("rtt.p50")) return {format("{} replies", show_metric(s, "messages.received")), {}, "rtt", {}};
  if (has_audience(s)) return of("connect.succeeded", "connect.attempted", "connected", nullptr, "connect.time");
  return {s.metrics.contains("requests") ? format("{} requests", show_metric(s, "requests")) : "",
          show_metric(s, "rate"), "latency", show_metric(s, "error_rate")};
}

std::vector<Column> verdict_columns() {
  return {{"scenario"},  {"verdict"},   {"counted", true}, {"rate", true}, {"p50", true},
          {"p95", true}, {"p99", true}, {"errors", true},  {"decided by"}};
}

std::vector<std::vector<std::string>> verdict_rows(const RunResult& run) {
  std::vector<std::vector<std::string>> rows;
  for (const auto& s : run.scenarios) {
    const Headline h = headline(s);
    rows.push_back({one_line(s.name), std::string(result::name(s.verdict)), h.count, h.rate,
                    show_metric(s, h.family + ".p50"), show_metric(s, h.family + ".p95"),
                    show_metric(s, h.family + ".p99"), h.errors, worst_target(s)});
  }
  return rows;
}

std::string show_time(double seconds_since_1970) {
  if (!(seconds_since_1970 > 0 && seconds_since_1970 < 253402300800.0)) return "-";  // to the year 9999
  const auto seconds = static_cast<std::time_t>(seconds_since_1970);
  std::tm utc{};
  gmtime_r(&seconds, &utc);
  return format("{:04}-{:02}-{:02} {:02}:{:02}:{:02} UTC", utc.tm_year + 1900, utc.tm_mon + 1, utc.tm_mday, utc.tm_hour,
                utc.tm_min, utc.tm_sec);
}

}  // namespace loadstone::report

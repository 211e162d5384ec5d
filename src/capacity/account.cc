#include "capacity/account.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "base/json_writer.h"

namespace loadstone::capacity {
namespace {

constexpr int kCurvePoints = 60;

std::string_view name(stats::Identified identified) {
  switch (identified) {
    case stats::Identified::kNothing:
      return "nothing";
    case stats::Identified::kContention:
      return "contention";
    case stats::Identified::kCoherency:
      break;
  }
  return "coherency";
}

void put(JsonWriter& json, std::string_view key, const std::optional<double>& value) {
  json.key(key);
  if (value)
    json.number(*value);
  else
    json.null();
}

void write(JsonWriter& json, const MeasuredStep& m) {
  const Step& s = m.step;
  json.begin_object();
  json.field("rate", s.rate);
  json.field("arrivals", s.arrivals);
  json.field("completed", s.completed);
  json.field("concurrency", s.concurrency);
  if (s.cores_used > 0) {
    json.field("cores_used", s.cores_used);
    json.field("cores_left", s.cores_left);
  }
  json.key("backlog");
  json.begin_array();
  for (const double waits : s.backlog) json.number(waits);
  json.end_array();
  json.field("overloaded", is_overloaded(s));
  json.field("verdict", result::name(s.verdict));
  if (!s.reason.empty()) json.field("reason", s.reason);
  json.field("folder", m.folder);
  if (m.times) {
    json.key("times");
    json.begin_object();
    json.field("family", m.times->family);
    json.field("p50", m.times->p50);
    json.field("p95", m.times->p95);
    json.field("p99", m.times->p99);
    json.end_object();
  }
  json.end_object();
}

void write(JsonWriter& json, std::string_view key, const std::vector<MeasuredStep>& steps) {
  json.key(key);
  json.begin_array();
  for (const auto& step : steps) write(json, step);
  json.end_array();
}

void write_pairs(JsonWriter& json, std::string_view key, const std::vector<stats::ThroughputAt>& points) {
  json.key(key);
  json.begin_array();
  for (const auto& p : points) {
    json.begin_array();
    json.number(p.concurrency);
    json.number(p.throughput);
    json.end_array();
  }
  json.end_array();
}

// The law where it was measured, and at every step, so that both can be drawn over one another.
std::vector<stats::ThroughputAt> curve_of(const stats::Scalability& fit,
                                          const std::vector<stats::ThroughputAt>& points) {
  std::set<double> at;
  double least = points.front().concurrency, most = least;
  for (const auto& p : points) {
    at.insert(p.concurrency);
    least = std::min(least, p.concurrency);
    most = std::max(most, p.concurrency);
  }
  for (int i = 0; i <= kCurvePoints; ++i) at.insert(least + (most - least) * i / kCurvePoints);
  std::vector<stats::ThroughputAt> curve;
  for (const double n : at) curve.push_back({n, fit.at(n)});
  return curve;
}

void write(JsonWriter& json, const Scaling& scaling, const std::vector<stats::ThroughputAt>& points) {
  const auto& fit = scaling.fit;
  const bool is_identified = scaling.verdict.identified != stats::Identified::kNothing;
  json.key("scaling");
  json.begin_object();
  json.field("text", scaling.text);
  json.field("identified", name(scaling.verdict.identified));
  json.field("gamma", fit.gamma);
  json.field("alpha", fit.alpha);
  json.field("beta", fit.beta);
  put(json, "peak", fit.peak());
  write_pairs(json, "points", points);
  // A law that the steps cannot tell apart from others is not drawn.
  if (is_identified && !points.empty()) write_pairs(json, "curve", curve_of(fit, points));
  json.end_object();
}

void write(JsonWriter& json, const result::Run& run) {
  json.key("run");
  json.begin_object();
  json.field("suite", run.suite);
  json.field("suite_file", run.suite_file);
  json.field("command", run.command);
  json.field("version", run.version);
  json.field("reactor", run.reactor);
  json.field("seed", run.seed);
  json.field("shards", run.shards);
  json.field("started_at", run.started_at);
  json.key("environment");
  json.begin_object();
  for (const auto& [key, value] : run.environment) {
    json.text_key(key);
    json.string(value);
  }
  json.end_object();
  json.end_object();
  if (run.scenarios.empty()) return;
  const auto& load = run.scenarios.front();
  json.field("name", load.name);
  json.field("plan", load.plan);
  json.key("targets");
  json.begin_array();
  for (const auto& t : load.targets) {
    json.begin_object();
    json.field("expression", t.expression);
    json.field("metric", t.metric.name);
    json.field("limit", t.limit);
    json.end_object();
  }
  json.end_array();
}

}  // namespace

result::Verdict verdict_of(const Finding& finding) {
  if (finding.sustainable) return result::Verdict::kPass;
  if (finding.undecided) return result::Verdict::kInconclusive;
  return finding.generator_was_limit ? result::Verdict::kInvalid : result::Verdict::kFail;
}

std::vector<stats::ThroughputAt> throughput_of(const std::vector<MeasuredStep>& users) {
  std::vector<stats::ThroughputAt> points;
  for (const auto& m : users)
    if (m.step.verdict != result::Verdict::kInvalid && m.step.completed > 0)
      points.push_back({m.step.rate, m.step.completed});
  return points;
}

std::string write_json(const Account& account) {
  const Finding& f = account.finding;
  std::string text;
  JsonWriter json(text);
  json.begin_object();
  json.field("schema", "loadstone-limit/1");
  json.field("seed", account.about.seed);
  json.field("of", account.of_clients ? "clients" : "rate");
  json.field("verdict", result::name(verdict_of(f)));
  put(json, "sustainable", f.sustainable);
  put(json, "knee", f.knee);
  put(json, "capacity", f.capacity);
  put(json, "by_cpu", f.by_cpu);
  json.field("why", f.why);
  if (const auto words = cpu_in_words(f); !words.empty()) json.field("processors", words);
  write(json, account.about);
  write(json, "steps", account.steps);
  write(json, "users", account.users);
  if (account.scaling) write(json, *account.scaling, throughput_of(account.users));
  json.end_object();
  return text + "\n";
}

}  // namespace loadstone::capacity

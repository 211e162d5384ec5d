// OpenMetrics 1.0, and Prometheus' own text format at the same time: gauges and summaries only, for which the two
// agree. A result is a state, not a process to be asked again, so what was counted is a gauge, too.
#include <map>
#include <optional>
#include <set>

#include "base/format.h"
#include "base/utf8.h"
#include "metric/metric.h"
#include "report/renders.h"

namespace loadstone::report {
namespace {

using result::ScenarioResult;

using Labels = std::vector<std::pair<std::string_view, std::string>>;

std::string escape(std::string_view text) {
  std::string escaped;
  for (const char c : valid_utf8(text)) {
    if (c == '\\' || c == '"') escaped += '\\';
    if (c == '\n')
      escaped += "\\n";
    else
      escaped += static_cast<unsigned char>(c) < 0x20 || c == 0x7F ? '?' : c;
  }
  return escaped;
}

std::string braces(const Labels& labels) {
  if (labels.empty()) return {};
  std::string text = "{";
  for (const auto& [name, value] : labels) text += format("{}{}=\"{}\"", text == "{" ? "" : ",", name, escape(value));
  return text + "}";
}

// "service.memory.peak" and bytes: loadstone_service_memory_peak_bytes.
std::string full_name(std::string_view prefix, std::string_view metric, Unit unit) {
  std::string name = format("loadstone_{}{}", prefix, metric);
  for (char& c : name)
    if (c == '.') c = '_';
  const std::string_view suffix = unit == Unit::kSeconds ? "_seconds"
                                  : unit == Unit::kBytes ? "_bytes"
                                  : unit == Unit::kRatio ? "_ratio"
                                                         : "";
  return name.ends_with(suffix) ? name : name + std::string(suffix);
}

// All samples of one name stand together, below one description.
class Family {
 public:
  Family(std::ostream& out, std::string name, std::string_view type, std::string_view help)
      : out_(out), name_(std::move(name)), type_(type), help_(help) {}

  void sample(std::string_view suffix, const Labels& labels, double value) {
    if (!said_) out_ << format("# HELP {0} {1}\n# TYPE {0} {2}\n", name_, help_, type_);
    said_ = true;
    out_ << format("{}{}{} {}\n", name_, suffix, braces(labels), value);
  }

 private:
  std::ostream& out_;
  std::string name_;
  std::string_view type_, help_;
  bool said_ = false;
};

class Metrics {
 public:
  Metrics(const result::RunResult& run, std::ostream& out) : run_(run), out_(out) {}

  void write() {
    about();
    verdicts();
    for (const auto& row : metric::table()) {
      whole(row);
      if (row.per_step) steps(row);
    }
    by_label("status.", "responses", "status", "answers by their status");
    out_ << "# EOF\n";
  }

 private:
  void about() {
    const auto& r = run_.run;
    Family(out_, "loadstone_run_info", "gauge", "which run this is")
        .sample("", {{"suite", r.suite}, {"version", r.version}, {"seed", format("{}", r.seed)}}, 1);
    Family(out_, "loadstone_run_start_seconds", "gauge", "when the run began, since 1970").sample("", {}, r.started_at);
  }

  void verdicts() {
    constexpr result::Verdict kAll[] = {result::Verdict::kPass, result::Verdict::kFail, result::Verdict::kInconclusive,
                                        result::Verdict::kInvalid};
    Family scenario(out_, "loadstone_verdict", "gauge", "1 for the verdict of the scenario, 0 for the others");
    for (const auto& s : run_.scenarios)
      for (const auto verdict : kAll)
        scenario.sample("", {{"scenario", s.name}, {"verdict", std::string(result::name(verdict))}},
                        s.verdict == verdict ? 1 : 0);
    Family target(out_, "loadstone_target_verdict", "gauge", "1 for the verdict of the target, 0 for the others");
    for (const auto& s : run_.scenarios) {
      std::set<std::string_view> seen;  // one series for a target that a suite has twice
      for (const auto& t : s.targets)
        if (seen.insert(t.target.expression).second)
          for (const auto verdict : kAll)
            target.sample("",
                          {{"scenario", s.name},
                           {"target", t.target.expression},
                           {"verdict", std::string(result::name(verdict))}},
                          t.verdict == verdict ? 1 : 0);
    }
  }

  void whole(const metric::Row& row) {
    if (row.is_distribution) {
      Family family(out_, full_name("", row.name, row.unit), "summary", row.meaning);
      for (const auto& s : run_.scenarios) summary(family, s, std::string(row.name), {{"scenario", s.name}});
      return;
    }
    // The errors of one kind each are one name here, so that they can be added up.
    if (row.name.starts_with("errors.")) {
      if (row.name == "errors.status") by_label("errors.", "errors", "kind", "failures by their kind");
      return;
    }
    Family family(out_, full_name("", row.name, row.unit), "gauge", row.meaning);
    for (const auto& s : run_.scenarios)
      if (const auto value = find(s, std::string(row.name))) family.sample("", {{"scenario", s.name}}, *value);
  }

  void steps(const metric::Row& row) {
    Family family(out_, full_name("step_", row.name, row.unit), row.is_distribution ? "summary" : "gauge", row.meaning);
    for (const auto& s : run_.scenarios)
      for (const auto& step : steps_of(s)) {
        const auto name = format("step.{}.{}", step, row.name);
        const Labels labels{{"scenario", s.name}, {"step", step}};
        if (row.is_distribution)
          summary(family, s, name, labels);
        else if (const auto value = find(s, name))
          family.sample("", labels, *value);
      }
  }

  void summary(Family& family, const ScenarioResult& s, const std::string& name, const Labels& labels) {
    const auto times = s.histograms.find(name);
    if (times == s.histograms.end()) return;
    for (const auto& statistic : metric::standard_statistics()) {
      const auto value = find(s, format("{}.{}", name, statistic.name));
      const auto quantile = statistic.statistic == metric::Statistic::kMin        ? std::optional(0.0)
                            : statistic.statistic == metric::Statistic::kMax      ? std::optional(1.0)
                            : statistic.statistic == metric::Statistic::kQuantile ? std::optional(statistic.quantile)
                                                                                  : std::nullopt;
      if (!value || !quantile) continue;
      Labels with_quantile = labels;
      with_quantile.emplace_back("quantile", format("{}", *quantile));
      family.sample("", with_quantile, *value);
    }
    family.sample("_sum", labels, static_cast<double>(times->second.exact().sum_ns) * 1e-9);
    family.sample("_count", labels, static_cast<double>(times->second.count()));
  }

  void by_label(std::string_view prefix, std::string_view name, std::string_view label, std::string_view help) {
    Family family(out_, format("loadstone_{}", name), "gauge", help);
    for (const auto& s : run_.scenarios)
      for (const auto& [metric, value] : s.metrics)
        if (metric.starts_with(prefix))
          family.sample("", {{"scenario", s.name}, {label, metric.substr(prefix.size())}}, value);
  }

  static std::optional<double> find(const ScenarioResult& s, const std::string& name) {
    const auto found = s.metrics.find(name);
    return found == s.metrics.end() ? std::nullopt : std::optional(found->second);
  }

  static std::vector<std::string> steps_of(const ScenarioResult& s) {
    constexpr std::string_view kPrefix = "step.", kSuffix = ".requests";
    std::vector<std::string> steps;
    for (const auto& [name, value] : s.metrics)
      if (name.starts_with(kPrefix) && name.ends_with(kSuffix) && name.size() > kPrefix.size() + kSuffix.size())
        steps.push_back(name.substr(kPrefix.size(), name.size() - kPrefix.size() - kSuffix.size()));
    return steps;
  }

  const result::RunResult& run_;
  std::ostream& out_;
};

}  // namespace

Status render_openmetrics(const Source& source, const Style& /*style*/, std::ostream& out) {
  Metrics(source.result, out).write();
  return {};
}

}  // namespace loadstone::report

#include "result/document.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cmath>
#include <cstring>
#include <fstream>

#include "base/format.h"
#include "result/fields.h"
#include "result/ledger_json.h"
#include "result/profile_json.h"
#include "result/recovery_json.h"

namespace loadstone::result {
namespace {

// Whole numbers without ".0": most metrics are counts.
Json number(double value) {
  constexpr double kExact = 9007199254740992;  // 2^53
  if (value == std::floor(value) && std::fabs(value) < kExact) return static_cast<std::int64_t>(value);
  return value;
}

Json numbers(const std::map<std::string, double>& values) {
  Json json = Json::object();
  for (const auto& [key, value] : values)
    if (std::isfinite(value)) json[key] = number(value);
  return json;
}

Json to_json(const JudgedTarget& t) {
  Json json = {{"expression", t.target.expression},
               {"metric", t.target.metric.name},
               {"limit", number(t.target.limit)},
               {"verdict", name(t.verdict)}};
  const auto put = [&](const char* key, const std::optional<double>& value) {
    if (value && std::isfinite(*value)) json[key] = number(*value);
  };
  put("value", t.value);
  put("low", t.low);
  put("high", t.high);
  if (!t.reason.empty()) json["reason"] = t.reason;
  return json;
}

Json to_json(const Finding& f) {
  return {{"rule", f.rule}, {"severity", name(f.severity)}, {"evidence", f.evidence}, {"invalidates", f.invalidates}};
}

Json to_json(const Point& p) {
  return {{"start", p.start}, {"length", p.length}, {"measured", p.measured}, {"values", numbers(p.values)}};
}

Json to_json(const ScenarioResult& s);

template <class Items>
Json list(const Items& items) {
  Json json = Json::array();
  for (const auto& item : items) json.push_back(to_json(item));
  return json;
}

Json to_json(const ScenarioResult& s) {
  // The histograms are plain texts, so that other tools find what they know; the sums they leave out are beside them.
  Json histograms = Json::object();
  Json sums = Json::object();
  for (const auto& [family, times] : s.histograms) {
    sums[family] = result::to_json(times);
    histograms[family] = std::move(sums[family]["v2"]);
    sums[family].erase("v2");
  }
  Json json = {{"name", s.name},
               {"kind", s.kind},
               {"plan", s.plan},
               {"problem", s.problem},
               {"interrupted", s.interrupted},
               {"measured_seconds", s.measured_seconds},
               {"verdict", name(s.verdict)},
               {"metrics", numbers(s.metrics)},
               {"targets", list(s.targets)},
               {"histograms", std::move(histograms)},
               {"sums", std::move(sums)},
               {"series", list(s.series)},
               {"findings", list(s.findings)},
               {"notes", s.notes}};
  if (s.ledger) json["ledger"] = result::to_json(*s.ledger);
  if (s.profile) json["profile"] = result::to_json(*s.profile);
  if (s.recovery) json["recovery"] = result::to_json(*s.recovery);
  return json;
}

// Reads one member after the other and keeps the first mistake.
class Reader {
 public:
  explicit Reader(const Json& document) : document_(document) {}

  Result<RunResult> read() {
    Fields top(document_, "");
    std::string schema, verdict;
    top.need("schema");
    top.read("schema", schema);
    if (top.status() && schema != kResultSchema)
      return fail(ErrorCode::kInvalid,
                  format("schema: this is '{}'; this loadstone reads {}", schema.substr(0, 60), kResultSchema));
    top.need("scenarios");
    top.read("partial", run_.partial);
    top.read("losses", run_.losses);
    read_verdict(top, run_.verdict);
    if (!check(top)) return fail(error_);
    read_run(top.need("run"));
    read_summary(top);
    if (!check(top)) return fail(error_);
    const Json& scenarios = *top.find("scenarios");
    if (!scenarios.is_array()) return fail(ErrorCode::kInvalid, "scenarios: expected a list");
    for (std::size_t i = 0; i < scenarios.size() && good_; ++i) read_scenario(scenarios[i], format("scenarios[{}]", i));
    if (!good_) return fail(error_);
    return std::move(run_);
  }

 private:
  bool check(const Fields& fields) { return fields.status() ? good_ : keep(fields.status().error()); }
  bool keep(const Error& error) {
    if (good_) error_ = error;
    return good_ = false;
  }

  void read_run(const Json& json) {
    // In the journal the scenarios of a run are plans; here they are results, so that the plans are left out.
    if (!json.is_object()) {
      keep({ErrorCode::kInvalid, "run: expected an object"});
      return;
    }
    Json with_plans = json;
    if (!with_plans.contains("scenarios")) with_plans["scenarios"] = Json::array();
    auto run = run_from(with_plans, "run");
    if (!run)
      keep(run.error());
    else
      run_.run = std::move(*run);
  }

  void read_summary(Fields& top) {
    Fields f(top.need("summary"), "summary");
    f.read("total", run_.summary.total);
    f.read("passed", run_.summary.passed);
    f.read("failed", run_.summary.failed);
    f.read("inconclusive", run_.summary.inconclusive);
    f.read("invalid", run_.summary.invalid);
    check(f);
  }

  static void read_verdict(Fields& fields, Verdict& to) {
    std::string text;
    fields.need("verdict");
    fields.read("verdict", text);
    if (const auto verdict = verdict_named(text))
      to = *verdict;
    else
      fields.mistake("verdict", "pass, fail, inconclusive or invalid");
  }

  void read_scenario(const Json& json, const std::string& path) {
    ScenarioResult s;
    Fields f(json, path);
    f.need("name");
    f.read("name", s.name);
    f.read("kind", s.kind);
    f.read("plan", s.plan);
    f.read("problem", s.problem);
    f.read("interrupted", s.interrupted);
    f.read("measured_seconds", s.measured_seconds);
    read_verdict(f, s.verdict);
    f.read("metrics", s.metrics);
    f.read("notes", s.notes);
    read_part(f, "ledger", ledger_from, s.ledger);
    read_part(f, "recovery", recovery_from, s.recovery);
    read_part(f, "profile", profile_from, s.profile);
    each(f, "targets", [&](const Json& item, const std::string& at) { read_target(item, at, s); });
    each(f, "findings", [&](const Json& item, const std::string& at) { read_finding(item, at, s); });
    each(f, "series", [&](const Json& item, const std::string& at) { read_point(item, at, s); });
    read_histograms(f, s);
    check(f);
    run_.scenarios.push_back(std::move(s));
  }

  template <class Part>
  void read_part(Fields& f, const char* key, Result<Part> (*from)(const Json&, const std::string&),
                 std::optional<Part>& to) {
    const Json* found = f.find(key);
    if (found == nullptr) return;
    auto part = from(*found, f.path(key));
    if (part)
      to = std::move(*part);
    else
      keep(part.error());
  }

  void read_histograms(Fields& f, ScenarioResult& s) {
    const Json* histograms = f.find("histograms");
    if (histograms == nullptr || !good_) return;
    if (!histograms->is_object()) return f.mistake("histograms", "an object");
    const Json* sums = f.find("sums");
    for (const auto& [family, text] : histograms->items()) {
      Json whole = sums != nullptr && sums->is_object() ? sums->value(family, Json::object()) : Json::object();
      if (whole.is_object()) whole["v2"] = text;
      auto histogram = histogram_from(whole, f.path("histograms") + "." + family);
      if (!histogram) {
        keep(histogram.error());
        return;
      }
      s.histograms.emplace(family, std::move(*histogram));
    }
  }

  template <class Read>
  void each(Fields& fields, const char* key, const Read& read) {
    const Json* items = fields.find(key);
    if (items == nullptr) return;
    if (!items->is_array()) return fields.mistake(key, "a list");
    for (std::size_t i = 0; i < items->size() && good_; ++i) read((*items)[i], format("{}[{}]", fields.path(key), i));
  }

  void read_target(const Json& json, const std::string& path, ScenarioResult& s) {
    JudgedTarget t;
    Fields f(json, path);
    read_verdict(f, t.verdict);
    f.read("reason", t.reason);
    optional(f, "value", t.value);
    optional(f, "low", t.low);
    optional(f, "high", t.high);
    auto target = target_from(f.need("expression"), f.path("expression"));
    if (!check(f)) return;
    if (!target) {
      keep(target.error());
      return;
    }
    t.target = std::move(*target);
    s.targets.push_back(std::move(t));
  }

  static void optional(Fields& f, const char* key, std::optional<double>& to) {
    const Json* json = f.find(key);
    if (json == nullptr || json->is_null()) return;
    double value = 0;
    f.read(key, value);
    to = value;
  }

  void read_finding(const Json& json, const std::string& path, ScenarioResult& s) {
    Finding finding;
    Fields f(json, path);
    std::string severity = "note";
    f.need("rule");
    f.read("rule", finding.rule);
    f.read("severity", severity);
    f.read("evidence", finding.evidence);
    f.read("invalidates", finding.invalidates);
    if (const auto known = severity_named(severity))
      finding.severity = *known;
    else
      f.mistake("severity", "note, warning or high");
    check(f);
    s.findings.push_back(std::move(finding));
  }

  void read_point(const Json& json, const std::string& path, ScenarioResult& s) {
    Point p;
    Fields f(json, path);
    f.read("start", p.start);
    f.read("length", p.length);
    f.read("measured", p.measured);
    f.read("values", p.values);
    check(f);
    s.series.push_back(std::move(p));
  }

  const Json& document_;
  RunResult run_;
  bool good_ = true;
  Error error_;
};

Error system_error(std::string_view doing, const std::filesystem::path& file) {
  return {errno == ENOENT ? ErrorCode::kNotFound : ErrorCode::kIo,
          format("{} {}: {}", doing, file.string(), std::strerror(errno))};
}

}  // namespace

std::string write_document(const RunResult& run) {
  Json about = result::to_json(run.run);
  about.erase("scenarios");
  const Json json = {{"schema", kResultSchema},
                     {"run", std::move(about)},
                     {"partial", run.partial},
                     {"losses", run.losses},
                     {"summary",
                      {{"total", run.summary.total},
                       {"passed", run.summary.passed},
                       {"failed", run.summary.failed},
                       {"inconclusive", run.summary.inconclusive},
                       {"invalid", run.summary.invalid}}},
                     {"verdict", name(run.verdict)},
                     {"scenarios", list(run.scenarios)}};
  return dump(json, 2) + "\n";
}

Result<RunResult> read_document(std::string_view text) {
  Json json;
  try {
    json = Json::parse(text);
  } catch (const Json::exception& error) {  // a number too large is no parse error
    // The library's own message starts with a tag in brackets that says nothing to a person.
    std::string_view what = error.what();
    if (const auto end = what.find("] "); end != std::string_view::npos) what.remove_prefix(end + 2);
    return fail(ErrorCode::kInvalid, format("not JSON: {}", what));
  }
  return Reader(json).read();
}

Result<RunResult> read_document_file(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary | std::ios::ate);
  if (!in) return fail(system_error("reading", file));
  const auto size = in.tellg();
  if (size < 0 || static_cast<std::size_t>(size) > kLargestDocument)
    return fail(ErrorCode::kLimit, format("reading {}: larger than any result", file.string()));
  std::string text(static_cast<std::size_t>(size), '\0');
  in.seekg(0);
  if (!in.read(text.data(), size)) return fail(system_error("reading", file));
  auto run = read_document(text);
  if (!run) return fail(run.error().within("reading " + file.string()));
  return run;
}

Status write_file(const std::filesystem::path& file, std::string_view text) {
  auto beside = file;
  beside += ".new";
  const int descriptor = ::open(beside.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (descriptor < 0) return fail(system_error("making", beside));
  Status status;
  for (std::size_t written = 0; written < text.size() && status;) {
    const auto n = ::write(descriptor, text.data() + written, text.size() - written);
    if (n < 0 && errno != EINTR) status = fail(system_error("writing", beside));
    if (n > 0) written += static_cast<std::size_t>(n);
  }
  if (::close(descriptor) != 0 && status) status = fail(system_error("writing", beside));
  if (status && ::rename(beside.c_str(), file.c_str()) != 0) status = fail(system_error("naming", file));
  if (!status) ::unlink(beside.c_str());
  return status;
}

}  // namespace loadstone::result

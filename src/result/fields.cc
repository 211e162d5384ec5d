#include "result/fields.h"

#include <cmath>

#include "base/format.h"

namespace loadstone::result {
namespace {

const Json kNull;

bool is_count(const Json& json) {
  return json.is_number_unsigned() || (json.is_number_integer() && json.get<std::int64_t>() >= 0);
}

}  // namespace

std::string dump(const Json& json, int indent) { return json.dump(indent, ' ', false, Json::error_handler_t::replace); }

Fields::Fields(const Json& object, std::string path) : object_(&object), path_(std::move(path)) {
  if (!object.is_object()) {
    status_ = fail(ErrorCode::kInvalid, format("{}: expected an object", path_.empty() ? "document" : path_));
    object_ = &kNull;
  }
}

std::string Fields::path(const char* key) const { return path_.empty() ? key : path_ + "." + key; }

void Fields::mistake(const char* key, std::string_view expected) {
  if (status_) status_ = fail(ErrorCode::kInvalid, format("{}: expected {}", path(key), expected));
}

const Json* Fields::find(const char* key) const {
  const auto found = object_->find(key);
  return object_->is_object() && found != object_->end() ? &*found : nullptr;
}

const Json& Fields::need(const char* key) {
  const Json* found = find(key);
  if (found == nullptr) {
    if (status_) status_ = fail(ErrorCode::kInvalid, format("{} is missing", path(key)));
    return kNull;
  }
  return *found;
}

void Fields::read(const char* key, bool& to) {
  const Json* json = find(key);
  if (json == nullptr) return;
  if (!json->is_boolean()) return mistake(key, "true or false");
  to = json->get<bool>();
}

void Fields::read(const char* key, int& to) {
  std::int64_t value = to;
  read(key, value);
  if (value < INT32_MIN || value > INT32_MAX) return mistake(key, "a smaller number");
  to = static_cast<int>(value);
}

void Fields::read(const char* key, std::uint64_t& to) {
  const Json* json = find(key);
  if (json == nullptr) return;
  if (!is_count(*json)) return mistake(key, "a whole number, not negative");
  to = json->get<std::uint64_t>();
}

void Fields::read(const char* key, std::int64_t& to) {
  const Json* json = find(key);
  if (json == nullptr) return;
  if (!json->is_number_integer() || (json->is_number_unsigned() && json->get<std::uint64_t>() > INT64_MAX))
    return mistake(key, "a whole number");
  to = json->get<std::int64_t>();
}

void Fields::read(const char* key, double& to) {
  const Json* json = find(key);
  if (json == nullptr) return;
  if (!json->is_number() || !std::isfinite(json->get<double>())) return mistake(key, "a number");
  to = json->get<double>();
}

void Fields::read(const char* key, std::string& to) {
  const Json* json = find(key);
  if (json == nullptr) return;
  if (!json->is_string()) return mistake(key, "a text");
  to = json->get<std::string>();
}

void Fields::read(const char* key, std::vector<std::string>& to) {
  const Json* json = find(key);
  if (json == nullptr) return;
  if (!json->is_array()) return mistake(key, "a list of texts");
  for (const auto& item : *json) {
    if (!item.is_string()) return mistake(key, "a list of texts");
    to.push_back(item.get<std::string>());
  }
}

void Fields::read(const char* key, std::vector<double>& to) {
  const Json* json = find(key);
  if (json == nullptr) return;
  if (!json->is_array()) return mistake(key, "a list of numbers");
  for (const auto& item : *json) {
    if (!item.is_number() || !std::isfinite(item.get<double>())) return mistake(key, "a list of numbers");
    to.push_back(item.get<double>());
  }
}

void Fields::read(const char* key, std::map<std::string, std::string>& to) {
  const Json* json = find(key);
  if (json == nullptr) return;
  if (!json->is_object()) return mistake(key, "an object of texts");
  for (const auto& [name, item] : json->items()) {
    if (!item.is_string()) return mistake(key, "an object of texts");
    to[name] = item.get<std::string>();
  }
}

void Fields::read(const char* key, std::map<std::string, std::uint64_t>& to) {
  const Json* json = find(key);
  if (json == nullptr) return;
  if (!json->is_object()) return mistake(key, "an object of whole numbers");
  for (const auto& [name, item] : json->items()) {
    if (!is_count(item)) return mistake(key, "an object of whole numbers, not negative");
    to[name] = item.get<std::uint64_t>();
  }
}

void Fields::read(const char* key, std::map<std::string, double>& to) {
  const Json* json = find(key);
  if (json == nullptr) return;
  if (!json->is_object()) return mistake(key, "an object of numbers");
  for (const auto& [name, item] : json->items()) {
    if (!item.is_number() || !std::isfinite(item.get<double>())) return mistake(key, "an object of numbers");
    to[name] = item.get<double>();
  }
}

Json to_json(const stats::Histogram& histogram) {
  const auto exact = histogram.exact();
  Json json = {{"v2", histogram.encode()},
               {"min_ns", exact.min_ns},
               {"max_ns", exact.max_ns},
               {"sum_ns", exact.sum_ns},
               {"sum_of_squares_ns2", exact.sum_of_squares_ns2}};
  if (exact.overflow > 0) json["overflow"] = exact.overflow;
  return json;
}

Result<stats::Histogram> histogram_from(const Json& json, const std::string& path) {
  Fields fields(json, path);
  std::string text;
  stats::Histogram::Exact exact;
  fields.need("v2");
  fields.read("v2", text);
  fields.read("min_ns", exact.min_ns);
  fields.read("max_ns", exact.max_ns);
  fields.read("sum_ns", exact.sum_ns);
  fields.read("sum_of_squares_ns2", exact.sum_of_squares_ns2);
  fields.read("overflow", exact.overflow);
  if (!fields.status()) return fail(fields.status().error());
  auto histogram = stats::Histogram::decode(text);
  if (!histogram) return fail(histogram.error().within(path));
  if (fields.find("max_ns") != nullptr) {
    if (exact.min_ns < 0 || exact.max_ns < exact.min_ns || exact.overflow > histogram->count())
      return fail(ErrorCode::kInvalid, format("{}: impossible sums", path));
    histogram->restore(exact);
  }
  return histogram;
}

Json to_json(const metric::Target& target) { return target.expression; }

Result<metric::Target> target_from(const Json& json, const std::string& path) {
  if (!json.is_string())
    return fail(ErrorCode::kInvalid, format("{}: expected a target such as latency.p95 < 50ms", path));
  auto target = metric::parse_target(json.get<std::string>());
  if (!target) return fail(ErrorCode::kInvalid, format("{}: {}", path, target.error().message));
  return std::move(*target);
}

Json to_json(const Run& run) {
  Json scenarios = Json::array();
  for (const auto& s : run.scenarios) {
    Json targets = Json::array();
    for (const auto& t : s.targets) targets.push_back(to_json(t));
    scenarios.push_back({{"name", s.name},
                         {"kind", s.kind},
                         {"plan", s.plan},
                         {"closed_loop", s.closed_loop},
                         {"planned_seconds", s.planned_seconds},
                         {"offered_per_second", s.offered_per_second},
                         {"steps", s.steps},
                         {"targets", std::move(targets)}});
    if (!s.stage_seconds.empty()) scenarios.back()["stage_seconds"] = s.stage_seconds;
    if (s.varies) scenarios.back()["varies"] = true;
  }
  return {{"suite", run.suite},
          {"suite_file", run.suite_file},
          {"command", run.command},
          {"version", run.version},
          {"reactor", run.reactor},
          {"seed", run.seed},
          {"shards", run.shards},
          {"started_at", run.started_at},
          {"environment", run.environment},
          {"scenarios", std::move(scenarios)}};
}

Result<Run> run_from(const Json& json, const std::string& path) {
  Run run;
  Fields fields(json, path);
  fields.read("suite", run.suite);
  fields.read("suite_file", run.suite_file);
  fields.read("command", run.command);
  fields.read("version", run.version);
  fields.read("reactor", run.reactor);
  fields.read("seed", run.seed);
  fields.read("shards", run.shards);
  fields.read("started_at", run.started_at);
  fields.read("environment", run.environment);
  const Json& scenarios = fields.need("scenarios");
  if (!scenarios.is_array()) fields.mistake("scenarios", "a list");
  if (!fields.status()) return fail(fields.status().error());
  for (std::size_t i = 0; i < scenarios.size(); ++i) {
    const std::string at = format("{}[{}]", fields.path("scenarios"), i);
    PlannedScenario s;
    Fields f(scenarios[i], at);
    f.need("name");
    f.read("name", s.name);
    f.read("kind", s.kind);
    f.read("plan", s.plan);
    f.read("closed_loop", s.closed_loop);
    f.read("planned_seconds", s.planned_seconds);
    f.read("offered_per_second", s.offered_per_second);
    f.read("varies", s.varies);
    f.read("stage_seconds", s.stage_seconds);
    f.read("steps", s.steps);
    if (!f.status()) return fail(f.status().error());
    if (const Json* targets = f.find("targets"); targets != nullptr) {
      if (!targets->is_array()) return fail(ErrorCode::kInvalid, f.path("targets") + ": expected a list");
      for (const auto& t : *targets) {
        auto target = target_from(t, f.path("targets"));
        if (!target) return fail(target.error());
        s.targets.push_back(std::move(*target));
      }
    }
    run.scenarios.push_back(std::move(s));
  }
  return run;
}

}  // namespace loadstone::result

#include <cmath>

#include "base/json_writer.h"
#include "compare/text.h"

namespace loadstone::compare {
namespace {

void put(JsonWriter& json, std::string_view key, const std::optional<double>& value) {
  if (value && std::isfinite(*value)) json.field(key, *value);
}

void write(JsonWriter& json, const MetricChange& m) {
  json.begin_object();
  json.field("metric", m.metric);
  json.field("gates", m.gates);
  json.field("verdict", name(m.verdict));
  put(json, "a", m.a);
  put(json, "b", m.b);
  json.field("effect", m.effect);
  put(json, "low", m.interval.low);
  put(json, "high", m.interval.high);
  json.field("margin", m.margin);
  put(json, "smallest", m.smallest);
  json.field("p", m.p);
  json.field("p_raised", m.p_raised);
  json.field("count", m.count);
  if (m.by_canary) json.field("by_canary", true);
  if (m.delta) {
    json.field("cliffs_delta", *m.delta);
    json.field("size", size_in_words(*m.delta));
  }
  if (!m.reason.empty()) json.field("reason", m.reason);
  json.end_object();
}

void write(JsonWriter& json, const ScenarioChange& s) {
  json.begin_object();
  json.field("name", s.name);
  json.field("design", name(s.design));
  json.field("verdict", name(s.verdict));
  json.field("level", s.level);
  json.key("metrics");
  json.begin_array();
  for (const auto& m : s.metrics) write(json, m);
  json.end_array();
  json.key("shift");
  json.begin_array();
  for (const auto& shift : s.shift) {
    json.begin_object();
    json.field("quantile", shift.quantile);
    json.field("change", std::expm1(shift.change));
    json.field("low", std::expm1(shift.band.low));
    json.field("high", std::expm1(shift.band.high));
    json.end_object();
  }
  json.end_array();
  json.key("notes");
  json.begin_array();
  for (const auto& note : s.notes) json.string(note);
  json.end_array();
  json.end_object();
}

}  // namespace

std::string write_json(const Comparison& c) {
  std::string text;
  JsonWriter json(text);
  json.begin_object();
  json.field("schema", "loadstone-comparison/1");
  json.field("a", c.a);
  json.field("b", c.b);
  json.field("seed", c.seed);
  json.field("verdict", name(c.verdict));
  json.key("scenarios");
  json.begin_array();
  for (const auto& s : c.scenarios) write(json, s);
  json.end_array();
  json.key("notes");
  json.begin_array();
  for (const auto& note : c.notes) json.string(note);
  json.end_array();
  json.end_object();
  return text + "\n";
}

}  // namespace loadstone::compare

#include <utility>

#include "base/json_writer.h"
#include "report/diagnosis.h"

namespace loadstone::report {
namespace {

using analysis::Diagnosis;
using analysis::Features;
using analysis::RequestCost;

void write_diagnosis(JsonWriter& json, const Diagnosis& d) {
  json.begin_object();
  json.field("rule", d.rule);
  json.field("title", d.title);
  json.field("score", d.score);
  json.field("confidence", analysis::confidence(d.score));
  json.key("evidence");
  json.begin_array();
  for (const auto& line : d.evidence) json.string(line);
  json.end_array();
  json.field("experiment", d.experiment);
  json.field("advice", d.advice);
  json.end_object();
}

void write_step(JsonWriter& json, const Features& f) {
  json.begin_object();
  const std::pair<const char*, double> values[] = {{"clients", f.load.clients},
                                                   {"rate", f.rate},
                                                   {"failures", f.load.failures},
                                                   {"turned_away", f.turned_away},
                                                   {"latency.p50", f.load.p50},
                                                   {"latency.p99", f.load.p99},
                                                   {"connect.p99", f.load.connect_p99},
                                                   {"generator.busy", f.load.generator_busy},
                                                   {"generator.cpu", f.load.generator_cpu},
                                                   {"cores", f.cores},
                                                   {"cpu", f.cpu},
                                                   {"cpu_wait", f.cpu_wait},
                                                   {"busiest_thread", f.busiest_thread},
                                                   {"cpu_per_request", f.cpu_per_request},
                                                   {"throttled", f.throttled},
                                                   {"steal", f.steal},
                                                   {"machine_busy", f.machine_busy},
                                                   {"threads", f.threads},
                                                   {"threads.full_looks", f.full_looks},
                                                   {"threads.idle", f.idle},
                                                   {"threads.running", f.running},
                                                   {"threads.locked", f.locked},
                                                   {"threads.parked", f.parked},
                                                   {"threads.sleeping", f.sleeping},
                                                   {"threads.disk", f.disk},
                                                   {"threads.sending", f.sending},
                                                   {"threads.receiving", f.receiving},
                                                   {"width", f.width()},
                                                   {"queue_used", f.queue_used},
                                                   {"queue_full", f.queue_full},
                                                   {"overflows", f.overflows},
                                                   {"connections", f.connections},
                                                   {"descriptor_share", f.descriptor_share},
                                                   {"stuck_share", f.stuck_share},
                                                   {"unsent_bytes", f.unsent_bytes},
                                                   {"unread_bytes", f.unread_bytes},
                                                   {"io_pressure", f.io_pressure},
                                                   {"memory_pressure", f.memory_pressure},
                                                   {"disk_written", f.disk_written},
                                                   {"memory_growth", f.memory_growth},
                                                   {"switches_per_request", f.switches_per_request}};
  for (const auto& [name, value] : values) json.field(name, value);
  json.end_object();
}

// What is not known is null.
void write_cost(JsonWriter& json, const RequestCost& c) {
  const auto field = [&](const char* name, bool is_known, double value) {
    json.key(name);
    if (is_known)
      json.number(value);
    else
      json.null();
  };
  json.begin_object();
  json.field("name", c.name);
  json.field("request_share", c.request_share);
  field("cpu_per_request", c.cpu.has_value(), c.cpu.value_or(0));
  field("cpu_share", c.cpu_share.has_value(), c.cpu_share.value_or(0));
  field("service_time.mean", c.is_known(), c.mean);
  field("service_time.p50", c.is_known(), c.p50);
  field("service_time.p99", c.has_p99(), c.p99);
  field("time_share", c.is_known(), c.time_share);
  json.field("expected_requests", c.sent);
  json.field("answered", c.answered);
  json.field("failures", c.failed);
  json.end_object();
}

template <class T, class F>
void write_list(JsonWriter& json, const char* key, const T& list, F write) {
  json.key(key);
  json.begin_array();
  for (const auto& item : list) write(json, item);
  json.end_array();
}

}  // namespace

std::string diagnosis_json(const DiagnosisSource& source) {
  std::string out;
  JsonWriter json(out);
  json.begin_object();
  json.field("schema", "loadstone-diagnosis/1");
  json.field("overloaded", source.verdict.overloaded);
  write_list(json, "ranked", source.verdict.ranked, write_diagnosis);
  write_list(json, "unlikely", source.verdict.unlikely, write_diagnosis);
  const auto write_text = [](JsonWriter& j, const std::string& text) { j.string(text); };
  write_list(json, "notes", source.verdict.notes, write_text);
  write_list(json, "steps", source.steps, write_step);
  write_list(json, "costs", source.costs.requests, write_cost);
  if (const std::string sentence = analysis::dearest(source.costs.requests); !sentence.empty())
    json.field("dearest", sentence);
  write_list(json, "cost_notes", source.costs.notes, write_text);
  json.end_object();
  return out + "\n";
}

}  // namespace loadstone::report

#include "result/service_sample.h"

#include <algorithm>

#include "result/fields.h"

namespace loadstone::result {
namespace {

// clang-format off
constexpr ServiceField kFields[] = {
    {"seconds", &ServiceSample::seconds, Joining::kSum},
    {"processes", &ServiceSample::processes, Joining::kLast},
    {"cpu_seconds", &ServiceSample::cpu_seconds, Joining::kSum},
    {"wait_seconds", &ServiceSample::wait_seconds, Joining::kSum},
    {"busiest_thread", &ServiceSample::busiest_thread, Joining::kMost},
    {"cores", &ServiceSample::cores, Joining::kMost},
    {"throttled_seconds", &ServiceSample::throttled_seconds, Joining::kSum},
    {"context_switches", &ServiceSample::context_switches, Joining::kSum},
    {"resident", &ServiceSample::resident, Joining::kLast},
    {"peak", &ServiceSample::peak, Joining::kMost},
    {"memory", &ServiceSample::memory, Joining::kLast},
    {"baseline", &ServiceSample::baseline, Joining::kFirst},
    {"swapped", &ServiceSample::swapped, Joining::kMost},
    {"kernel_baseline", &ServiceSample::kernel_baseline, Joining::kFirst},
    {"kernel", &ServiceSample::kernel, Joining::kLast},
    {"major_faults", &ServiceSample::major_faults, Joining::kSum},
    {"memory_events", &ServiceSample::memory_events, Joining::kSum},
    {"threads", &ServiceSample::threads, Joining::kMost},
    {"descriptors", &ServiceSample::descriptors, Joining::kMost},
    {"descriptor_share", &ServiceSample::descriptor_share, Joining::kMost},
    {"disk_read", &ServiceSample::disk_read, Joining::kSum},
    {"disk_written", &ServiceSample::disk_written, Joining::kSum},
    {"looks", &ServiceSample::looks, Joining::kSum},
    {"full_looks", &ServiceSample::full_looks, Joining::kSum},
    {"samples", &ServiceSample::samples, Joining::kSum},
    {"running", &ServiceSample::running, Joining::kSum},
    {"locked", &ServiceSample::locked, Joining::kSum},
    {"sleeping", &ServiceSample::sleeping, Joining::kSum},
    {"disk", &ServiceSample::disk, Joining::kSum},
    {"sending", &ServiceSample::sending, Joining::kSum},
    {"receiving", &ServiceSample::receiving, Joining::kSum},
    {"idle", &ServiceSample::idle, Joining::kSum},
    {"waiting", &ServiceSample::waiting, Joining::kSum},
    {"queue_reads", &ServiceSample::queue_reads, Joining::kSum},
    {"queue_full", &ServiceSample::queue_full, Joining::kSum},
    {"queue_used", &ServiceSample::queue_used, Joining::kSum},
    {"queue_most", &ServiceSample::queue_most, Joining::kMost},
    {"queue_backlog", &ServiceSample::queue_backlog, Joining::kMost},
    {"overflows", &ServiceSample::overflows, Joining::kSum},
    {"syn_retransmits", &ServiceSample::syn_retransmits, Joining::kSum},
    {"connections", &ServiceSample::connections, Joining::kLast},
    {"unread_bytes", &ServiceSample::unread_bytes, Joining::kLast},
    {"unsent_bytes", &ServiceSample::unsent_bytes, Joining::kLast},
    {"stuck_sockets", &ServiceSample::stuck_sockets, Joining::kLast},
    {"send_seconds", &ServiceSample::send_seconds, Joining::kSum},
    {"receiver_limited_seconds", &ServiceSample::receiver_limited_seconds, Joining::kSum},
    {"machine_busy", &ServiceSample::machine_busy, Joining::kSum},
    {"machine_seconds", &ServiceSample::machine_seconds, Joining::kSum},
    {"steal_seconds", &ServiceSample::steal_seconds, Joining::kSum},
    {"cpu_pressure", &ServiceSample::cpu_pressure, Joining::kSum},
    {"io_pressure", &ServiceSample::io_pressure, Joining::kSum},
    {"memory_pressure", &ServiceSample::memory_pressure, Joining::kSum},
    {"probe_cpu_seconds", &ServiceSample::probe_cpu_seconds, Joining::kSum},
};
// clang-format on

}  // namespace

std::span<const ServiceField> service_fields() { return kFields; }

void ServiceSample::add(const ServiceSample& next) {
  if (next.is_empty()) return;
  if (is_empty()) {
    *this = next;
    return;
  }
  for (const auto& field : kFields) {
    double& mine = this->*field.value;
    const double theirs = next.*field.value;
    switch (field.joining) {
      case Joining::kSum:
        mine += theirs;
        break;
      case Joining::kMost:
        mine = std::max(mine, theirs);
        break;
      case Joining::kLast:
        mine = theirs;
        break;
      case Joining::kFirst:
        if (mine == 0) mine = theirs;
        break;
    }
  }
}

Json to_json(const ServiceSample& sample) {
  Json json = Json::object();
  for (const auto& field : kFields)
    if (const double value = sample.*field.value; value != 0) json[std::string(field.name)] = value;
  return json;
}

Result<ServiceSample> service_sample_from(const Json& json, const std::string& path) {
  ServiceSample sample;
  Fields fields(json, path);
  for (const auto& field : kFields) {
    const std::string key(field.name);
    fields.read(key.c_str(), sample.*field.value);
    if (sample.*field.value < 0) fields.mistake(key.c_str(), "a number, not negative");
  }
  if (!fields.status()) return fail(fields.status().error());
  return sample;
}

std::string to_line(const ServiceSample& sample) { return dump(to_json(sample)); }

Result<ServiceSample> service_sample_from_line(std::string_view line) {
  const Json json = Json::parse(line, nullptr, false);
  if (!json.is_object()) return fail(ErrorCode::kInvalid, "a sample that is no JSON object");
  return service_sample_from(json, "sample");
}

}  // namespace loadstone::result

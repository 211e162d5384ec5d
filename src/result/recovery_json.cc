#include "result/recovery_json.h"

#include <string>

namespace loadstone::result {
namespace {

struct Count {
  const char* key;
  std::uint64_t RecoveryCycle::* member;
};
constexpr Count kCounts[] = {{"dropped", &RecoveryCycle::dropped},
                             {"recovered", &RecoveryCycle::recovered},
                             {"heard", &RecoveryCycle::heard},
                             {"lost", &RecoveryCycle::lost}};
struct Time {
  const char* key;
  double RecoveryCycle::* member;
};
constexpr Time kTimes[] = {{"start", &RecoveryCycle::start},
                           {"mean_open", &RecoveryCycle::mean_open},
                           {"slowest_open", &RecoveryCycle::slowest_open},
                           {"mean_heard", &RecoveryCycle::mean_heard},
                           {"slowest_heard", &RecoveryCycle::slowest_heard}};

// Every item of a list of at most so many objects.
template <class Read>
Status each(const Json& json, const char* key, std::size_t most, const std::string& path, const Read& read) {
  const auto found = json.find(key);
  const std::string at = path + "." + key;
  if (found == json.end() || !found->is_array() || found->size() > most)
    return fail(ErrorCode::kInvalid, at + ": expected a list of at most " + std::to_string(most));
  for (const Json& item : *found) {
    Fields fields(item, at);
    read(fields);
    if (!fields.status()) return fields.status();
  }
  return {};
}

void read_optional(Fields& fields, const char* key, std::optional<double>& to) {
  if (fields.find(key) != nullptr) fields.read(key, to.emplace());
}

}  // namespace

Json to_json(const Recovery& recovery) {
  Json cycles = Json::array(), returns = Json::array();
  for (const RecoveryCycle& c : recovery.cycles) {
    Json json;
    for (const Count& count : kCounts) json[count.key] = c.*count.member;
    for (const Time& time : kTimes) json[time.key] = c.*time.member;
    cycles.push_back(std::move(json));
  }
  for (const Return& r : recovery.returns) {
    Json json = {{"client", r.client}, {"cycle", r.cycle}, {"dropped", r.dropped}};
    if (r.open) json["open"] = *r.open;
    if (r.heard) json["heard"] = *r.heard;
    returns.push_back(std::move(json));
  }
  return {{"cycles", std::move(cycles)},
          {"further_cycles", recovery.further_cycles},
          {"returns", std::move(returns)},
          {"further_returns", recovery.further_returns}};
}

Result<Recovery> recovery_from(const Json& json, const std::string& path) {
  Recovery recovery;
  Fields fields(json, path);
  fields.read("further_cycles", recovery.further_cycles);
  fields.read("further_returns", recovery.further_returns);
  if (!fields.status()) return fail(fields.status().error());
  Status status = each(json, "cycles", kMostRecoveryCycles, path, [&](Fields& f) {
    RecoveryCycle c;
    for (const Count& count : kCounts) f.read(count.key, c.*count.member);
    for (const Time& time : kTimes) f.read(time.key, c.*time.member);
    if (c.recovered > c.dropped) f.mistake("recovered", "no more than were dropped");
    if (c.heard > c.recovered) f.mistake("heard", "no more than recovered");
    recovery.cycles.push_back(c);
  });
  if (status)
    status = each(json, "returns", kMostReturns, path, [&](Fields& f) {
      Return r;
      f.read("client", r.client);
      f.read("cycle", r.cycle);
      f.read("dropped", r.dropped);
      read_optional(f, "open", r.open);
      read_optional(f, "heard", r.heard);
      recovery.returns.push_back(r);
    });
  if (!status) return fail(status.error());
  return recovery;
}

}  // namespace loadstone::result

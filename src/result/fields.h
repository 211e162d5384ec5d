// Strict reading of JSON objects, and the JSON forms shared by the journal and the result document. Only result/*.cc
// include this: nlohmann/json stays behind this folder's door.
#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "result/run.h"
#include "result/service_sample.h"
#include "stats/histogram.h"

namespace loadstone::result {

using Json = nlohmann::json;

// One line, or indented; bytes that are not UTF-8 become U+FFFD, for what a service sent may be in a note.
[[nodiscard]] std::string dump(const Json& json, int indent = -1);

// Reads the keys of one object. A missing key leaves the value as it was; a key of the wrong type or range makes
// status() the first such mistake, with the path of the key. Unknown keys are ignored: later versions may add some.
class Fields {
 public:
  Fields(const Json& object, std::string path);

  void read(const char* key, bool& to);
  void read(const char* key, int& to);
  void read(const char* key, std::uint64_t& to);
  void read(const char* key, std::int64_t& to);
  void read(const char* key, double& to);  // finite
  void read(const char* key, std::string& to);
  void read(const char* key, std::vector<std::string>& to);
  void read(const char* key, std::vector<double>& to);  // finite
  void read(const char* key, std::map<std::string, std::string>& to);
  void read(const char* key, std::map<std::string, std::uint64_t>& to);
  void read(const char* key, std::map<std::string, double>& to);
  // The value of a key that must be there, or null with status() set.
  const Json& need(const char* key);
  [[nodiscard]] const Json* find(const char* key) const;

  void mistake(const char* key, std::string_view expected);
  [[nodiscard]] std::string path(const char* key) const;
  [[nodiscard]] const Status& status() const { return status_; }

 private:
  const Json* object_;
  std::string path_;
  Status status_;
};

[[nodiscard]] Json to_json(const stats::Histogram& histogram);
[[nodiscard]] Result<stats::Histogram> histogram_from(const Json& json, const std::string& path);
[[nodiscard]] Json to_json(const ServiceSample& sample);  // fields that are 0 are left out
[[nodiscard]] Result<ServiceSample> service_sample_from(const Json& json, const std::string& path);
[[nodiscard]] Json to_json(const metric::Target& target);
[[nodiscard]] Result<metric::Target> target_from(const Json& json, const std::string& path);
[[nodiscard]] Json to_json(const Run& run);
[[nodiscard]] Result<Run> run_from(const Json& json, const std::string& path);

}  // namespace loadstone::result

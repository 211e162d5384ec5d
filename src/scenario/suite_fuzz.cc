// Any bytes as a suite: either a suite or a report of what is wrong, never both, never neither.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "base/check.h"
#include "scenario/load.h"

namespace {

using namespace loadstone;

void check_request(const scenario::Request& r) {
  CHECK(is_request_target(r.target), "{}", r.target);
  for (const auto& h : r.headers) CHECK(h.value.find('\n') == std::string::npos && !h.name.empty());
}

void check_load(const scenario::HttpLoad& http) {
  CHECK(!http.requests.empty());
  for (const auto& r : http.requests) check_request(r);
}

void check_load(const scenario::AudienceLoad& load) {
  CHECK(is_request_target(load.path), "{}", load.path);
  CHECK(!load.stages.empty() && load.stages.front().clients > 0);
  CHECK(load.publish.empty() || load.match);
  CHECK(!(load.echo && !load.publish.empty()));
  for (const auto& p : load.publish)
    if (const auto* by = std::get_if<scenario::PublishRequest>(&p.by)) check_request(by->request);
  for (const auto& f : load.filters) CHECK(f.path.empty() || is_request_target(f.path), "{}", f.path);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  scenario::LoadOptions options;
  options.variables.set = {{"SET", "10"}, {"ODD", "\"'}{${X"}};
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  // A folder without files: body_file must not read whatever lies about.
  const auto loaded = scenario::load_suite_text("/nonexistent/suite.yaml", text, options);
  CHECK(loaded.suite.has_value() == loaded.problems.empty());
  if (!loaded.suite) return 0;
  CHECK(!loaded.suite->scenarios.empty());
  for (const auto& s : loaded.suite->scenarios) {
    std::visit([](const auto& kind) { check_load(kind); }, s.kind);
    CHECK(!scenario::describe_load(s).empty());
  }
  return 0;
}

// Any bytes as a suite: either a suite or a report of what is wrong, never both, never neither.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "base/check.h"
#include "scenario/load.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace loadstone;
  scenario::LoadOptions options;
  options.variables.set = {{"SET", "10"}, {"ODD", "\"'}{${X"}};
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  // A folder without files: body_file must not read whatever lies about.
  const auto loaded = scenario::load_suite_text("/nonexistent/suite.yaml", text, options);
  CHECK(loaded.suite.has_value() == loaded.problems.empty());
  if (!loaded.suite) return 0;
  CHECK(!loaded.suite->scenarios.empty());
  for (const auto& s : loaded.suite->scenarios) {
    const auto& http = std::get<scenario::HttpLoad>(s.kind);
    CHECK(!http.requests.empty());
    CHECK(!scenario::describe_load(http).empty());
    for (const auto& r : http.requests) {
      CHECK(is_request_target(r.target), "{}", r.target);
      for (const auto& h : r.headers) CHECK(h.value.find('\n') == std::string::npos && !h.name.empty());
    }
  }
  return 0;
}

// The query string and the body of any request, against every route's table: no crash, and what is refused is told as
// JSON that the reader of JSON takes.
#include <cstddef>
#include <cstdint>

#include "base/check.h"
#include "code_graph/http/body.h"
#include "code_graph/http/route.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace code_graph::http;
  if (size < 1) return 0;
  const Route& route = routes()[data[0] % routes().size()];
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  const std::size_t line = std::min(text.find('\n'), text.size());
  Values values(route.parameters);
  Intake intake(values);
  if (const auto pairs = serve::parse_query(text.substr(0, line))) intake.take_query(*pairs, route.strict);
  intake.take_body(text.substr(std::min(line + 1, text.size())));
  intake.finish();
  if (!intake.good()) {
    const std::string problem = violations_json(intake.violations());
    // A JSON object that is no filter: anything else would be told as broken.
    CHECK(std::holds_alternative<OtherText>(read_filter(problem)), "{}", problem);
  }
  return 0;
}

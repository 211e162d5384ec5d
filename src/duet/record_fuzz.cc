// A line of pairs.tsv: any text is understood or refused, and what is understood comes back the same.
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "duet/record.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace loadstone::duet;
  const auto pair = from_line({reinterpret_cast<const char*>(data), size});
  if (!pair) return 0;
  for (const auto& [metric, value] : pair->pair.log_ratio)
    CHECK(pair->pair.a.contains(metric) && pair->pair.b.contains(metric), "half a metric");
  const std::string line = to_line(*pair);
  const auto again = from_line(line);
  CHECK(again, "its own line is refused: {}", line);
  CHECK(to_line(*again) == line, "it changes: {}", line);
  return 0;
}

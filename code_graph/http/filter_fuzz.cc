// Messages of WebSocket clients and of other instances.
#include <cstddef>
#include <cstdint>

#include "base/check.h"
#include "code_graph/http/body.h"
#include "code_graph/http/values.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace code_graph::http;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto said = read_filter(text);
  if (const auto* filter = std::get_if<FilterText>(&said)) {
    CHECK(filter->event_types.size() <= kMostTexts && filter->entity_types.size() <= kMostTexts);
  }
  // What is no broken text may be looked into.
  if (!std::holds_alternative<std::string>(said)) {
    if (const auto raw = raw_member(text, "action")) CHECK(!raw->empty());
  }
  (void)read_event(text);
  return 0;
}

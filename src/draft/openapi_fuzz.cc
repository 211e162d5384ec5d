// Any bytes as an OpenAPI document.
#include <cstdint>

#include "draft/draft_for_test.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace loadstone;
  draft::check_any({reinterpret_cast<const char*>(data), size}, draft::Form::kOpenApi,
                   {.target = "http://127.0.0.1:8000", .all = true});
  return 0;
}

// Any bytes as a HAR file.
#include <cstdint>

#include "draft/draft_for_test.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace loadstone;
  draft::check_any({reinterpret_cast<const char*>(data), size}, draft::Form::kHar);
  return 0;
}

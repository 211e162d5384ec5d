// Any bytes are read as a result or refused with a reason; what is read is written and read again alike.
#include <cstddef>
#include <cstdint>

#include "base/check.h"
#include "result/document.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace loadstone::result;
  const auto run = read_document({reinterpret_cast<const char*>(data), size});
  if (!run) {
    CHECK(!run.error().message.empty());
    return 0;
  }
  const std::string text = write_document(*run);
  const auto again = read_document(text);
  CHECK(again.has_value(), "{}", again.error().message);
  CHECK(write_document(*again) == text);
  return 0;
}

// Any text as an instant: it ends, and what it finds is not before 1970.
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "ledger/wall_time.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto found = loadstone::ledger::parse_wall_time({reinterpret_cast<const char*>(data), size});
  CHECK(!found || *found >= loadstone::Nanoseconds(0));
  return 0;
}

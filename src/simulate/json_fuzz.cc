// Whatever the bytes: no crash, and the members found are slices of the text that can be read again by themselves.
#include <cstddef>
#include <cstdint>

#include "base/check.h"
#include "simulate/json.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(bytes), size);
  const auto members = loadstone::simulate::json_members(text);
  if (!members) return 0;
  for (const auto& m : *members) {
    CHECK(!m.value.empty());
    CHECK(m.value.data() >= text.data() && m.value.data() + m.value.size() <= text.data() + text.size());
    const std::string again = "{\"" + std::string(m.name) + "\":" + std::string(m.value) + "}";
    const auto reread = loadstone::simulate::json_members(again);
    CHECK(reread && reread->size() == 1 && reread->front().value == m.value, "{}", again);
  }
  return 0;
}

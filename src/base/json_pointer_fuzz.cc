// Any pointer over any text: it ends within the text, and what it finds holds together. The first byte is the length of
// the pointer, the pointer follows, then the text.
#include <algorithm>
#include <cstdint>
#include <string>

#include "base/check.h"
#include "base/json_pointer.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using loadstone::JsonPointer;
  if (size < 1) return 0;
  const std::string_view input(reinterpret_cast<const char*>(data) + 1, size - 1);
  const std::string_view pointer = input.substr(0, data[0]);
  const std::string_view json = input.substr(pointer.size());
  const auto parsed = JsonPointer::parse(pointer);
  if (!parsed) return 0;
  std::string scratch;
  std::string other;
  if (const auto any = parsed->find_any(json, other)) CHECK(any->size() <= json.size() || any->data() == other.data());
  const auto found = parsed->find(json, scratch);
  if (!found) return 0;
  const auto any = parsed->find_any(json, other);
  CHECK(any && *any == *found);
  const bool in_json = found->data() >= json.data() && found->data() + found->size() <= json.data() + json.size();
  CHECK(in_json || found->data() == scratch.data());
  // The same again in a longer text: what stands after the value does not matter, unless it could be a part of it.
  const std::string longer = std::string(json) + " }";
  const auto again = parsed->find(longer, other);
  CHECK(again && *again == *found);
  return 0;
}

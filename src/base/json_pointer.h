// Finds one value in a JSON text by its pointer (RFC 6901), over the bytes as they lie: nothing is parsed that is not
// on the way, and nothing is allocated but for a string with escapes.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace loadstone {

class JsonPointer {
 public:
  // "/a/b~1c/0"; the empty pointer means the whole text.
  [[nodiscard]] static Result<JsonPointer> parse(std::string_view text);

  // The text of the string (without quotes, unescaped), number, true or false that the pointer leads to. Nothing when
  // there is none, or it is null, an object or an array, or the text is not JSON on the way to it; what comes after is
  // not looked at. Of keys that stand twice the first counts. Points into `json`, or into `scratch` where it had
  // escapes.
  [[nodiscard]] std::optional<std::string_view> find(std::string_view json, std::string& scratch) const;
  // Likewise, and an object, an array or null as it stands, with what it holds.
  [[nodiscard]] std::optional<std::string_view> find_any(std::string_view json, std::string& scratch) const;

 private:
  struct Step {
    std::string key;                   // of an object
    std::optional<std::size_t> index;  // of an array, if the key can be one
  };
  std::vector<Step> steps_;
};

}  // namespace loadstone

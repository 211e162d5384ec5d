// The little JSON the simulator needs: quoting text, and the members of an object as slices that pass through
// unchanged.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace loadstone::simulate {

// With quotes around it. Bytes that are not control characters, quotes or backslashes pass as they are.
[[nodiscard]] std::string json_quote(std::string_view text);

struct JsonMember {
  std::string_view name;   // between the quotes, escapes as they stand
  std::string_view value;  // its own text: "x", 12, {...}, [...], true, false, null
  [[nodiscard]] bool is_string() const { return value.front() == '"'; }
};

// The members of the object that is the whole text, in order. nullopt when the text is not valid JSON (RFC 8259), is no
// object, or is nested deeper than 64.
[[nodiscard]] std::optional<std::vector<JsonMember>> json_members(std::string_view text);

// The text of the value that a JSON pointer (RFC 6901) names inside nested objects; empty when there is none. Arrays
// are not entered, and names are compared as they stand in the text.
[[nodiscard]] std::string_view json_at(std::string_view text, std::string_view pointer);

}  // namespace loadstone::simulate

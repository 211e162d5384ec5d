// JSON that clients send: the one door to Boost.JSON.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "code_graph/push/event.h"

namespace code_graph::http {

// The text of one member of the object that `json` (valid, an object) is, as it was sent; nullopt when it cannot be
// pointed at.
[[nodiscard]] std::optional<std::string_view> raw_member(std::string_view json, std::string_view key);

// What a client of /ws/events/filtered says.
struct FilterText {
  std::vector<std::string> event_types;
  std::vector<std::string> entity_types;
};
struct OtherText {};  // a JSON object that is no filter: passed over
// A filter, something else, or what is wrong with the text.
[[nodiscard]] std::variant<FilterText, OtherText, std::string> read_filter(std::string_view text);

// A message of another instance as an event; nullopt for what is none.
[[nodiscard]] std::optional<push::Sealed> read_event(std::string_view message);

}  // namespace code_graph::http

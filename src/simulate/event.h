// The text of an event as the service's clients receive it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace loadstone::simulate {

// {"type":"cdc_event","event_id":"7","event_type":…,"entity_id":…,"entity_type":…,"timestamp":"…Z","data":{…}}. All but
// the number are JSON already; the time is now.
[[nodiscard]] std::string event_text(std::uint64_t number, std::string_view event_type, std::string_view entity_id,
                                     std::string_view entity_type, std::string_view data);
// One that the service makes by itself: of the type "own", its number and the time in nanoseconds since 1970 in data:
// {"id":7,"time":1764100000000000000}.
[[nodiscard]] std::string own_event_text(std::uint64_t number);

}  // namespace loadstone::simulate

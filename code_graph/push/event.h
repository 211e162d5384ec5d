// One event of the graph, and the message that tells it to subscribers.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace code_graph::push {

// A message, made once and shared by all who get it.
using Message = std::shared_ptr<const std::string>;

struct Event {
  std::string type;  // "node_added"
  std::string entity_id;
  std::string entity_type;  // "node", "relationship", "metadata"
  std::string data;         // JSON; empty: none
  std::string more = {};    // further members of the message, as JSON without braces; empty: none
};

// An event with its id and time.
struct Sealed {
  Event event;
  std::string id;         // "<origin>-<number>", unique among all instances
  std::string timestamp;  // UTC, RFC 3339 with microseconds, ends in Z
  // {"type":"cdc_event","event_id":…,"event_type":…,"entity_id":…,"entity_type":…,"timestamp":…,"data":…}
  Message message;
};

[[nodiscard]] Message message_of(const Event& event, std::string_view id, std::string_view timestamp);
[[nodiscard]] std::string utc_now();

// Which events a subscriber wants. An empty list stands for all.
struct Filter {
  std::vector<std::string> event_types;
  std::vector<std::string> entity_types;
  [[nodiscard]] bool passes(const Event& event) const;
};

}  // namespace code_graph::push

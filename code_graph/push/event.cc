#include "code_graph/push/event.h"

#include <algorithm>
#include <ctime>

#include "base/format.h"
#include "base/json_writer.h"

namespace code_graph::push {

Message message_of(const Event& event, std::string_view id, std::string_view timestamp) {
  std::string text;
  text.reserve(192 + event.data.size() + event.entity_id.size());
  loadstone::JsonWriter json(text);
  json.begin_object();
  json.field("type", "cdc_event");
  json.field("event_id", id);
  json.field("event_type", event.type);
  json.field("entity_id", event.entity_id);
  json.field("entity_type", event.entity_type);
  json.field("timestamp", timestamp);
  if (!event.more.empty()) {
    text += ',';
    text += event.more;
  }
  json.key("data");
  json.raw(event.data.empty() ? "{}" : std::string_view(event.data));
  json.end_object();
  return std::make_shared<const std::string>(std::move(text));
}

std::string utc_now() {
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  tm parts{};
  gmtime_r(&now.tv_sec, &parts);
  return loadstone::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:06}Z", parts.tm_year + 1900, parts.tm_mon + 1,
                           parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec, now.tv_nsec / 1000);
}

bool Filter::passes(const Event& event) const {
  const auto wanted = [](const std::vector<std::string>& list, const std::string& word) {
    return list.empty() || std::ranges::find(list, word) != list.end();
  };
  return wanted(event_types, event.type) && wanted(entity_types, event.entity_type);
}

}  // namespace code_graph::push

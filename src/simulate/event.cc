#include "simulate/event.h"

#include <chrono>
#include <ctime>

#include "base/format.h"

namespace loadstone::simulate {
namespace {

std::chrono::nanoseconds wall_clock() { return std::chrono::system_clock::now().time_since_epoch(); }

std::string timestamp() {
  const auto micros = std::chrono::duration_cast<std::chrono::microseconds>(wall_clock()).count();
  const std::time_t seconds = micros / 1'000'000;
  std::tm utc{};
  gmtime_r(&seconds, &utc);
  return format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:06}Z", utc.tm_year + 1900, utc.tm_mon + 1, utc.tm_mday,
                utc.tm_hour, utc.tm_min, utc.tm_sec, micros % 1'000'000);
}

}  // namespace

std::string event_text(std::uint64_t number, std::string_view event_type, std::string_view entity_id,
                       std::string_view entity_type, std::string_view data) {
  return format(
      R"({{"type":"cdc_event","event_id":"{}","event_type":{},"entity_id":{},"entity_type":{},"timestamp":"{}",)"
      R"("data":{}}})",
      number, event_type, entity_id, entity_type, timestamp(), data);
}

std::string own_event_text(std::uint64_t number) {
  return event_text(number, R"("own")", R"("")", R"("metadata")",
                    format(R"({{"id":{},"time":{}}})", number, wall_clock().count()));
}

}  // namespace loadstone::simulate
